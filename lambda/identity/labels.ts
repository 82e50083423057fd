// What a client says about itself: short, plain ASCII, shown to people and never trusted.
import { type HeaderList, header, headerValues } from "../model/http.ts";

const maxLabelLength = 128;
const maxClientLength = 200;

/** Header → label. Copilot CLI sends the middle three with model calls; hooks and wrappers can set the first two. */
const labelHeaders = [
  ["x-gatehouse-session", "session"],
  ["x-gatehouse-tool-call", "toolCall"],
  ["x-client-session-id", "clientSession"],
  ["x-interaction-id", "interaction"],
  ["x-agent-task-id", "agentTask"],
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
