// A whole platform over the stand-ins: fresh table, buckets and keys at each call.
import { createCredentials } from "../../../lambda/forward/credentials.ts";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../../lambda/model/ports.ts";
import { openAwsPlatform, type AwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import { createGatewayTable } from "../../stand-ins/aws/dynalite.ts";
import type { AwsStandIns } from "../../stand-ins/aws/stand-ins.ts";

export interface Deployment {
  readonly env: Readonly<Record<string, string>>;
  /** What operators would read. */
  readonly logged: { readonly event: string; readonly details: Readonly<Record<string, string | number>> }[];
  /** A function's platform, as a cold start opens it. */
  open(clock: Clock, fetching?: typeof fetch): Promise<AwsPlatform>;
}

let deployments = 0;

export async function deploy(aws: AwsStandIns): Promise<Deployment> {
  deployments += 1;
  const name = `gatehouse-${deployments}`;
  const client = new DynamoDBClient({});
  await createGatewayTable(client, name);
  client.destroy();
  aws.s3.createBucket(`${name}-archive`);
  aws.s3.createBucket(`${name}-escrow`);
  aws.secrets.set(
    `${name}/connector`,
    JSON.stringify({ kind: "static", token: ["gh", "p_connector"].join("") }),
  );
  const env = {
    GATEHOUSE_TABLE: name,
    GATEHOUSE_ARCHIVE_BUCKET: `${name}-archive`,
    GATEHOUSE_ESCROW_BUCKET: `${name}-escrow`,
    GATEHOUSE_DATA_KEY: aws.kms.createKey("SYMMETRIC_DEFAULT"),
    GATEHOUSE_LINK_KEY: aws.kms.createKey("SYMMETRIC_DEFAULT"),
    GATEHOUSE_SIGNING_KEYS: aws.kms.createKey("ECC_NIST_P256"),
    GATEHOUSE_CONNECTOR_SECRET: `${name}/connector`,
    GATEHOUSE_STATE_MACHINE: aws.states.createStateMachine(`${name}-approvals`),
    GATEHOUSE_EVENT_BUS: `${name}-events`,
  };
  const logged: Deployment["logged"] = [];
  return {
    env,
    logged,
    open: (clock, fetching) =>
      openAwsPlatform(env, {
        clock,
        config: { notices: { teams: {}, slack: { botTokenName: "slack/bot", users: {}, decides: false } } },
        connector: (text, name, stores) =>
          createCredentials(text, name, {
            ...stores,
            api: "https://api.github.invalid",
            git: "https://github.invalid",
            console: "https://console.invalid",
          }),
        log: (event, details) => logged.push({ event, details }),
        ...(fetching === undefined ? {} : { fetch: fetching }),
      }),
  };
}
