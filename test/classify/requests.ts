// Requests as the doors hand them over, for the tests of this room.
import { classify } from "../../lambda/classify/classify.ts";
import type { Action } from "../../lambda/model/action.ts";
import { parseConfig, type Config } from "../../lambda/model/config.ts";
import { GateError, type ErrorCode } from "../../lambda/model/errors.ts";
import { streamOf, type Bytes, type ByteStream, type HeaderList } from "../../lambda/model/http.ts";

export const limits: Config["limits"] = parseConfig("test", {
  upstream: { api: "http://api.test", git: "http://git.test" },
  gateway: { url: "http://gw.test" },
  console: { url: "http://console.test", issuer: "http://issuer.test", clientId: "console" },
  issuers: [{ issuer: "http://issuer.test", audience: "gatehouse" }],
}).limits;

export interface Asked {
  readonly host?: string;
  readonly headers?: HeaderList;
  readonly json?: unknown;
  readonly body?: string | Bytes | ByteStream;
  readonly limits?: Partial<Config["limits"]>;
}

export function ask(method: string, target: string, asked: Asked = {}): Promise<Action> {
  const text = asked.json === undefined ? asked.body : JSON.stringify(asked.json);
  const jsonHeader: HeaderList = asked.json === undefined ? [] : [["Content-Type", "application/json"]];
  return classify(
    {
      method,
      target,
      host: asked.host ?? "gw.test",
      headers: [...jsonHeader, ...(asked.headers ?? [])],
      body: toStream(text),
      remoteAddress: "192.0.2.1",
      signal: new AbortController().signal,
    },
    { gatewayHost: "gw.test", limits: { ...limits, ...asked.limits } },
  );
}

export function toStream(body: string | Bytes | ByteStream | undefined): ByteStream {
  if (body === undefined) return streamOf();
  if (typeof body === "string") return streamOf(Buffer.from(body));
  return body instanceof Uint8Array ? streamOf(body) : body;
}

/** The catalogue code that a promise ends with, or "passed". Anything but a GateError is thrown on. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | "passed"> {
  try {
    await promise;
    return "passed";
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

export async function textOf(stream: ByteStream): Promise<string> {
  const chunks: Bytes[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** The text of a request body that is sent whole. */
export function sentText(action: Action): string | undefined {
  return action.send.body.is === "bytes" ? Buffer.from(action.send.body.bytes).toString() : undefined;
}
