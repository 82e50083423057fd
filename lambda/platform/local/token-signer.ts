// Signs session tokens with a key that lives on this machine.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import type { JWK } from "jose";
import type { TokenSigner } from "../../model/ports.ts";
import { secretFile } from "./secret-file.ts";

const alg = "ES256";

/** Reads the key, or makes one. */
export async function createTokenSigner(file: string): Promise<TokenSigner> {
  const jwk = parseKey(file, await secretFile(file, newKey));
  const key = await importJWK(jwk, alg);
  const { kty, crv, x, y } = jwk;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    sign: (claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(key),
    jwks: () => Promise.resolve({ keys: [{ kty, crv, x, y, kid, alg, use: "sig" }] }),
  };
}

async function newKey(): Promise<string> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

/** The message never quotes the file: it holds a key. */
function parseKey(file: string, text: string): JWK {
  try {
    const jwk = JSON.parse(text) as JWK;
    if (jwk.kty === "EC" && jwk.crv === "P-256" && typeof jwk.d === "string") return jwk;
  } catch {
    // Said below.
  }
  throw new Error(
    `${file} is not an ES256 key (JWK). Restore it, or remove it and have everybody sign in again.`,
  );
}
