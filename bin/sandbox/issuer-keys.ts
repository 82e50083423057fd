// The sandbox issuer's signing key and cookie keys: random at first start, then kept, readable by their owner only.
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWK } from "jose";

export interface IssuerKeys {
  /** RS256, the private half included: never leaves this process but as signatures. */
  readonly signing: JWK;
  readonly cookies: readonly string[];
}

async function generate(): Promise<IssuerKeys> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = await exportJWK(privateKey);
  return {
    signing: { ...jwk, alg: "RS256", use: "sig", kid: randomBytes(9).toString("base64url") },
    cookies: [randomBytes(32).toString("base64url")],
  };
}

export async function openIssuerKeys(dataDir: string): Promise<IssuerKeys> {
  const path = join(dataDir, "keys.json");
  try {
    return JSON.parse(await readFile(path, "utf8")) as IssuerKeys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const keys = await generate();
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.draft`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(keys));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  return keys;
}
