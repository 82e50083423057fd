// Copilot's own calls: what each of them asks for, by a list that knows every one it lets through.
import type { Action, Effect, RepositoryName, UpstreamBody } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { GatewayRequest, HeaderList } from "../model/http.ts";
import { collected, requireNoBody } from "./body.ts";
import { carriedHeaders, contentEncoding, requireJson } from "./headers.ts";
import { unrepeated } from "./query.ts";
import { isAccountName, isRepositoryName } from "./router.ts";
import type { Target } from "./target.ts";

interface Call {
  readonly method: "GET" | "POST";
  /** `{owner}/{repo}` is the repository; other segments are literal. */
  readonly path: string;
  readonly operation: string;
  readonly title: string;
  /** Its body names the model that answers. */
  readonly asksModel?: true;
}

/** Below `/capi`, as below `endpoints.api` of an account. */
const modelCalls: readonly Call[] = [
  call("POST", "chat/completions", "copilot/chat-completions", "Ask a model (chat completions)", true),
  call("POST", "responses", "copilot/responses", "Ask a model (responses)", true),
  call("POST", "v1/messages", "copilot/messages", "Ask a model (messages)", true),
  call("POST", "embeddings", "copilot/embeddings", "Turn texts into embeddings", true),
  call("GET", "models", "copilot/models", "List the models"),
  call("POST", "models/session", "copilot/models-session", "Ask which model a session should use"),
  call(
    "POST",
    "models/session/intent",
    "copilot/models-session-intent",
    "Ask which model a prompt of a session should use",
  ),
  call(
    "GET",
    "agents/swe/custom-agents/{owner}/{repo}",
    "copilot/custom-agents",
    "List a repository's custom agents",
  ),
];

/** At the REST root: what clients ask about their account and their organisation's settings. */
const accountCalls: readonly Call[] = [
  call("GET", "copilot_internal/user", "copilot/user", "Read the Copilot account"),
  call("GET", "copilot_internal/v2/token", "copilot/token", "Get a Copilot token"),
  call(
    "GET",
    "copilot_internal/managed_settings",
    "copilot/managed-settings",
    "Read the organisation's Copilot settings",
  ),
  call(
    "GET",
    "copilot_internal/team_customizations",
    "copilot/team-customizations",
    "Read the teams' Copilot settings",
  ),
  call(
    "GET",
    "copilot_internal/content_exclusion",
    "copilot/content-exclusion",
    "Read which files Copilot must not see",
  ),
  call("GET", "copilot/mcp_registry", "copilot/mcp-registry", "Read which MCP servers are allowed"),
];

/** Besides those that every call carries. They say which client asks, for what, and in which dialect. */
const carriedToo = [
  "anthropic-beta",
  "anthropic-version",
  "copilot-integration-id",
  "copilot-session-token",
  "copilot-vision-request",
  "editor-plugin-version",
  "editor-version",
  "openai-intent",
  "x-agent-task-id",
  "x-client-session-id",
  "x-initiator",
  "x-interaction-id",
  "x-interaction-type",
  "x-request-id",
] as const;

const modelName = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/;

/** `segments` is the path below `/capi`. */
export function classifyModelCall(
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  return classified("capi", modelCalls, request, target, segments, limits);
}

/** `segments` is the path below the REST root. */
export function classifyAccountCall(
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  return classified("api", accountCalls, request, target, segments, limits);
}

async function classified(
  upstream: "api" | "capi",
  calls: readonly Call[],
  request: GatewayRequest,
  target: Target,
  segments: readonly string[],
  limits: Config["limits"],
): Promise<Action> {
  const found = calls.find(
    ({ method, path }) => method === request.method && repositoryIn(path, segments) !== undefined,
  );
  if (found === undefined || target.hasTrailingSlash)
    throw new GateError("GH_UNKNOWN_OPERATION", { method: request.method, path: target.path });
  const repository = repositoryIn(found.path, segments);
  const { model, json, body } = await bodyOf(request, found, limits);
  const headers: HeaderList = [
    ...carriedHeaders(request.headers, carriedToo),
    ...(json === undefined ? [] : [["content-type", "application/json"] as const]),
  ];
  const effect: Effect = "read";
  return {
    surface: "copilot",
    operation: found.operation,
    title: found.title,
    effect,
    ...(repository === undefined || repository === "none" ? {} : { repository }),
    branches: { from: "none" },
    paths: [],
    parameters: model === undefined ? {} : { model },
    ...(model === undefined ? {} : { model }),
    ...(json === undefined ? {} : { json }),
    send: { upstream, method: request.method, segments, query: unrepeated(target.query), headers, body },
  };
}

/** "none" when the path fits and names no repository; undefined when it does not fit. */
function repositoryIn(path: string, segments: readonly string[]): RepositoryName | "none" | undefined {
  const wanted = path.split("/");
  if (wanted.length !== segments.length) return undefined;
  if (!wanted.every((part, at) => part === segments[at] || part.startsWith("{"))) return undefined;
  if (!path.includes("{owner}")) return "none";
  const owner = segments[wanted.indexOf("{owner}")] ?? "";
  const name = segments[wanted.indexOf("{repo}")] ?? "";
  return isAccountName(owner) && isRepositoryName(name) ? { owner, name } : undefined;
}

interface ReadBody {
  readonly model?: string;
  readonly json?: unknown;
  readonly body: UpstreamBody;
}

async function bodyOf(request: GatewayRequest, found: Call, limits: Config["limits"]): Promise<ReadBody> {
  if (found.method === "GET") {
    await requireNoBody(request.body, request.method);
    return { body: { is: "none" } };
  }
  requireJson(request.headers);
  const limit = { bytes: limits.promptBytes, operation: found.operation };
  const bytes = await collected(request.body, contentEncoding(request.headers), limit);
  const read = promptOf(bytes);
  if (found.asksModel !== true) return read;
  const { model } = read.json as { model?: unknown };
  if (typeof model !== "string" || !modelName.test(model))
    throw new GateError("GH_BAD_BODY", { why: "it names no model, so no rule could decide about it" });
  return { ...read, model };
}

/**
 * Prompts hold whatever people and files hold: halves of characters, huge numbers in tool schemas. They are read as
 * JavaScript reads them, and what was read is what is sent, so that nobody can read them differently.
 */
function promptOf(bytes: Uint8Array): ReadBody {
  try {
    const json: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
    );
    if (typeof json !== "object" || json === null || Array.isArray(json))
      throw new GateError("GH_BAD_BODY", { why: "it is not a JSON object" });
    return { json, body: { is: "bytes", bytes: new TextEncoder().encode(JSON.stringify(json)) } };
  } catch (error) {
    if (error instanceof GateError) throw error;
    throw new GateError("GH_BAD_BODY", { why: "it is not one valid JSON document" }, { cause: error });
  }
}

function call(
  method: Call["method"],
  path: string,
  operation: string,
  title: string,
  asksModel = false,
): Call {
  return { method, path, operation, title, ...(asksModel ? { asksModel } : {}) };
}
