// Stands between the SDK and a service, and lets requests or answers get lost, as networks and busy services do.
import { createServer, request as connect, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export type Fault =
  /** The service does it, and nobody hears of it. */
  | "answer-lost"
  /** It never arrives. */
  | "request-lost"
  | "throttled"
  | "server-error"
  /** S3: another conditional write of the name is under way. */
  | "conflict"
  /** BatchGetItem: the last half of what was asked is left for another time. */
  | "half-unprocessed";

export interface Asked {
  /** `PutItem`, `StartExecution`; for S3 the method and path. */
  readonly operation: string;
  /** Of requests that are JSON. */
  readonly body: string;
  readonly fault: Fault | undefined;
}

export interface FaultyRoad {
  readonly url: string;
  /** Everything that was asked so far. */
  readonly asked: readonly Asked[];
  /** Decides the fate of each request, try by try. */
  fate: (operation: string, body: string) => Fault | undefined;
  close(): Promise<void>;
}

export async function startFaultyRoad(serviceUrl: string): Promise<FaultyRoad> {
  const asked: Asked[] = [];
  const road = { fate: (): Fault | undefined => undefined } as Pick<FaultyRoad, "fate">;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await collected(request);
    const target = request.headers["x-amz-target"];
    const operation =
      typeof target === "string" ? (target.split(".")[1] ?? "") : `${request.method} ${request.url}`;
    const text = typeof target === "string" ? body.toString() : "";
    const fault = road.fate(operation, text);
    asked.push({ operation, body: text, fault });
    switch (fault) {
      case "request-lost":
        request.socket.destroy();
        return;
      case "throttled":
        refuse(response, 400, "ProvisionedThroughputExceededException");
        return;
      case "server-error":
        refuse(response, 500, "InternalServerError");
        return;
      case "conflict":
        response.writeHead(409, { "content-type": "application/xml" });
        response.end("<Error><Code>ConditionalRequestConflict</Code><Message>again</Message></Error>");
        return;
      default:
    }
    const sent = fault === "half-unprocessed" ? halved(body) : { body, rest: undefined };
    const answer = await forwarded(serviceUrl, request, sent.body);
    const bytes = await collected(answer);
    if (fault === "answer-lost") {
      request.socket.destroy();
      return;
    }
    const told = sent.rest === undefined ? bytes : withUnprocessed(bytes, sent.rest);
    const headers = { ...answer.headers };
    if (sent.rest !== undefined) {
      delete headers["x-amz-crc32"];
      headers["content-length"] = String(told.length);
    }
    response.writeHead(answer.statusCode ?? 500, headers);
    response.end(told);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => {
      request.socket.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(road, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The faults in turn, for requests of one operation; after the last all goes well. */
export function inTurn(operation: string, ...faults: (Fault | undefined)[]): FaultyRoad["fate"] {
  const left = [...faults];
  return (asked) => (asked === operation ? left.shift() : undefined);
}

async function forwarded(
  serviceUrl: string,
  { url, method, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const kept = { ...headers, "content-length": String(body.length) };
  delete kept["transfer-encoding"];
  delete kept.expect;
  const onward = connect(new URL(url ?? "/", serviceUrl), { method, headers: kept });
  onward.end(body);
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  return answer;
}

interface Batch {
  RequestItems: Record<string, { Keys: unknown[]; ConsistentRead?: boolean }>;
}

function halved(body: Buffer): { body: Buffer; rest: Batch["RequestItems"] } {
  const batch = JSON.parse(body.toString()) as Batch;
  const rest: Batch["RequestItems"] = {};
  for (const [table, asked] of Object.entries(batch.RequestItems)) {
    const half = Math.ceil(asked.Keys.length / 2);
    rest[table] = { ...asked, Keys: asked.Keys.slice(half) };
    asked.Keys = asked.Keys.slice(0, half);
  }
  return { body: Buffer.from(JSON.stringify(batch)), rest };
}

function withUnprocessed(bytes: Buffer, rest: Batch["RequestItems"]): Buffer {
  const answer = JSON.parse(bytes.toString()) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...answer, UnprocessedKeys: rest }));
}

function refuse(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify({ __type: type, message: "not now" }));
}

async function collected(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
