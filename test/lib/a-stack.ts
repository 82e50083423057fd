// A stack as tests want it: stub code, no bundling, the built-in validation off (it takes seconds), any part of the configuration changed.
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Code } from "aws-cdk-lib/aws-lambda";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDeployConfig } from "../../lib/config.ts";
import { GatewayStack } from "../../lib/gateway-stack.ts";

const root = join(import.meta.dirname, "../..");

export function readRoot(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, file), "utf8")) as Record<string, unknown>;
}

export const example = (): Record<string, unknown> => readRoot("gatehouse.deploy.example.json");

export interface Made {
  readonly app: App;
  readonly stack: GatewayStack;
}

export function makeStack(changes: Record<string, unknown> = {}): Made {
  const app = new App({
    builtinCloudFormationValidation: false,
    context: { ...(readRoot("cdk.json").context as object), "aws:cdk:bundling-stacks": [] },
  });
  const merged = Object.fromEntries(
    Object.entries({ ...example(), ...changes }).filter(([, value]) => value !== undefined),
  );
  const config = parseDeployConfig("the test's configuration", merged);
  const stack = new GatewayStack(app, config.stackName, {
    config,
    code: () => Code.fromInline("exports.handler = () => undefined;"),
  });
  return { app, stack };
}

export function templateOf({ stack }: Made): Template {
  return Template.fromStack(stack);
}
