// The header fields of MCP: which are read, which must say the same as the body, and which go upstream.
import { GateError } from "../model/errors.ts";
import { header, type HeaderList } from "../model/http.ts";
import { carriedHeaders, single } from "./headers.ts";
import type { Message } from "./mcp-message.ts";

export interface McpHeaders {
  readonly version?: string;
  readonly isStateless: boolean;
  readonly session?: string;
  readonly lastEvent?: string;
  readonly takesEvents: boolean;
  readonly isReadonly: boolean;
  readonly method?: string;
  readonly name?: string;
  /** X-MCP-*: those that narrow what the server offers. */
  readonly narrowing: HeaderList;
}

/** From this version on there are no sessions. */
const firstStateless = "2026-07-28";
const lists = ["x-mcp-toolsets", "x-mcp-tools", "x-mcp-exclude-tools"];
/** They only ever restrict: "false" would be an attempt to undo what somebody else restricted. */
const switches = ["x-mcp-readonly", "x-mcp-lockdown"];

/** Throws GH_BAD_HEADERS for a value that two readers could understand differently. */
export function readMcpHeaders(headers: HeaderList): McpHeaders {
  const version = matching(headers, "mcp-protocol-version", /^\d{4}-\d{2}-\d{2}$/);
  const session = matching(headers, "mcp-session-id", /^[\x21-\x7e]{1,128}$/);
  const lastEvent = matching(headers, "last-event-id", /^[\x20-\x7e]{1,512}$/);
  const method = single(headers, "mcp-method");
  const name = single(headers, "mcp-name");
  const narrowing = lists.flatMap((field): [string, string][] => {
    const value = matching(headers, field, /^[A-Za-z0-9_, -]{0,2000}$/);
    return value === undefined || value === "" ? [] : [[field, value]];
  });
  const restricting = switches.filter((field) => single(headers, field)?.toLowerCase() === "true");
  return {
    ...(version === undefined ? {} : { version }),
    isStateless: version !== undefined && version >= firstStateless,
    ...(session === undefined ? {} : { session }),
    ...(lastEvent === undefined ? {} : { lastEvent }),
    takesEvents: /\btext\/event-stream\b|^\*\/\*$/i.test(header(headers, "accept") ?? ""),
    isReadonly: restricting.includes("x-mcp-readonly"),
    ...(method === undefined ? {} : { method }),
    ...(name === undefined ? {} : { name }),
    narrowing: [...narrowing, ...restricting.map((field): [string, string] => [field, "true"])],
  };
}

/** What a gateway before us may have decided on (Mcp-Method, Mcp-Name) must be what the body says. */
export function checkMirrors(message: Message, headers: McpHeaders): void {
  const { method, meta } = message;
  if (method === "response") return;
  const expected = { method, name: nameIn(message) };
  if (headers.method === undefined ? headers.isStateless : headers.method !== method)
    throw bad(`Mcp-Method does not say ${method}`);
  if (
    headers.name === undefined
      ? headers.isStateless && expected.name !== undefined
      : headers.name !== expected.name
  )
    throw bad("Mcp-Name does not say what the body names");
  if (
    meta.protocolVersion !== undefined &&
    headers.version !== undefined &&
    meta.protocolVersion !== headers.version
  )
    throw bad("MCP-Protocol-Version is not the version in the body");
}

/** The fields that go upstream, all of them ours. */
export function mcpHeaders(
  client: HeaderList,
  headers: McpHeaders,
  message: Message,
  { isRead }: { readonly isRead: boolean },
): HeaderList {
  const agent = carriedHeaders(client).filter(([name]) => name === "user-agent");
  const isPost = message.method !== "stream" && message.method !== "end";
  const name = nameIn(message);
  const list: (readonly [string, string])[] = [
    ...agent,
    ["accept", isPost ? "application/json, text/event-stream" : "text/event-stream"],
  ];
  if (isPost) list.push(["content-type", "application/json"]);
  if (headers.version !== undefined) list.push(["mcp-protocol-version", headers.version]);
  if (headers.isStateless && message.method !== "response") {
    list.push(["mcp-method", message.method]);
    if (name !== undefined) list.push(["mcp-name", name]);
  }
  if (headers.lastEvent !== undefined && message.method === "stream")
    list.push(["last-event-id", headers.lastEvent]);
  list.push(...headers.narrowing.filter(([field]) => !isRead || field !== "x-mcp-readonly"));
  // What was decided on as a read can only read, whatever the server makes of the tool's name.
  if (isRead) list.push(["x-mcp-readonly", "true"]);
  return list;
}

function nameIn({ method, params }: Message): string | undefined {
  const value =
    method === "resources/read"
      ? params.uri
      : ["tools/call", "prompts/get"].includes(method)
        ? params.name
        : undefined;
  return typeof value === "string" ? value : undefined;
}

function matching(headers: HeaderList, name: string, pattern: RegExp): string | undefined {
  const value = single(headers, name);
  if (value !== undefined && !pattern.test(value))
    throw bad(`the value of ${name} is not one that MCP gives it`);
  return value;
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_HEADERS", { why });
}
