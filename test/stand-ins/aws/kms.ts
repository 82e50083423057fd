// KMS as far as the gateway uses it: data keys bound to their context, and ES256 signatures by keys that never leave it.
import {
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  type KeyObject,
} from "node:crypto";
import { AwsError, base64, optionalText, text, type JsonInput, type JsonOperations } from "./aws-error.ts";

type Key =
  | { readonly spec: "SYMMETRIC_DEFAULT"; readonly secret: Buffer }
  | { readonly spec: "ECC_NIST_P256"; readonly privateKey: KeyObject; readonly publicKey: KeyObject };

export interface KmsStandIn {
  readonly operations: JsonOperations;
  /** Returns the key's ARN. */
  createKey(spec: Key["spec"]): string;
}

const arnPrefix = "arn:aws:kms:us-east-1:123456789012:key/";

export function createKmsStandIn(): KmsStandIn {
  const keys = new Map<string, Key>();

  function createKey(spec: Key["spec"]): string {
    const id = randomUUID();
    keys.set(
      id,
      spec === "SYMMETRIC_DEFAULT"
        ? { spec, secret: randomBytes(32) }
        : { spec, ...generateKeyPairSync("ec", { namedCurve: "P-256" }) },
    );
    return arnPrefix + id;
  }

  function found(input: JsonInput): { arn: string; id: string; key: Key } {
    const id = text(input, "KeyId").replace(arnPrefix, "");
    const key = keys.get(id);
    if (key === undefined) throw new AwsError("NotFoundException", `Key '${arnPrefix}${id}' does not exist`);
    return { arn: arnPrefix + id, id, key };
  }

  function symmetric(id: string): Buffer {
    const key = keys.get(id);
    if (key?.spec !== "SYMMETRIC_DEFAULT")
      throw new AwsError("InvalidKeyUsageException", "the key is not for encryption");
    return key.secret;
  }

  /** The blob names its key, as the real one does; the context is authenticated, not stored. */
  function sealed(id: string, plain: Buffer, context: unknown): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", symmetric(id), nonce);
    cipher.setAAD(contextBytes(context));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from(id), nonce, cipher.getAuthTag(), body]).toString("base64");
  }

  function opened(blob: Buffer, context: unknown): { arn: string; plain: Buffer } {
    const id = blob.subarray(0, 36).toString();
    try {
      const cipher = createDecipheriv("aes-256-gcm", symmetric(id), blob.subarray(36, 48));
      cipher.setAAD(contextBytes(context));
      cipher.setAuthTag(blob.subarray(48, 64));
      return {
        arn: arnPrefix + id,
        plain: Buffer.concat([cipher.update(blob.subarray(64)), cipher.final()]),
      };
    } catch {
      throw new AwsError("InvalidCiphertextException", "");
    }
  }

  return {
    createKey,
    operations: {
      CreateKey(input) {
        const spec = optionalText(input, "KeySpec") ?? "SYMMETRIC_DEFAULT";
        if (spec !== "SYMMETRIC_DEFAULT" && spec !== "ECC_NIST_P256")
          throw new AwsError("ValidationException", "unknown KeySpec");
        const arn = createKey(spec);
        return {
          KeyMetadata: { KeyId: arn.slice(arnPrefix.length), Arn: arn, Enabled: true, KeySpec: spec },
        };
      },
      GenerateDataKey(input) {
        const { arn, id } = found(input);
        const plain = randomBytes(32);
        return {
          KeyId: arn,
          Plaintext: plain.toString("base64"),
          CiphertextBlob: sealed(id, plain, input.EncryptionContext),
        };
      },
      Encrypt(input) {
        const { arn, id } = found(input);
        return {
          KeyId: arn,
          CiphertextBlob: sealed(id, base64(input, "Plaintext"), input.EncryptionContext),
        };
      },
      Decrypt(input) {
        const { arn, plain } = opened(base64(input, "CiphertextBlob"), input.EncryptionContext);
        const asked = optionalText(input, "KeyId");
        if (asked !== undefined && found(input).arn !== arn)
          throw new AwsError("IncorrectKeyException", "another key encrypted this");
        return { KeyId: arn, Plaintext: plain.toString("base64") };
      },
      GetPublicKey(input) {
        const { arn, key } = found(input);
        if (key.spec !== "ECC_NIST_P256")
          throw new AwsError("UnsupportedOperationException", "the key has no public half");
        return {
          KeyId: arn,
          KeySpec: key.spec,
          KeyUsage: "SIGN_VERIFY",
          SigningAlgorithms: ["ECDSA_SHA_256"],
          PublicKey: key.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
        };
      },
      Sign(input) {
        const { arn, key } = found(input);
        if (key.spec !== "ECC_NIST_P256" || input.SigningAlgorithm !== "ECDSA_SHA_256")
          throw new AwsError("InvalidKeyUsageException", "the key does not sign like this");
        const message = base64(input, "Message");
        // node:crypto cannot sign a digest as it stands, so this stand-in knows whole messages only.
        if (input.MessageType !== undefined && input.MessageType !== "RAW")
          throw new AwsError("UnsupportedOperationException", "only MessageType RAW is imitated");
        if (message.length > 4096)
          throw new AwsError("ValidationException", "message is longer than 4096 bytes");
        const der = sign("sha256", message, key.privateKey);
        return { KeyId: arn, SigningAlgorithm: "ECDSA_SHA_256", Signature: der.toString("base64") };
      },
    },
  };
}

function contextBytes(context: unknown): Buffer {
  const pairs = Object.entries((context ?? {}) as Record<string, string>);
  return Buffer.from(JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
}
