// What the connector secret holds for the gateway's start: the console's own secret, and what masks must know.
import * as z from "zod";
import type { Config } from "../model/config.ts";
import type { Credentials, Secrets } from "../model/ports.ts";
import type { Environment } from "./aws-config.ts";

const consoleSecret = z.object({ consoleClientSecret: z.string().min(1).optional() });

/** The console's own secret at the issuer, if it has one, stands beside the connector's token. */
export async function readConsoleSecret(env: Environment, secrets: Secrets): Promise<string | undefined> {
  const text = await secrets.secret(env.GATEHOUSE_CONNECTOR_SECRET ?? "");
  return consoleSecret.parse(JSON.parse(text)).consoleClientSecret;
}

export function withConsoleSecret(config: Config, clientSecret: string | undefined): Config {
  return clientSecret === undefined ? config : { ...config, console: { ...config.console, clientSecret } };
}

/** What the gateway holds of GitHub's at its start: masked from then on. */
export async function ownSecrets(credentials: Credentials): Promise<readonly string[]> {
  return (await credentials.credential({ subject: "" }, "read", undefined)).secrets();
}
