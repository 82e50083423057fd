// Secrets Manager as far as the gateway uses it: the current version of a secret, and the one before.
import { randomUUID } from "node:crypto";
import { AwsError, optionalText, text, type JsonInput, type JsonOperations } from "./aws-error.ts";

interface Version {
  readonly id: string;
  readonly value: string;
}

export interface SecretsStandIn {
  readonly operations: JsonOperations;
  /** Creates the secret, or makes this its current value. Returns the ARN. */
  set(name: string, value: string): string;
  /** How often a value was read. */
  reads(): number;
}

const arnPrefix = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
const arnOf = (name: string): string => `${arnPrefix}${name}-AbCdEf`;

export function createSecretsStandIn(): SecretsStandIn {
  const secrets = new Map<string, { current: Version; previous?: Version }>();
  let reads = 0;

  function nameOf(input: JsonInput): string {
    const id = text(input, "SecretId");
    return id.startsWith(arnPrefix) ? id.slice(arnPrefix.length).replace(/-[A-Za-z0-9]{6}$/, "") : id;
  }

  function put(name: string, value: string): Version {
    const current = { id: randomUUID(), value };
    const before = secrets.get(name);
    secrets.set(name, { current, ...(before === undefined ? {} : { previous: before.current }) });
    return current;
  }

  function missing(): AwsError {
    return new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }

  return {
    set(name, value) {
      put(name, value);
      return arnOf(name);
    },
    reads: () => reads,
    operations: {
      CreateSecret(input) {
        const name = text(input, "Name");
        if (secrets.has(name))
          throw new AwsError(
            "ResourceExistsException",
            `The operation failed because the secret ${name} already exists.`,
          );
        return { ARN: arnOf(name), Name: name, VersionId: put(name, text(input, "SecretString")).id };
      },
      PutSecretValue(input) {
        const name = nameOf(input);
        if (!secrets.has(name)) throw missing();
        const { id } = put(name, text(input, "SecretString"));
        return { ARN: arnOf(name), Name: name, VersionId: id, VersionStages: ["AWSCURRENT"] };
      },
      GetSecretValue(input) {
        reads += 1;
        const name = nameOf(input);
        const stage = optionalText(input, "VersionStage") ?? "AWSCURRENT";
        const versions = secrets.get(name);
        const version = stage === "AWSCURRENT" ? versions?.current : versions?.previous;
        if (version === undefined) throw missing();
        return {
          ARN: arnOf(name),
          Name: name,
          VersionId: version.id,
          VersionStages: [stage],
          SecretString: version.value,
          CreatedDate: 1_700_000_000,
        };
      },
    },
  };
}
