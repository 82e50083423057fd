// What the connector secret holds beside the connector: the console's own secret at the issuer.
import * as z from "zod";
import type { Config } from "../model/config.ts";
import type { Secrets } from "../model/ports.ts";
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
