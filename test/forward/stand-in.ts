// A GitHub that answers as a test tells it to, on loopback.
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { UpstreamRequest } from "../../lambda/model/action.ts";
import { type Config, type ConfigInput, parseConfig } from "../../lambda/model/config.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { Bytes, ByteStream, HeaderList } from "../../lambda/model/http.ts";
import type { Credential, UpstreamAnswer } from "../../lambda/model/ports.ts";

export interface StandIn {
  readonly url: string;
  close(): Promise<void>;
}

export async function startStandIn(listener: RequestListener): Promise<StandIn> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export const gateway = "https://gw.acme.example";

export function configFor(
  upstream: Partial<ConfigInput["upstream"]>,
  changes: Partial<ConfigInput> = {},
): Config {
  const issuer = "https://id.acme.example";
  return parseConfig("test", {
    upstream: { api: "https://api.github.com", git: "https://github.com", ...upstream },
    gateway: { url: gateway },
    console: { url: "https://console.acme.example", issuer, clientId: "console" },
    issuers: [{ issuer, audience: "urn:gatehouse" }],
    ...changes,
  });
}

export const noCredential: Credential = {
  kind: "static",
  authorization: () => "Bearer the-gateways-own",
  secrets: () => [],
};

export function get(segments: readonly string[], changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    upstream: "api",
    method: "GET",
    segments,
    query: [],
    headers: [],
    body: { is: "none" },
    ...changes,
  };
}

export const never = new AbortController().signal;

export async function bytesOf(stream: ByteStream): Promise<Buffer> {
  const chunks: Bytes[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function read(request: IncomingMessage): Promise<Buffer> {
  return bytesOf(request as AsyncIterable<Bytes>);
}

export async function* chunksOf(...chunks: (string | Bytes)[]): AsyncGenerator<Bytes> {
  for (const chunk of chunks)
    yield await Promise.resolve(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
}

export function answerWith(
  status: number,
  headers: HeaderList,
  body: ByteStream = chunksOf(),
): UpstreamAnswer {
  return { status, headers, body };
}

/** The catalogue code of a failure, or "it passed". */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "it passed",
    (error: unknown) =>
      error instanceof GateError ? error.code : `not from the catalogue: ${String(error)}`,
  );
}
