#!/usr/bin/env node
// The CDK app: `npx cdk synth` and `npx cdk deploy`. Reads gatehouse.deploy.json, builds the functions, makes the stack.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Annotations, App } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import { buildFunction, entries, type FunctionName } from "../lib/bundle.ts";
import { parseDeployConfig } from "../lib/config.ts";
import { forbidDeployment } from "../lib/deploy-guard.ts";
import { GatewayStack } from "../lib/gateway-stack.ts";
import { loadPolicies } from "../lambda/policy/policies.ts";
import { readPolicies } from "../lambda/policy/source.ts";

const root = resolve(import.meta.dirname, "..");
const example = "gatehouse.deploy.example.json";

/** `--context config=FILE`, else gatehouse.deploy.json, else the example, which can be looked at but not deployed. */
function configFile(app: App): string {
  const named: unknown = app.node.tryGetContext("config");
  if (typeof named === "string") return resolve(named);
  const usual = resolve(root, "gatehouse.deploy.json");
  return existsSync(usual) ? usual : resolve(root, example);
}

async function main(): Promise<void> {
  const app = new App();
  const file = configFile(app);
  const config = parseDeployConfig(file, JSON.parse(await readFile(file, "utf8")));
  const policies = resolve(root, config.policies);
  // A rule that would not do what it says stops the deployment, not the first request.
  loadPolicies(await readPolicies(policies, config.policies));

  const folder = join(root, ".cache/functions", config.stackName);
  const names = Object.keys(entries) as FunctionName[];
  await Promise.all(
    names.map((name) =>
      buildFunction(entries[name], join(folder, name), { config: config.gatehouse, policies }),
    ),
  );
  const stack = new GatewayStack(app, config.stackName, {
    config,
    code: (name) => Code.fromAsset(join(folder, name)),
    ...(config.account === undefined || config.region === undefined
      ? {}
      : { env: { account: config.account, region: config.region } }),
  });
  if (basename(file) === example) {
    Annotations.of(stack).addInfo(`Made from ${example}. Write gatehouse.deploy.json to deploy.`);
    forbidDeployment(
      stack,
      `This was made from ${example}. Copy it to gatehouse.deploy.json, fill it in, and deploy again.`,
    );
  }
  app.synth();
}

await main().catch((error: unknown) => {
  // A mistake in a file is the operator's to mend: they need the sentence, not our stack.
  const isPlain = error instanceof Error && /^(ConfigError|PolicyError|SyntaxError)$/.test(error.name);
  console.error(isPlain ? error.message : error);
  process.exitCode = 1;
});
