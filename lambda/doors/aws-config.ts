// What a function's environment and bundle say about the gateway.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseConfig, type Config } from "../model/config.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export function configFile(env: Environment): string {
  return resolve(env.LAMBDA_TASK_ROOT ?? ".", env.GATEHOUSE_CONFIG_FILE ?? "gatehouse.config.json");
}

/** Throws ConfigError with every problem. */
export async function readConfig(env: Environment): Promise<Config> {
  const file = configFile(env);
  return parseConfig(file, JSON.parse(await readFile(file, "utf8")));
}

/** What stands before our paths on a custom domain with a base path. */
export function pathPrefix(env: Environment): string {
  return (env.GATEHOUSE_STAGE_PREFIX ?? "").replace(/\/+$/, "");
}
