// How a "no" looks to the client that asked: GitHub-shaped JSON, plain text for git, or git's own report.
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type GatewayRequest, type HeaderList } from "../model/http.ts";
import type { Action, McpRequest } from "../model/action.ts";
import { mcpRefusal } from "./mcp-answers.ts";
import { roadHeaders } from "./road-headers.ts";

/** Turns anything thrown into a catalogue error; what is not from the catalogue tells the client nothing. */
export function asGateError(error: unknown): GateError {
  return error instanceof GateError ? error : new GateError("GH_INTERNAL", {}, { cause: error });
}

/** Whether the client is git (it shows text, and hides JSON). */
function isGitTarget(target: string): boolean {
  const path = target.split("?", 1)[0] ?? "";
  return /\/(info\/refs|git-upload-pack|git-receive-pack)$/.test(path);
}

/** How the client wants to hear a no. */
export function protocolOf({ host, target }: Pick<GatewayRequest, "host" | "target">): Protocol {
  if (isGitTarget(target)) return "git";
  const path = target.split("?", 1)[0] ?? "";
  if (/^\/mcp(?:\/|$)/.test(path)) return "mcp";
  const isGraphQL = path === "/api/graphql" || (path === "/graphql" && host.startsWith("api."));
  return isGraphQL ? "graphql" : "rest";
}

export type Protocol = "git" | "rest" | "graphql" | "mcp";

export function refusal(
  error: GateError,
  about: {
    readonly entry: string;
    readonly protocol: Protocol;
    readonly challenge: HeaderList;
    /** The message that is refused, when it could be read. */
    readonly mcp?: McpRequest | undefined;
  },
  extra: Readonly<Record<string, unknown>> = {},
): Answer {
  if (about.protocol === "mcp") return mcpRefusal(error, about, extra);
  const reference = `Reference ${about.entry}.`;
  const headers: HeaderList = [
    ...roadHeaders,
    ["Cache-Control", "no-store"],
    ["X-Gatehouse-Entry", about.entry],
    ...(error.status === 401 ? about.challenge : []),
    ...(error.details.seconds === undefined ? [] : [["Retry-After", error.details.seconds] as const]),
  ];
  if (about.protocol === "git")
    return body(error.status, "text/plain; charset=utf-8", `${error.message} ${reference}\n`, headers);
  const message = `${error.message} ${reference}`;
  const documentation = `https://github.com/gatehouse/gatehouse/blob/main/docs/errors.md#${error.code.toLowerCase()}`;
  const gatehouse = { code: error.code, entry: about.entry, ...extra };
  // GraphQL clients read `errors`; `message` is for those that look at the status first, as they do for GitHub's own 401.
  const json =
    about.protocol === "graphql"
      ? {
          data: null,
          errors: [
            { message, type: error.code, extensions: { gatehouse, documentation_url: documentation } },
          ],
          message,
        }
      : { message, documentation_url: documentation, status: String(error.status), gatehouse };
  return body(error.status, "application/json; charset=utf-8", JSON.stringify(json), headers);
}

function body(status: number, type: string, text: string, headers: HeaderList): Answer {
  const bytes = new TextEncoder().encode(text);
  return {
    status,
    headers: [["Content-Type", type], ["Content-Length", String(bytes.length)], ...headers],
    body: streamOf(bytes),
  };
}

/** Whether this action's refusal goes into git's report, so that git shows it per ref. */
export function refusesInReport(action: Action | undefined): boolean {
  return action?.push !== undefined && action.push.commands.length > 0;
}

/** For the operators' log. */
export function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause) || "";
}
