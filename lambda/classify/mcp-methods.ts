// The methods of MCP that pass: what each asks for, and its message built anew. Any other is not known.
import type { Action, McpRequest, UpstreamBody } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { callBody, readCall } from "./mcp-call.ts";
import { objectOf, readClientInfo, type Message, type Params } from "./mcp-message.ts";
import { jsonBody } from "./rest.ts";
import { isAccountName, isRepositoryName } from "./router.ts";

type Parts = Omit<Action, "surface" | "send" | "mcp"> & { readonly body: UpstreamBody };

/** Calls of the protocol itself: they show nobody's repositories. The parameters that each may carry. */
const protocol: Readonly<Record<string, readonly string[] | undefined>> = {
  initialize: ["protocolVersion", "capabilities", "clientInfo"],
  ping: [],
  "server/discover": [],
  "tools/list": ["cursor"],
  "prompts/list": ["cursor"],
  "prompts/get": ["name", "arguments"],
  "resources/list": ["cursor"],
  "resources/templates/list": ["cursor"],
  "logging/setLevel": ["level"],
  "notifications/initialized": [],
  "notifications/cancelled": ["requestId", "reason"],
  "notifications/progress": ["progressToken", "progress", "total", "message"],
  "notifications/roots/list_changed": [],
};

export function actionFor(message: Message, mcp: McpRequest): Parts {
  switch (message.method) {
    case "tools/call":
      return toolCall(message, mcp);
    case "resources/read":
      return resourceRead(message);
    case "completion/complete":
      // Completions list repositories, branches and people of whatever was typed so far.
      return simple(message, "mcp/complete", "Complete an argument", "read-many", [
        "ref",
        "argument",
        "context",
      ]);
    case "response":
      return response(message);
    default: {
      const allowed = Object.hasOwn(protocol, message.method) ? protocol[message.method] : undefined;
      if (allowed === undefined)
        throw new GateError("GH_UNKNOWN_OPERATION", { method: "MCP", path: message.method });
      return simple(message, "mcp/protocol", `MCP ${message.method}`, "read", allowed);
    }
  }
}

function toolCall(message: Message, mcp: McpRequest): Parts {
  const { name, arguments: given = {} } = message.params;
  if (typeof name !== "string" || !/^[A-Za-z0-9_.-]{1,128}$/.test(name))
    throw bad("name is not the name of a tool");
  only(message.params, ["name", "arguments", "requestState", "inputResponses"]);
  if (message.params.requestState !== undefined && mcp.requestState === undefined)
    throw bad("requestState is not a string");
  const { values, ...parts } = readCall(name, objectOf(given, "arguments is not a JSON object"));
  return {
    ...parts,
    json: values,
    body: callBody(name, values, { id: message.id ?? 0, ...metaOf(message) }),
  };
}

/** repo://{owner}/{repo}[/refs/heads/…|/sha/…]/contents[/path]: the content of one repository. */
function resourceRead(message: Message): Parts {
  const { uri } = message.params;
  if (typeof uri !== "string" || uri.length > 4_096 || !/^[\x21-\x7e]+$/.test(uri))
    throw bad("uri is not an address");
  const [, owner = "", name = "", rest = ""] =
    /^repo:\/\/([^/?#%\\]+)\/([^/?#%\\]+)(\/[^?#%\\]*)?$/.exec(uri) ?? [];
  if (
    !isAccountName(owner) ||
    !isRepositoryName(name) ||
    rest.split("/").some((part) => /^\.\.?$/.test(part))
  )
    throw new GateError("GH_UNKNOWN_OPERATION", { method: "MCP resource", path: uri.slice(0, 100) });
  return {
    ...simple(message, "repos/get-content", "Get repository content", "read", ["uri"]),
    repository: { owner, name },
    parameters: { method: message.method, uri },
  };
}

function response({ id = 0, answer }: Message): Parts {
  const message = {
    jsonrpc: "2.0",
    id,
    ...(answer?.error === undefined ? { result: answer?.result } : { error: answer.error }),
  };
  return {
    ...parts("mcp/protocol", "Answer the MCP server", "read", { method: "response" }),
    json: message,
    body: jsonBody(message),
  };
}

function simple(
  message: Message,
  operation: string,
  title: string,
  effect: Action["effect"],
  allowed: readonly string[],
): Parts {
  const { method, id, params } = message;
  only(params, allowed);
  const given = Object.fromEntries(Object.entries(params).filter(([key]) => key !== "_meta"));
  const kept = method === "initialize" ? initializing(given) : given;
  const { meta } = metaOf(message);
  const all = { ...kept, ...(meta === undefined ? {} : { _meta: meta }) };
  const sent = {
    jsonrpc: "2.0",
    ...(id === undefined ? {} : { id }),
    method,
    ...(Object.keys(all).length === 0 ? {} : { params: all }),
  };
  return { ...parts(operation, title, effect, { method }), json: sent, body: jsonBody(sent) };
}

/** Without capabilities the server asks the client nothing: no sampling, no elicitation, no roots. */
function initializing({ protocolVersion, clientInfo }: Params): Params {
  if (typeof protocolVersion !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(protocolVersion))
    throw bad("protocolVersion is not a date");
  return { protocolVersion, capabilities: {}, clientInfo: readClientInfo(clientInfo ?? {}) };
}

function parts(
  operation: string,
  title: string,
  effect: Action["effect"],
  parameters: Readonly<Record<string, string>>,
): Omit<Parts, "body"> {
  return { operation, title, effect, branches: { from: "none" }, paths: [], parameters };
}

function metaOf({ meta }: Message): { readonly meta?: Params } {
  return Object.keys(meta.carried).length === 0 ? {} : { meta: meta.carried };
}

function only(params: Params, allowed: readonly string[]): void {
  const unknown = Object.keys(params).find((key) => key !== "_meta" && !allowed.includes(key));
  if (unknown !== undefined)
    throw bad(
      `params has a member ${unknown.replace(/[^\w.-]/g, "?").slice(0, 50)} that this method does not take`,
    );
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_BODY", { why });
}
