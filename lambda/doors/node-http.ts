// The door on one machine: node:http in, a plain request value to the flow, the answer back out. No decisions.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { asGateError } from "../flow/refusal.ts";
import type { Answer, GatewayRequest, HeaderList } from "../model/http.ts";

/** Serves the handler; the caller listens and closes. Limits follow the facts of git over HTTP. */
export function createDoor(
  handle: (request: GatewayRequest) => Promise<Answer>,
  failed: (error: unknown) => void,
  tls?: { readonly key: string; readonly cert: string },
): Server {
  const limits = {
    requestTimeout: 0,
    headersTimeout: 30_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 32 * 1024,
    insecureHTTPParser: false,
  };
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    // Once the door is closing, a connection ends with the answer it still owes, and not before.
    outgoing.once("finish", () => {
      if (!server.listening) incoming.socket.end();
    });
    serve(incoming, outgoing, handle).catch((error: unknown) => {
      failed(error);
      const gate = asGateError(error);
      if (!outgoing.headersSent)
        outgoing
          .writeHead(gate.status, { "content-type": "text/plain", connection: "close" })
          .end(`${gate.message}\n`);
      // What was written still goes out; the missing end tells the client that this is not all.
      else outgoing.socket?.destroySoon();
    });
  };
  const server =
    tls === undefined
      ? createServer(limits, answer)
      : createTlsServer({ ...limits, ...tls, minVersion: "TLSv1.2" }, answer);
  server.on("clientError", (_error, socket) => {
    refuseConnection(socket);
  });
  return server;
}

function refuseConnection(socket: Duplex): void {
  if (socket.writable)
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  else socket.destroy();
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: (request: GatewayRequest) => Promise<Answer>,
): Promise<void> {
  const controller = new AbortController();
  let leave = (): void => undefined;
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) controller.abort("client gone");
    leave();
  });
  /** Settles with the promise, or as "gone". Not Promise.race: that would keep every chunk until the client leaves. */
  const unlessGone = <T>(promise: Promise<T>): Promise<T | "gone"> =>
    new Promise((resolve, reject) => {
      if (controller.signal.aborted) resolve("gone");
      leave = () => {
        resolve("gone");
      };
      promise.then(resolve, reject);
    });
  const answer = await handle(requestOf(incoming, controller.signal));
  const body = answer.body[Symbol.asyncIterator]();
  for (;;) {
    const step = await unlessGone(body.next());
    if (step === "gone") break;
    // Headers wait for the first byte: until then a failure can still be a clean error.
    if (!outgoing.headersSent)
      outgoing.writeHead(
        answer.status,
        answer.headers.flatMap(([name, value]) => [name, value]),
      );
    if (step.done === true) {
      outgoing.end();
      return;
    }
    if (!outgoing.write(step.value)) await unlessGone(once(outgoing, "drain"));
  }
  await body.return?.();
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): GatewayRequest {
  const headers: HeaderList = Array.from({ length: incoming.rawHeaders.length / 2 }, (_, at) => [
    incoming.rawHeaders[at * 2] ?? "",
    incoming.rawHeaders[at * 2 + 1] ?? "",
  ]);
  return {
    method: incoming.method ?? "",
    target: incoming.url ?? "",
    host: (incoming.headers.host ?? "").toLowerCase(),
    headers,
    body: incoming,
    remoteAddress: incoming.socket.remoteAddress ?? "",
    signal,
  };
}
