// Signs session tokens with keys that never leave KMS: the first of the list signs, all of them are published.
import { createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, SignCommand } from "@aws-sdk/client-kms";
import type { KMSClient } from "@aws-sdk/client-kms";
import { calculateJwkThumbprint } from "jose";
import type { TokenSigner } from "../../model/ports.ts";
import { joseSignature } from "./ecdsa-signature.ts";

const alg = "ES256";
/** What KMS takes in one call. Tokens have at most 2 kB. */
const maxMessageBytes = 4_096;

type PublicJwk = Readonly<Record<"kty" | "crv" | "x" | "y" | "kid" | "alg" | "use", string>>;

/**
 * To rotate: add the new key at the end, so that everybody has seen it; a day later put it first; when the last token
 * of the old key has ended (8 hours), take that one out.
 */
export function createTokenSigner(kms: KMSClient, keyArns: readonly string[]): TokenSigner {
  const [signing] = keyArns;
  if (signing === undefined) throw new Error("no key signs session tokens: name at least one KMS key");
  const known = new Map<string, Promise<PublicJwk>>();

  /** Looked up once: the public half of a KMS key never changes. A failed look-up is tried again. */
  function publicKey(arn: string): Promise<PublicJwk> {
    const found = known.get(arn) ?? fetchPublicKey(kms, arn);
    known.set(arn, found);
    found.catch(() => known.delete(arn));
    return found;
  }

  return {
    async sign(claims) {
      const { kid } = await publicKey(signing);
      const head = base64url({ alg, kid, typ: "JWT" });
      const message = Buffer.from(`${head}.${base64url(claims)}`);
      if (message.length > maxMessageBytes)
        throw new RangeError("the token's claims are too long to be signed");
      const { Signature } = await kms.send(
        new SignCommand({
          KeyId: signing,
          Message: message,
          MessageType: "RAW",
          SigningAlgorithm: "ECDSA_SHA_256",
        }),
      );
      if (Signature === undefined) throw new Error("KMS answered without a signature");
      return `${message.toString()}.${joseSignature(Signature).toString("base64url")}`;
    },
    jwks: async () => ({ keys: await Promise.all(keyArns.map(publicKey)) }),
  };
}

async function fetchPublicKey(kms: KMSClient, arn: string): Promise<PublicJwk> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: arn }));
  if (PublicKey === undefined) throw new Error(`KMS gave no public key of ${arn}`);
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  const { kty, crv, x, y } = key.export({ format: "jwk" });
  if (kty !== "EC" || crv !== "P-256" || x === undefined || y === undefined)
    throw new Error(`${arn} is not an ECC_NIST_P256 key, and ES256 needs one`);
  return { kty, crv, x, y, kid: await calculateJwkThumbprint({ kty, crv, x, y }), alg, use: "sig" };
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
