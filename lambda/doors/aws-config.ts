// What a function's environment and bundle say about the gateway.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseConfig, type Config } from "../model/config.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the bundle lies. */
export function taskRoot(env: Environment): string {
  return env.LAMBDA_TASK_ROOT ?? ".";
}

/** Throws ConfigError with every problem. Only the deployment knows addresses that AWS gave it. */
export async function readConfig(env: Environment): Promise<Config> {
  const file = resolve(taskRoot(env), env.GATEHOUSE_CONFIG_FILE ?? "gatehouse.config.json");
  const config = parseConfig(file, JSON.parse(await readFile(file, "utf8")));
  const { GATEHOUSE_GATEWAY_URL: gateway = "", GATEHOUSE_CONSOLE_URL: console = "" } = env;
  return parseConfig("the addresses in the environment", {
    ...config,
    ...(gateway === "" ? {} : { gateway: { ...config.gateway, url: gateway } }),
    ...(console === "" ? {} : { console: { ...config.console, url: console } }),
  });
}

/** What stands before our paths on a custom domain with a base path. */
export function pathPrefix(env: Environment): string {
  return (env.GATEHOUSE_STAGE_PREFIX ?? "").replace(/\/+$/, "");
}
