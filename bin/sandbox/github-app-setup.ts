// The sandbox's App, made at its first start and kept, and the connector text by which the gateway shows itself as it.
import { createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { SandboxApp } from "./github-app.ts";
import { Grants } from "./github-grants.ts";
import { organization } from "./github-repositories.ts";

const installation = 4711;
const kept = z.object({ privateKey: z.string(), clientSecret: z.string() });

/** For those who want to see people link their accounts; otherwise undefined, and no key is made. */
export async function sandboxApp(
  { GATEHOUSE_SANDBOX_CONNECTOR: kind = "" }: Readonly<Record<string, string | undefined>>,
  dataDir: string,
  consoleUrl: string,
): Promise<{ readonly app: SandboxApp; readonly connector: string } | undefined> {
  if (!["", "static", "linked"].includes(kind))
    throw new Error(
      `GATEHOUSE_SANDBOX_CONNECTOR=${kind} not accepted. Expected: linked, or static (the default).`,
    );
  if (kind !== "linked") return undefined;
  const file = join(dataDir, "sandbox-app.json");
  if (!existsSync(file)) await writeFile(file, made(), { mode: 0o600, flag: "wx" });
  const { privateKey, clientSecret } = kept.parse(JSON.parse(await readFile(file, "utf8")));
  const clientId = "Iv1.sandbox";
  return {
    app: {
      clientId,
      clientSecret,
      installation,
      publicKey: createPublicKey(privateKey),
      redirect: `${consoleUrl}/account`,
      grants: new Grants(join(dataDir, "sandbox-grants.json"), Date.now),
      codes: new Map(),
    },
    connector: JSON.stringify({
      kind: "linked",
      appId: 1,
      privateKey,
      installations: { [organization.login]: installation },
      clientId,
      clientSecret,
    }),
  };
}

function made(): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return JSON.stringify({ privateKey, clientSecret: randomBytes(20).toString("hex") });
}
