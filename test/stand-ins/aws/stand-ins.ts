// The AWS services that a gateway needs, on loopback: dynalite beside one server for all the rest.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError, type JsonInput, type JsonOperations } from "./aws-error.ts";
import { startDynalite } from "./dynalite.ts";
import {
  createEventsStandIn,
  createMailStandIn,
  type EventsStandIn,
  type MailStandIn,
} from "./events-and-mail.ts";
import { createKmsStandIn, type KmsStandIn } from "./kms.ts";
import { createS3StandIn, escaped, type S3StandIn } from "./s3.ts";
import { createSecretsStandIn, type SecretsStandIn } from "./secrets-manager.ts";
import { createStepFunctionsStandIn, type StepFunctionsStandIn } from "./step-functions.ts";

export interface AwsStandIns {
  /** What the SDK needs to find them, and nothing of the machine's own AWS settings. */
  readonly environment: Readonly<Record<string, string>>;
  readonly s3: S3StandIn;
  readonly kms: KmsStandIn;
  readonly secrets: SecretsStandIn;
  readonly states: StepFunctionsStandIn;
  readonly events: EventsStandIn;
  readonly mail: MailStandIn;
  close(): Promise<void>;
}

export async function startAwsStandIns(): Promise<AwsStandIns> {
  const s3 = createS3StandIn();
  const kms = createKmsStandIn();
  const secrets = createSecretsStandIn();
  const states = createStepFunctionsStandIn();
  const events = createEventsStandIn();
  const mail = createMailStandIn();
  const services: Record<string, JsonOperations> = {
    secretsmanager: secrets.operations,
    TrentService: kms.operations,
    AWSStepFunctions: states.operations,
    AWSEvents: events.operations,
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const target = request.headers["x-amz-target"];
    if (!String(request.headers.authorization).startsWith("AWS4-HMAC-SHA256 "))
      throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
    if (typeof target === "string") {
      const [service = "", operation = ""] = target.split(".");
      const run = services[service]?.[operation];
      if (run === undefined) throw new AwsError("UnknownOperationException", `${target} is not imitated`);
      sendJson(response, 200, await run(await jsonOf(request)));
    } else if (url.pathname.startsWith("/v2/email/")) {
      sendJson(response, 200, mail.handle(url.pathname, await jsonOf(request)));
    } else {
      const { status, headers = {}, body = "" } = await s3.handle(request, url);
      const length = Buffer.byteLength(body);
      response.writeHead(status, { ...headers, "content-length": length });
      response.end(request.method === "HEAD" ? undefined : body);
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      refuse(request, response, error);
    });
  });
  const [dynalite] = await Promise.all([
    startDynalite(),
    new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    }),
  ]);
  // An IP address makes the SDK name buckets in the path.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "stand-in",
      AWS_SECRET_ACCESS_KEY: "stand-in",
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_DYNAMODB: dynalite.url,
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    s3,
    kms,
    secrets,
    states,
    events,
    mail,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dynalite.close();
    },
  };
}

async function jsonOf(request: IncomingMessage): Promise<JsonInput> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return (text === "" ? {} : JSON.parse(text)) as JsonInput;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const { type, message, status } =
    error instanceof AwsError ? error : new AwsError("InternalFailure", String(error), 500);
  if (request.headers["x-amz-target"] !== undefined) {
    sendJson(response, status, { __type: type, message });
    return;
  }
  if (request.url?.startsWith("/v2/email/") === true) {
    response.setHeader("x-amzn-errortype", type);
    sendJson(response, status, { message });
    return;
  }
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(
    request.method === "HEAD"
      ? undefined
      : `<Error><Code>${type}</Code><Message>${escaped(message)}</Message></Error>`,
  );
}
