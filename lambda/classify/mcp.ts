// MCP over streamable HTTP: one strict JSON-RPC message, or the opening and ending of a stream, becomes one action.
import type { Action, McpRequest, UpstreamRequest } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { GatewayRequest } from "../model/http.ts";
import { collected, requireNoBody } from "./body.ts";
import { contentEncoding, requireJson } from "./headers.ts";
import { readJson } from "./json.ts";
import { checkMirrors, mcpHeaders, readMcpHeaders, type McpHeaders } from "./mcp-headers.ts";
import { readMessage, type Message } from "./mcp-message.ts";
import { actionFor } from "./mcp-methods.ts";
import type { Target } from "./target.ts";

/** A message that was refused after it was read: the answer goes to its id, and a tool call gets a tool result. */
export class RefusedCall extends GateError {
  readonly mcp: McpRequest;
  constructor(cause: GateError, mcp: McpRequest) {
    super(cause.code, cause.details, { cause: cause.cause });
    this.mcp = mcp;
  }
}

/** `segments` is the path below the MCP root: "readonly", "x/{toolset}", "x/{toolset}/readonly" or nothing. */
export async function classifyMcp(
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  const place = readPlace(segments, target);
  if (target.query.length > 0) throw new GateError("GH_BAD_QUERY", { why: "MCP takes none" });
  const headers = readMcpHeaders(request.headers);
  if (request.method === "GET" || request.method === "DELETE") {
    await requireNoBody(request.body, request.method);
    return streamAction(request, segments, headers, place);
  }
  if (request.method !== "POST") throw new GateError("GH_METHOD_NOT_ALLOWED", { method: request.method });
  requireJson(request.headers);
  const limit = { bytes: limits.jsonBytes, operation: "mcp" };
  const bytes = await collected(request.body, contentEncoding(request.headers), limit);
  const message = readMessage(readJson(bytes));
  const mcp = requestOf(message, headers, place);
  try {
    checkMirrors(message, headers);
    const { body, ...parts } = actionFor(message, mcp);
    const isRead = parts.effect === "read" || parts.effect === "read-many";
    if (mcp.isReadonly && !isRead)
      throw new GateError("GH_NOT_PERMITTED", { reason: "this address offers tools that only read" });
    const send: UpstreamRequest = {
      upstream: "mcp",
      method: "POST",
      segments,
      query: [],
      headers: mcpHeaders(request.headers, headers, message, { isRead: isRead && mcp.tool !== undefined }),
      body,
    };
    return { surface: "mcp", ...parts, mcp, send };
  } catch (error) {
    throw error instanceof GateError ? new RefusedCall(error, mcp) : error;
  }
}

function readPlace(segments: readonly string[], target: Target): { readonly isReadonly: boolean } {
  const [first, toolset, ...rest] = segments;
  const isPlain = segments.length === 0 || (segments.length === 1 && first === "readonly");
  const isToolset =
    first === "x" &&
    toolset !== undefined &&
    /^[a-z][a-z0-9_]{0,49}$/.test(toolset) &&
    (rest.length === 0 || (rest.length === 1 && rest[0] === "readonly"));
  if (!isPlain && !isToolset) throw new GateError("GH_UNKNOWN_PATH", { path: target.path });
  return { isReadonly: segments.at(-1) === "readonly" };
}

function requestOf(
  message: Message,
  headers: McpHeaders,
  { isReadonly }: { readonly isReadonly: boolean },
): McpRequest {
  const { meta, params } = message;
  return {
    method: message.method,
    ...(message.id === undefined ? {} : { id: message.id }),
    ...(message.method === "tools/call" && typeof params.name === "string" ? { tool: params.name } : {}),
    ...(meta.progressToken === undefined ? {} : { progressToken: meta.progressToken }),
    ...(typeof params.requestState === "string" ? { requestState: params.requestState } : {}),
    isStateless: headers.isStateless,
    ...(headers.session === undefined ? {} : { claimedSession: headers.session }),
    takesEvents: headers.takesEvents,
    isReadonly: isReadonly || headers.isReadonly,
    ...(meta.claimed === undefined ? {} : { claimedMeta: meta.claimed }),
  };
}

function streamAction(
  request: GatewayRequest,
  segments: readonly string[],
  headers: McpHeaders,
  place: { readonly isReadonly: boolean },
): Action {
  const method = request.method === "GET" ? "stream" : "end";
  const message: Message = { method, params: {}, meta: { carried: {} } };
  return {
    surface: "mcp",
    operation: "mcp/protocol",
    title: method === "stream" ? "Listen to the MCP server" : "End an MCP session",
    effect: "read",
    branches: { from: "none" },
    paths: [],
    parameters: { method },
    mcp: requestOf(message, headers, place),
    send: {
      upstream: "mcp",
      method: request.method,
      segments,
      query: [],
      headers: mcpHeaders(request.headers, headers, message, { isRead: false }),
      body: { is: "none" },
    },
  };
}
