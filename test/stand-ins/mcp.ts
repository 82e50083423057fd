// MCP through a running gateway: the TypeScript SDK's client, and raw messages for what no client would send.
import { Client, StreamableHTTPClientTransport, type CallToolResult } from "@modelcontextprotocol/client";
import type { GatewayUnderTest, UpstreamRequest } from "./gateway.ts";

export interface McpOptions {
  readonly session?: string;
  /** The protocol's generation: sessions, or none of them. */
  readonly mode?: "legacy" | { readonly pin: string };
  readonly path?: string;
}

export async function mcpClient(
  gateway: GatewayUnderTest,
  login: string,
  options: McpOptions = {},
): Promise<Client> {
  const token = await gateway.token(login, options.session === undefined ? {} : { session: options.session });
  const client = new Client(
    { name: "story", version: "1" },
    { versionNegotiation: { mode: options.mode ?? "legacy" } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${gateway.gateway}${options.path ?? "/mcp/"}`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  return client;
}

/** All text of a result. */
export function textOf(result: unknown): string {
  const { content } = result as CallToolResult;
  return content
    .map((block) =>
      block.type === "text"
        ? block.text
        : block.type === "resource" && "text" in block.resource
          ? block.resource.text
          : "",
    )
    .join("\n");
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON-RPC message, also of an event stream that holds one. */
  readonly message: {
    readonly id?: unknown;
    readonly result?: Record<string, unknown>;
    readonly error?: { readonly code: number; readonly message: string };
  };
}

/** One POST, as it stands. */
export async function post(
  gateway: GatewayUnderTest,
  login: string | undefined,
  body: unknown,
  options: {
    readonly headers?: Record<string, string>;
    readonly path?: string;
    readonly method?: string;
    readonly signal?: AbortSignal;
  } = {},
): Promise<RawAnswer> {
  const token = login === undefined ? undefined : await gateway.token(login, { session: `ses-raw-${login}` });
  const method = options.method ?? "POST";
  const answer = await fetch(`${gateway.gateway}${options.path ?? "/mcp/"}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...options.headers,
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(method === "POST" ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    message: parsed(data) as RawAnswer["message"],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** A session that this person opened. */
export async function opened(gateway: GatewayUnderTest, login: string): Promise<Record<string, string>> {
  const params = {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  };
  const { headers } = await post(gateway, login, { jsonrpc: "2.0", id: 0, method: "initialize", params });
  return { "mcp-session-id": headers.get("mcp-session-id") ?? "" };
}

export async function call(
  gateway: GatewayUnderTest,
  login: string,
  name: string,
  values: unknown,
  headers?: Record<string, string>,
  signal?: AbortSignal,
): Promise<
  RawAnswer & { readonly code: string | undefined; readonly said: string; readonly isError: boolean }
> {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: values } };
  const answer = await post(gateway, login, message, {
    headers: headers ?? (await opened(gateway, login)),
    ...(signal === undefined ? {} : { signal }),
  });
  const result = answer.message.result as
    { _meta?: Record<string, { code: string }>; content: { text: string }[]; isError?: boolean } | undefined;
  return {
    ...answer,
    code: result?._meta?.["gatehouse/refusal"]?.code,
    said: result?.content.map(({ text }) => text).join("\n") ?? "",
    isError: result?.isError === true,
  };
}

/** The MCP messages that really reached the sandbox's GitHub. */
export async function messagesUpstream(gateway: GatewayUnderTest): Promise<readonly string[]> {
  const requests = (await gateway.upstream()) as readonly (UpstreamRequest & { readonly mcp?: string })[];
  return requests.flatMap(({ mcp }) => (mcp === undefined ? [] : [mcp]));
}
