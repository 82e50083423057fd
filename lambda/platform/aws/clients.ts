// The SDK's clients, each with limits on time and tries: the SDK itself would wait for ever.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import { SFNClient } from "@aws-sdk/client-sfn";
import { NodeHttpHandler } from "@smithy/node-http-handler";

export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly events: EventBridgeClient;
  readonly kms: KMSClient;
  readonly mail: SESv2Client;
  readonly s3: S3Client;
  readonly secrets: SecretsManagerClient;
  readonly states: SFNClient;
}

/** Region, endpoint and credentials come from the environment, as Lambda sets it. */
export function createClients(): AwsClients {
  const quick = limits(3_000);
  return {
    dynamodb: new DynamoDBClient(quick),
    events: new EventBridgeClient(quick),
    kms: new KMSClient(quick),
    mail: new SESv2Client(limits(10_000)),
    // A part of 5 MiB is on its way for a while.
    s3: new S3Client(limits(20_000)),
    secrets: new SecretsManagerClient(quick),
    states: new SFNClient(quick),
  };
}

/** Standard retries wait a random part of a doubling time; throttling and time-outs are tried again, refusals are not. */
function limits(requestTimeout: number): {
  maxAttempts: number;
  retryMode: string;
  requestHandler: NodeHttpHandler;
} {
  return {
    maxAttempts: 4,
    retryMode: "standard",
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      socketTimeout: requestTimeout,
    }),
  };
}
