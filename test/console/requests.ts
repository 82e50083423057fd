// Requests as the console's door would hand them over.
import { Buffer } from "node:buffer";
import { consoleAnswer } from "../../lambda/console/routes.ts";
import {
  header,
  streamOf,
  type Answer,
  type GatewayRequest,
  type HeaderList,
} from "../../lambda/model/http.ts";
import type { FakeDesk } from "../stand-ins/fake-desk.ts";

export const consoleUrl = "https://console.gw.example";

export const assets = new Map([
  ["/index.html", { bytes: Buffer.from('<html data-problem="">the page</html>'), type: "text/html" }],
  ["/assets/main-ABC.js", { bytes: Buffer.from("page()"), type: "text/javascript; charset=utf-8" }],
]);

export interface Shown {
  readonly status: number;
  readonly headers: HeaderList;
  readonly text: string;
  header(name: string): string | undefined;
  json(): unknown;
}

export function request(
  method: string,
  target: string,
  headers: HeaderList = [],
  body: string | Uint8Array = "",
): GatewayRequest {
  return {
    method,
    target,
    host: "console.gw.example",
    headers,
    body: streamOf(Buffer.from(body)),
    remoteAddress: "192.0.2.1",
    signal: new AbortController().signal,
  };
}

export async function ask(desk: FakeDesk, wanted: GatewayRequest): Promise<Shown> {
  return shown(await consoleAnswer(wanted, { desk, assets, consoleUrl, reference: () => "req_reference" }));
}

export async function shown(answer: Answer): Promise<Shown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    header: (name) => header(answer.headers, name),
    json: () => JSON.parse(text) as unknown,
  };
}

/** What the page's own script sends with a change. */
export const fromPage: HeaderList = [
  ["Origin", consoleUrl],
  ["X-Gatehouse-Csrf", "token-of-this-page"],
  ["Content-Type", "application/json"],
];

export function without(name: string): HeaderList {
  return fromPage.filter(([key]) => key !== name);
}

export function replaced(name: string, value: string): HeaderList {
  return fromPage.map(([key, old]) => [key, key === name ? value : old]);
}
