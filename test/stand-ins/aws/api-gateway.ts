// API Gateway on this machine: real HTTP in, proxy events out, its limits and its habits included.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { answerOf, FunctionError, type Invoked, type LambdaFunction } from "./runtime-api.ts";

export interface ApiGatewayOptions {
  readonly stage: string;
  readonly target: () => LambdaFunction;
  /** Asked before the target, except for `openPaths`. */
  readonly authorizer?: () => LambdaFunction;
  readonly openPaths?: readonly string[];
  /** What the gateway response for 401 carries. */
  readonly challenge?: string;
}

/** Of the deployment: types that reach the function as they are, in base64. */
const binaryTypes = [
  "application/x-git-upload-pack-request",
  "application/x-git-receive-pack-request",
  "application/octet-stream",
  "application/gzip",
];
const requestBytes = 10 * 1024 * 1024;
const preludeEnd = Buffer.alloc(8);
const preludeBytes = 16 * 1024;

/** What API Gateway says by itself. */
class GatewayResponse extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function createApiGateway(options: ApiGatewayOptions): Server {
  const decisions = new Map<string, Promise<"Allow" | "Deny">>();

  async function authorized(event: ProxyEvent): Promise<void> {
    const { authorizer, openPaths = [], challenge = "" } = options;
    if (authorizer === undefined) return;
    if (openPaths.some((path) => event.path === path || event.path.startsWith(`${path}/`))) return;
    const unauthorized = new GatewayResponse(401, "Unauthorized", { "WWW-Authenticate": challenge });
    // A missing identity source is a 401 without a call (AWS documentation).
    const identity = event.multiValueHeaders.authorization?.[0] ?? event.multiValueHeaders.Authorization?.[0];
    if (identity === undefined || identity === "") throw unauthorized;
    const decision = decisions.get(identity) ?? decide(authorizer(), event, unauthorized);
    decisions.set(identity, decision);
    decision.catch(() => decisions.delete(identity));
    if ((await decision) === "Deny") throw new GatewayResponse(403, "User is not authorized");
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = await eventOf(request, options.stage);
    await authorized(event);
    const invoked = await options.target().invoke(event);
    await stream(invoked, response);
  }

  return createServer({ requestTimeout: 0, maxHeaderSize: 10_240 }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const { status, headers, message } = gatewayResponse(error);
      response
        .writeHead(status, { "Content-Type": "application/json", ...headers, Connection: "close" })
        .end(JSON.stringify({ message }));
    });
  });
}

function gatewayResponse(error: unknown): GatewayResponse {
  if (error instanceof GatewayResponse) return error;
  if (error instanceof RangeError) return new GatewayResponse(413, error.message);
  return new GatewayResponse(502, "Internal server error");
}

async function decide(
  authorizer: LambdaFunction,
  about: ProxyEvent,
  unauthorized: GatewayResponse,
): Promise<"Allow" | "Deny"> {
  const methodArn = `arn:aws:execute-api:us-east-1:123456789012:api/${about.requestContext.stage}/${about.httpMethod}${about.path}`;
  try {
    const policy = (await answerOf(authorizer, {
      ...about,
      body: undefined,
      isBase64Encoded: undefined,
      type: "REQUEST",
      methodArn,
    })) as {
      policyDocument: { Statement: [{ Effect: "Allow" | "Deny"; Resource: string }] };
    };
    const [{ Effect, Resource }] = policy.policyDocument.Statement;
    if (!methodArn.startsWith(Resource.replace(/\/\*.*$/, "/")))
      throw new Error("the policy is for another API");
    return Effect;
  } catch (error) {
    const said = error instanceof FunctionError ? error.message : "";
    if (said.includes('"errorMessage":"Unauthorized"')) throw unauthorized;
    throw new GatewayResponse(503, "the authorizer failed");
  }
}

interface ProxyEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly multiValueHeaders: Readonly<Record<string, string[]>>;
  readonly queryStringParameters: Readonly<Record<string, string>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, string[]>> | null;
  readonly requestContext: {
    readonly stage: string;
    readonly path: string;
    readonly identity: { readonly sourceIp: string };
  };
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
}

async function eventOf(request: IncomingMessage, stage: string): Promise<ProxyEvent> {
  const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > requestBytes) throw new GatewayResponse(413, "Request Entity Too Large");
    chunks.push(chunk as Buffer);
  }
  const headers: Record<string, string[]> = {};
  for (let at = 0; at < request.rawHeaders.length; at += 2)
    (headers[request.rawHeaders[at] ?? ""] ??= []).push(request.rawHeaders[at + 1] ?? "");
  const parameters: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) (parameters[name] ??= []).push(value);
  const type = (request.headers["content-type"] ?? "").split(";")[0] ?? "";
  const isBinary = binaryTypes.includes(type);
  return {
    httpMethod: request.method ?? "GET",
    path,
    headers: lastOf(headers),
    multiValueHeaders: headers,
    queryStringParameters: query === "" ? null : lastOf(parameters),
    multiValueQueryStringParameters: query === "" ? null : parameters,
    requestContext: {
      stage,
      path: `/${stage}${path}`,
      identity: { sourceIp: request.socket.remoteAddress ?? "" },
    },
    body: bytes === 0 ? null : Buffer.concat(chunks).toString(isBinary ? "base64" : "utf8"),
    isBase64Encoded: bytes > 0 && isBinary,
  };
}

function lastOf(all: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1) ?? ""]));
}

interface Prelude {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, string[]>>;
}

/** JSON, eight zero bytes, the body; a client that left changes nothing: the function is never told, and runs to its end. */
async function stream({ isStreamed, body, trouble }: Invoked, response: ServerResponse): Promise<void> {
  if (!isStreamed) throw new Error("the integration streams, and the function did not");
  let head = Buffer.alloc(0);
  let isHeadSent = false;
  for await (const chunk of body) {
    let part = chunk;
    if (!isHeadSent) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(preludeEnd);
      if (end < 0 && head.length > preludeBytes) throw new Error("no prelude within 16 kB");
      if (end < 0) continue;
      sendHead(JSON.parse(head.toString("utf8", 0, end)) as Prelude, response);
      isHeadSent = true;
      part = head.subarray(end + preludeEnd.length);
    }
    if (!response.destroyed && part.length > 0 && !response.write(part))
      await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  if (!isHeadSent) throw new Error("the function sent no prelude");
  if (trouble() === undefined) response.end();
  else response.destroy();
}

function sendHead(
  { statusCode, headers = {}, multiValueHeaders = {} }: Prelude,
  response: ServerResponse,
): void {
  for (const [name, value] of Object.entries({ ...headers, ...multiValueHeaders }))
    // Seen on every kind of API: the name is a function's to set, and not to keep.
    response.setHeader(/^www-authenticate$/i.test(name) ? "x-amzn-remapped-www-authenticate" : name, value);
  response.writeHead(statusCode);
  response.flushHeaders();
}
