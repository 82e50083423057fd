// API Gateway's question before it calls the road: who is this? No policies here: it must start fast.
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { createStaticCredentials } from "../forward/credentials.ts";
import { createIdentity, type Identity } from "../identity/identity.ts";
import { openAwsPlatform } from "../platform/aws/platform.ts";
import { authorize } from "./authorize.ts";
import { readConfig } from "./aws-config.ts";
import { invocation, log } from "./invocation.ts";

let opened: Promise<Identity> | undefined = open();

async function open(): Promise<Identity> {
  try {
    const config = await readConfig(process.env);
    const platform = await openAwsPlatform(process.env, { config, connector: createStaticCredentials, log });
    const { directory, stops, signer, clock, ids } = platform;
    return createIdentity({ config, directory, stops, jwks: signer, clock, ids });
  } catch (error) {
    // The next invocation tries again.
    opened = undefined;
    throw error;
  }
}

// The first invocation hears of a failure.
opened.catch(() => undefined);

export const handler = invocation(async (event: APIGatewayRequestAuthorizerEvent) =>
  authorize(event, await (opened ??= open())),
);
