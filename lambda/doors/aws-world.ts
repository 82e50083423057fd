// A function's world on AWS: opened while the environment starts, and used by every invocation until it ends.
import "./wasm-flags.ts";
import { resolve } from "node:path";
import { assemble, type Assembly } from "../flow/assemble.ts";
import type { World } from "../flow/world.ts";
import { createCredentials } from "../forward/credentials.ts";
import { openAwsPlatform, type AwsPlatform } from "../platform/aws/platform.ts";
import type { MakeCredentials } from "../platform/aws/connector.ts";
import { openPolicies } from "../policy/sealed.ts";
import { readConfig, taskRoot, type Environment } from "./aws-config.ts";
import { readConsoleSecret, withConsoleSecret } from "./connector-secret.ts";
import { log } from "./invocation.ts";

export interface AwsWorld {
  readonly world: World;
  readonly signIn: Assembly["signIn"];
  readonly platform: AwsPlatform;
}

/** Returns the world of this environment; a start that failed is tried again by the next invocation. */
export function createAwsWorld(env: Environment): () => Promise<AwsWorld> {
  let opened: Promise<Opened> | undefined;
  const open = (platform?: AwsPlatform): Promise<Opened> => {
    const opening = openWorld(env, platform).catch((error: unknown) => {
      if (opened === opening) opened = undefined;
      log("not-started", { cause: error instanceof Error ? `${error.name}: ${error.message}` : "unknown" });
      throw error;
    });
    opened = opening;
    return opening;
  };
  // Work before the first invocation is free of its waiting time; whoever needs the world hears of its failure.
  open().catch(() => undefined);
  return async () => {
    const before = await (opened ?? open());
    if ((await readConsoleSecret(env, before.platform.secrets)) === before.consoleSecret) return before;
    // What signs people in holds it from its start on; GitHub's token is asked for with each request instead.
    await before.close();
    return open(before.platform);
  };
}

type Opened = AwsWorld & Pick<Assembly, "close"> & { readonly consoleSecret: string | undefined };

async function openWorld(env: Environment, kept?: AwsPlatform): Promise<Opened> {
  const read = await readConfig(env);
  const bases = { api: read.upstream.api, git: read.upstream.git, console: read.console.url };
  const connector: MakeCredentials = (text, name, stores) =>
    createCredentials(text, name, { ...stores, ...bases });
  const platform = kept ?? (await openAwsPlatform(env, { config: read, connector, log }));
  const [secrets, consoleSecret, policies] = await Promise.all([
    platform.credentials.secrets(),
    readConsoleSecret(env, platform.secrets),
    openPolicies(resolve(taskRoot(env), read.policies), read.policies),
  ]);
  const { credentials } = platform;
  const config = withConsoleSecret(read, consoleSecret);
  const assembly = await assemble({ config, platform, policies, credentials, secrets, log });
  return { ...assembly, platform, consoleSecret };
}
