// API Gateway's question before it calls the road: who is this? No policies here: it must start fast.
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { createIdentity, type Identity } from "../identity/identity.ts";
import { openAwsPlatform } from "../platform/aws/platform.ts";
import { authorize } from "./authorize.ts";
import { readConfig } from "./aws-config.ts";
import { invocation, log } from "./invocation.ts";

let opened: Promise<Identity> | undefined = open();

async function open(): Promise<Identity> {
  try {
    const config = await readConfig(process.env);
    const platform = await openAwsPlatform(process.env, { config, connector: askNothing, log });
    const { directory, stops, signer, clock, ids } = platform;
    return createIdentity({ config, directory, stops, jwks: signer, clock, ids });
  } catch (error) {
    // The next invocation tries again.
    opened = undefined;
    throw error;
  }
}

/** This function has no business at GitHub, and no right to read the connector's secret. */
function askNothing(): Promise<never> {
  return Promise.reject(new Error("the authorizer asks GitHub nothing"));
}

// The first invocation hears of a failure.
opened.catch(() => undefined);

export const handler = invocation(async (event: APIGatewayRequestAuthorizerEvent) =>
  authorize(event, await (opened ??= open())),
);
