// The sandbox's Copilot: the account of the one upstream token, its models, and a model that says what it is told.
import type { IncomingMessage, ServerResponse } from "node:http";
import { GitHubError, notFound, ok, send, type Json } from "./github-answers.ts";
import { readJson } from "./github-control.ts";
import { modelAnswer, type Step } from "./copilot-model.ts";
import { organization } from "./github-repositories.ts";
import { tokenUser } from "./github-shapes.ts";

const maxSteps = 100;

/** What the model says next; `POST /_sandbox/model {"steps": […]}`. */
export class ModelScript {
  steps: readonly Step[] = [];

  /** Takes the place of what was told before. Throws 422 when it is no list of steps. */
  add(value: unknown): void {
    const steps = (value as { steps?: unknown } | null)?.steps;
    if (!Array.isArray(steps) || steps.length > maxSteps || !steps.every(isStep))
      throw new GitHubError(
        422,
        'expected {"steps": […]}, each {"tool": name, "arguments": {…}} or {"text": words}',
      );
    this.steps = steps;
  }
}

/** Answers below /capi, /api/v3/copilot_internal and /api/v3/copilot; false for every other path. */
export async function servesCopilot(
  call: {
    readonly pathname: string;
    readonly base: string;
    /** Whose seat it is; without one the gateway's. */
    readonly login: string | undefined;
    readonly nowMs: number;
    readonly script: ModelScript;
    readonly body: AsyncIterable<Uint8Array>;
  },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname, base, nowMs, login = tokenUser.login } = call;
  const method = request.method ?? "";
  const account = /^\/api\/v3(\/copilot(?:_internal)?\/.*)$/.exec(pathname)?.[1];
  const model = /^\/capi(\/.*)$/.exec(pathname)?.[1];
  if (account === undefined && model === undefined) return false;
  if (method === "POST" && model !== undefined) {
    const answer = modelAnswer(model, (await readJson(call.body)) as Json, call.script.steps);
    if (answer === undefined) throw notFound();
    if (answer.events === undefined) send(request, response, ok(answer.json), nowMs);
    else stream(response, answer.events);
    return true;
  }
  const json =
    model === "/models"
      ? { object: "list", data: models }
      : accountAnswer(account ?? "", { base, nowMs, login });
  if (method !== "GET" || json === undefined) throw notFound();
  send(request, response, ok(json), nowMs);
  return true;
}

function stream(response: ServerResponse, events: readonly string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const event of events) response.write(event);
  response.end();
}

function accountAnswer(
  path: string,
  { base, nowMs, login }: { readonly base: string; readonly nowMs: number; readonly login: string },
): Json | undefined {
  const endpoints = {
    api: `${base}/capi`,
    proxy: `${base}/proxy`,
    telemetry: `${base}/telemetry`,
    "origin-tracker": `${base}/origin-tracker`,
  };
  switch (path) {
    case "/copilot_internal/user":
      return { ...account, login, endpoints };
    case "/copilot_internal/v2/token": {
      const expiresAt = Math.floor(nowMs / 1000) + 1800;
      const token = `tid=sandbox-${organization.login};exp=${expiresAt};sku=copilot_enterprise;chat=1:${"0".repeat(64)}`;
      return {
        token,
        expires_at: expiresAt,
        refresh_in: 1500,
        endpoints,
        chat_enabled: true,
        sku: "copilot_enterprise",
      };
    }
    case "/copilot/mcp_registry":
      return { mcp_registries: [] };
    default:
      return undefined;
  }
}

function isStep(value: unknown): value is Step {
  if (typeof value !== "object" || value === null) return false;
  const { tool, text, arguments: given } = value as Record<string, unknown>;
  return (
    typeof text === "string" || (typeof tool === "string" && typeof given === "object" && given !== null)
  );
}

const quota = (id: string): Json => ({
  entitlement: 1000,
  overage_count: 0,
  overage_permitted: true,
  percent_remaining: 99,
  quota_id: id,
  quota_remaining: 990,
  remaining: 990,
  unlimited: true,
  has_quota: true,
});

const account: Json = {
  access_type_sku: "copilot_enterprise_seat_quota",
  chat_enabled: true,
  cli_enabled: true,
  copilot_plan: "enterprise",
  copilotignore_enabled: false,
  is_mcp_enabled: true,
  organization_login_list: [organization.login],
  organization_list: [{ login: organization.login, name: organization.name }],
  restricted_telemetry: true,
  quota_snapshots: Object.fromEntries(
    ["chat", "completions", "premium_interactions"].map((id) => [id, quota(id)]),
  ),
};

const model = (id: string, vendor: string, endpoints: readonly string[]): Json => ({
  id,
  name: id,
  object: "model",
  vendor,
  version: id,
  preview: false,
  model_picker_enabled: true,
  model_picker_category: "versatile",
  is_chat_default: id === "gpt-5-mini",
  is_chat_fallback: id === "gpt-5-mini",
  capabilities: {
    family: id,
    object: "model_capabilities",
    type: "chat",
    tokenizer: "o200k_base",
    limits: { max_context_window_tokens: 200_000, max_output_tokens: 32_000, max_prompt_tokens: 128_000 },
    supports: { streaming: true, tool_calls: true, parallel_tool_calls: true, structured_outputs: true },
  },
  billing: { is_premium: false, multiplier: 1, restricted_to: [] },
  policy: { state: "enabled", terms: "" },
  supported_endpoints: endpoints,
});

const models: readonly Json[] = [
  model("gpt-5-mini", "Azure OpenAI", ["/chat/completions", "/responses"]),
  model("claude-sonnet-4.6", "Anthropic", ["/v1/messages", "/chat/completions"]),
  model("gpt-5.4", "OpenAI", ["/responses", "ws:/responses"]),
];
