// What MCP clients hear from the gateway itself: tool results that a model understands, JSON-RPC errors, and HTTP's own.
import type { McpRequest } from "../model/action.ts";
import type { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes, type HeaderList } from "../model/http.ts";
import { roadHeaders } from "./road-headers.ts";

export type Result = Readonly<Record<string, unknown>>;

/** From 2026-07-28 on a result says that it is complete. */
export function whole(result: Result, { isStateless }: Pick<McpRequest, "isStateless">): Result {
  return isStateless ? { resultType: "complete", ...result } : result;
}

export function textResult(text: string, mcp: McpRequest, more: Result = {}): Result {
  return whole({ content: [{ type: "text", text }], ...more }, mcp);
}

/** A 403 would send VS Code into a sign-in, and Copilot would not show its text: a refused call is a tool result. */
export function refusedResult(
  error: GateError,
  entry: string,
  mcp: McpRequest,
  extra: Readonly<Record<string, unknown>> = {},
): Result {
  const _meta = { "gatehouse/refusal": { code: error.code, entry, ...extra } };
  return textResult(`${error.message} Reference ${entry}.`, mcp, { isError: true, _meta });
}

export function response(mcp: McpRequest, result: Result): Result {
  return { jsonrpc: "2.0", id: mcp.id ?? null, result };
}

export function jsonBytes(json: unknown): Bytes {
  return new TextEncoder().encode(JSON.stringify(json));
}

export function eventBytes(json: unknown): Bytes {
  return new TextEncoder().encode(`event: message\ndata: ${JSON.stringify(json)}\n\n`);
}

export const eventHeaders: HeaderList = [
  ["Content-Type", "text/event-stream"],
  ["Cache-Control", "no-cache, no-transform"],
  ["X-Accel-Buffering", "no"],
  ...roadHeaders,
];

export function mcpRefusal(
  error: GateError,
  about: {
    readonly entry: string;
    readonly challenge: HeaderList;
    readonly mcp?: McpRequest | undefined;
  },
  extra: Readonly<Record<string, unknown>>,
): Answer {
  const { entry, mcp } = about;
  const headers: HeaderList = [
    ...roadHeaders,
    ["Cache-Control", "no-store"],
    ["X-Gatehouse-Entry", entry],
    ...(error.status === 401 ? about.challenge : []),
  ];
  const isAsked = mcp?.id !== undefined;
  // 401 and an unknown session are HTTP's to say: clients sign in, or initialize, again.
  const isHttps = error.status === 401 || error.code === "GH_MCP_SESSION_UNKNOWN";
  if (isAsked && !isHttps && mcp.tool !== undefined)
    return json(200, response(mcp, refusedResult(error, entry, mcp, extra)), headers);
  const failure = {
    jsonrpc: "2.0",
    id: mcp?.id ?? null,
    error: {
      code: rpcCode(error),
      message: `${error.message} Reference ${entry}.`,
      data: { gatehouse: { code: error.code, entry, ...extra } },
    },
  };
  return json(isAsked && !isHttps ? 200 : error.status, failure, headers);
}

/** JSON-RPC 2.0, 5.1; -32000 and below are the server's own. */
function rpcCode({ code, status }: GateError): number {
  if (code === "GH_UNKNOWN_OPERATION") return -32601;
  if (code === "GH_BAD_BODY") return -32600;
  return status === 404 ? -32001 : -32000;
}

function json(status: number, value: unknown, headers: HeaderList): Answer {
  const bytes = jsonBytes(value);
  return {
    status,
    headers: [["Content-Type", "application/json"], ["Content-Length", String(bytes.length)], ...headers],
    body: streamOf(bytes),
  };
}
