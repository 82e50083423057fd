// The sandbox's MCP server: streamable HTTP, with sessions until 2025-11-25 and without from 2026-07-28 on.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { GitHubError, type Answer, type Json } from "./github-answers.ts";
import { ToolError, tools, type ToolWorld } from "./github-mcp-tools.ts";

export interface McpCall {
  readonly method: string;
  /** Below /mcp. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly readBody: () => Promise<unknown>;
  /** Kept between calls. */
  readonly sessions: Set<string>;
  readonly world: ToolWorld;
  /** What was asked, for the log: "tools/call create_branch". */
  readonly note: (what: string) => void;
}

const versions = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];
const serverInfo = { name: "github-mcp-server", title: "GitHub MCP Server", version: "sandbox" };
const cached = { ttlMs: 0, cacheScope: "private" };

export async function answerMcp(call: McpCall): Promise<Answer> {
  const { method, headers, sessions } = call;
  const isStateless = String(headers["mcp-protocol-version"] ?? "") >= "2026-07-28";
  const session = headers["mcp-session-id"];
  const isKnown = typeof session === "string" && sessions.has(session);
  if (method === "DELETE")
    return { status: typeof session === "string" && sessions.delete(session) ? 204 : 404 };
  if (method !== "POST") return { status: 405 };
  const message = (await call.readBody()) as Json;
  const { id, method: asked, params = {} } = message as { id?: unknown; method?: unknown; params?: Json };
  call.note([asked, params.name].filter((part) => typeof part === "string").join(" "));
  if (asked === "initialize") {
    const opened = randomUUID();
    sessions.add(opened);
    return json(
      id,
      { protocolVersion: versionFor(params), capabilities: { tools: {} }, serverInfo },
      { "Mcp-Session-Id": opened },
    );
  }
  if (!isStateless && !isKnown)
    throw new GitHubError(typeof session === "string" ? 404 : 400, "Invalid session ID");
  if (id === undefined) return { status: 202 };
  const result = await resultOf(call, String(asked), params, isStateless);
  if (result === undefined) return rpcError(id, -32601, `method not found: ${String(asked)}`);
  const whole = isStateless ? { resultType: "complete", ...result } : result;
  return asked === "tools/call" && !isStateless ? events(id, whole, params) : json(id, whole);
}

function versionFor({ protocolVersion }: Json): string {
  const isSpoken = typeof protocolVersion === "string" && versions.slice(1).includes(protocolVersion);
  return isSpoken ? protocolVersion : "2025-11-25";
}

async function resultOf(
  call: McpCall,
  asked: string,
  params: Json,
  isStateless: boolean,
): Promise<Json | undefined> {
  const offered = tools.filter(({ isReadOnly }) => isReadOnly || !isReadonly(call));
  switch (asked) {
    case "ping":
      return {};
    case "server/discover":
      return isStateless
        ? {
            supportedVersions: versions,
            capabilities: { tools: {} },
            _meta: { "io.modelcontextprotocol/serverInfo": serverInfo },
            ...cached,
          }
        : undefined;
    case "tools/list":
      return { tools: offered.map(described), ...(isStateless ? cached : {}) };
    case "tools/call": {
      const tool = offered.find(({ name }) => name === params.name);
      if (tool === undefined)
        return { content: [{ type: "text", text: `unknown tool ${String(params.name)}` }], isError: true };
      try {
        return { content: await tool.run((params.arguments ?? {}) as Json, call.world) };
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        return { content: [{ type: "text", text: error.message }], isError: true };
      }
    }
    default:
      return undefined;
  }
}

function isReadonly({ path, headers }: McpCall): boolean {
  return path.endsWith("/readonly") || headers["x-mcp-readonly"] === "true";
}

function described(tool: (typeof tools)[number]): Json {
  const properties = Object.fromEntries(
    Object.entries(tool.properties).map(([name, type]) => [
      name,
      type === "array" ? { type, items: { type: "object" } } : { type },
    ]),
  );
  return {
    name: tool.name,
    description: tool.description,
    annotations: { title: tool.description, readOnlyHint: tool.isReadOnly },
    inputSchema: { type: "object", properties, required: tool.required },
  };
}

function json(id: unknown, result: Json, headers: Record<string, string> = {}): Answer {
  return { status: 200, json: { jsonrpc: "2.0", id, result }, headers };
}

function rpcError(id: unknown, code: number, message: string): Answer {
  return { status: 200, json: { jsonrpc: "2.0", id, error: { code, message } } };
}

/** As GitHub's server may answer: a note of progress, a question to the client, and then the result. */
function events(id: unknown, result: Json, params: Json): Answer {
  const token = (params._meta as Json | undefined)?.progressToken;
  const messages = [
    ...(token === undefined
      ? []
      : [
          { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: token, progress: 1 } },
        ]),
    {
      jsonrpc: "2.0",
      id: "server-1",
      method: "sampling/createMessage",
      params: { messages: [], maxTokens: 1 },
    },
    { jsonrpc: "2.0", id, result },
  ];
  const text = messages.map((message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`).join("");
  return { status: 200, raw: { type: "text/event-stream", bytes: Buffer.from(text) } };
}
