// Secrets from Secrets Manager, kept for a few minutes: a rotated one is in use soon, without a call for every request.
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../../model/ports.ts";

const keptMs = 5 * 60_000;
/** While Secrets Manager cannot be reached the last value serves on, for this long. */
const staleMs = 60 * 60_000;
const maxKept = 100;
/** A token that GitHub does not accept any more must not cost a call for every request. */
const renewedAtMostEveryMs = 10_000;

export interface SecretReader {
  /** Takes a name or an ARN. Rejects when there is none, or no text in it. The error never holds a value. */
  secret(name: string): Promise<string>;
  /** The same, asked for now, because what was known did not work any more; at most every ten seconds. */
  renewed(name: string): Promise<string>;
}

interface Kept {
  readonly value: string;
  readonly atMs: number;
}

export function createSecrets(client: SecretsManagerClient, clock: Pick<Clock, "now">): SecretReader {
  const kept = new Map<string, Kept>();
  const asking = new Map<string, Promise<string>>();

  async function ask(name: string): Promise<string> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString === undefined || SecretString === "")
      throw new Error(`the secret ${name} holds no text`);
    kept.delete(name);
    kept.set(name, { value: SecretString, atMs: clock.now() });
    const [oldest] = kept.keys();
    if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest);
    return SecretString;
  }

  /** Requests that come in the same moment share one call. */
  function askOnce(name: string): Promise<string> {
    const running = asking.get(name);
    if (running !== undefined) return running;
    const started = ask(name).finally(() => asking.delete(name));
    asking.set(name, started);
    return started;
  }

  return {
    async renewed(name) {
      const known = kept.get(name);
      if (known !== undefined && clock.now() - known.atMs < renewedAtMostEveryMs) return known.value;
      return askOnce(name);
    },
    async secret(name) {
      const known = kept.get(name);
      const ageMs = known === undefined ? Infinity : clock.now() - known.atMs;
      if (known !== undefined && ageMs < keptMs) return known.value;
      try {
        return await askOnce(name);
      } catch (error) {
        if (known !== undefined && ageMs < staleMs && !isGone(error)) return known.value;
        throw error;
      }
    },
  };
}

/** A secret that was deleted or closed to us is not to be used on. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    ["ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"].includes(error.name)
  );
}
