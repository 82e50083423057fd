// What a client says about itself: short, plain ASCII, shown to people and never trusted.
import { type HeaderList, header, headerValues } from "../model/http.ts";

const maxLabelLength = 128;
const maxClientLength = 200;

/** Header → label; a later one wins. Agents send those in the middle with model calls, wrappers and hooks set the first three. */
const labelHeaders = [
  ["x-gw-session", "session"],
  ["x-gatehouse-session", "session"],
  ["x-gatehouse-tool-call", "toolCall"],
  ["x-client-session-id", "clientSession"],
  ["x-interaction-id", "interaction"],
  ["x-agent-task-id", "agentTask"],
  ["x-request-id", "request"],
  ["mcp-session-id", "mcpSession"],
] as const;

/** Labels from headers, and from the user name of Basic when it names a session. */
export function claimedLabels(
  headers: HeaderList,
  claimedSession: string | undefined,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  if (claimedSession !== undefined) labels.session = claimedSession;
  for (const [name, label] of labelHeaders) {
    const value = headerValues(headers, name)[0];
    const text = value === undefined ? "" : plain(value, maxLabelLength);
    if (text !== "") labels[label] = text;
  }
  return labels;
}

/** What an MCP client puts into `params._meta`: VS Code by itself, the toolCallId by a hook before the call. */
const metaLabels = [
  ["vscode.conversationId", "conversation"],
  ["vscode.requestId", "request"],
  ["sessionId", "session"],
  ["toolCallId", "toolCall"],
] as const;

/** Labels from `params._meta`, none of which goes on to GitHub. What headers say counts before them. */
export function metaClaims(meta: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [name, label] of metaLabels) {
    const value = Object.hasOwn(meta, name) ? meta[name] : undefined;
    const text = typeof value === "string" ? plain(value, maxLabelLength) : "";
    if (text !== "") labels[label] = text;
  }
  return labels;
}

/** The User-Agent, or what the token says when there is none. */
export function claimedClient(headers: HeaderList, fallback = ""): string {
  const named = plain(header(headers, "user-agent") ?? "", maxClientLength);
  return named === "" ? plain(fallback, maxClientLength) : named;
}

/** Printable ASCII only: control and bidirectional characters would change what a reviewer reads. */
export function plain(text: string, maxLength: number): string {
  return text
    .slice(0, maxLength)
    .replace(/[^\x20-\x7e]/g, "?")
    .trim();
}
