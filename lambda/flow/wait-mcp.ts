// A tool call that waits for a person: told of its progress, or asked to ask again, so that the client never gives up.
import { createHash } from "node:crypto";
import { sorted } from "../classify/mcp-call.ts";
import type { McpRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import { readBody } from "../record/read-body.ts";
import { waitsUntilMs } from "./deadline.ts";
import { endingWith } from "./ending.ts";
import { judged } from "./judge.ts";
import {
  eventBytes,
  eventHeaders,
  jsonBytes,
  refusedResult,
  response,
  textResult,
  whole,
  type Result,
} from "./mcp-answers.ts";
import { findWaiting, owe, settleDebt, stateFor } from "./mcp-owed.ts";
import { planLink, planRefusal, reviewersOf } from "./plan-words.ts";
import { roadHeaders } from "./road-headers.ts";
import type { Judged } from "./request.ts";

/** Copilot cancels a silent call after 180 s. */
const beatMs = 10_000;
/** Copilot and others give up after ten. */
const maxRounds = 10;

interface Rounds {
  /** How often this call was asked to ask again. */
  readonly round: number;
}

/** The same call, asked again: the plan that it waits for, or what became of it. Undefined for a call that is new. */
export async function joinedCall(passage: Judged): Promise<Answer | undefined> {
  const { mcp } = passage.target.action;
  if (mcp?.tool === undefined || mcp.id === undefined) return undefined;
  const { world, caller, entry, incoming, target } = passage;
  const found = await findWaiting(
    { caller, digest: digestOf(passage), requestState: mcp.requestState },
    world,
  );
  if (found === undefined) return undefined;
  await entry.intend({
    caller,
    target,
    request: incoming,
    verdict: judged(passage.judgement, world),
    plan: found.plan.id,
  });
  return waitForMcp(passage, found.plan, found);
}

export async function waitForMcp(passage: Judged, plan: Plan, { round }: Rounds): Promise<Answer> {
  const { mcp } = passage.target.action;
  if (mcp?.id === undefined)
    throw new GateError("GH_BAD_BODY", { why: "what needs an approval needs an id" });
  await owe({ caller: passage.caller, digest: digestOf(passage), plan }, passage.world);
  return mcp.progressToken !== undefined && mcp.takesEvents
    ? told(passage, mcp, plan)
    : asked(passage, mcp, plan, round);
}

/** Waits silently, as long as every client does. */
async function asked(passage: Judged, mcp: McpRequest, opened: Plan, round: number): Promise<Answer> {
  const { world, caller } = passage;
  const plan = await until(
    passage,
    opened,
    waitsUntilMs(passage.incoming, world.config.hold.mcpWaitMs, world),
  );
  passage.entry.mark("wait");
  const isOpen = isWaiting(plan) && !passage.live.signal.aborted;
  if (isOpen && mcp.isStateless && round < maxRounds) {
    const requestState = await stateFor({ caller, digest: digestOf(passage), plan, round: round + 1 }, world);
    return answered(passage, mcp, plan, { resultType: "input_required", requestState });
  }
  return answered(passage, mcp, plan);
}

async function answered(passage: Judged, mcp: McpRequest, plan: Plan, instead?: Result): Promise<Answer> {
  const seen: Seen = { plan };
  const bytes = jsonBytes(response(mcp, instead ?? (await resultOf(passage, mcp, seen))));
  return {
    status: 200,
    headers: [["Content-Type", "application/json"], ["Content-Length", String(bytes.length)], ...roadHeaders],
    body: endingWith(streamOf(bytes), {
      tailBytes: 0,
      contentLength: bytes.length,
      drainsWhenCut: false,
      settle: (cause, sent) => settle(passage, seen, cause.is === "whole", sent),
    }),
  };
}

interface Seen {
  plan: Plan;
  error?: GateError;
  isLast?: boolean;
}

function told(passage: Judged, mcp: McpRequest, plan: Plan): Answer {
  const seen: Seen = { plan };
  return {
    status: 200,
    headers: eventHeaders,
    body: endingWith(telling(passage, mcp, seen), {
      tailBytes: 0,
      isTerminator: () => seen.isLast === true,
      drainsWhenCut: false,
      settle: async (cause, sent) => {
        passage.entry.mark("wait");
        await settle(passage, seen, cause.is === "whole", sent);
      },
    }),
  };
}

async function* telling(passage: Judged, mcp: McpRequest, seen: Seen): AsyncGenerator<Bytes> {
  const { world, incoming } = passage;
  const untilMs = waitsUntilMs(incoming, world.config.hold.pushWaitMs, world);
  for (let progress = 1; isWaiting(seen.plan); progress += 1) {
    yield eventBytes(progressNote(passage, mcp, seen.plan, progress));
    const beatEndsMs = Math.min(untilMs, world.clock.now() + beatMs);
    seen.plan = await until(passage, seen.plan, beatEndsMs);
    if (world.clock.now() >= untilMs || isEnding(passage)) break;
  }
  const result = response(mcp, await resultOf(passage, mcp, seen));
  seen.isLast = true;
  yield eventBytes(result);
}

function progressNote({ world }: Judged, mcp: McpRequest, plan: Plan, progress: number): Result {
  const minutes = Math.max(1, Math.ceil((plan.expiresAtMs - world.clock.now()) / 60_000));
  const message =
    plan.state === "pending"
      ? `Waiting for approval by ${reviewersOf(plan)}: ${planLink(world, plan)} (${minutes} min left)`
      : "Approved. Sending to GitHub …";
  return {
    jsonrpc: "2.0",
    method: "notifications/progress",
    params: { progressToken: mcp.progressToken, progress, message },
  };
}

/** The plan when it has ended, when the time is up, or when nobody waits any more. */
async function until(passage: Judged, opened: Plan, untilMs: number): Promise<Plan> {
  const { world, live, incoming } = passage;
  const gone = AbortSignal.any([live.signal, incoming.signal, world.live.closing]);
  let plan = opened;
  while (isWaiting(plan) && world.clock.now() < untilMs && !gone.aborted) {
    const left = Math.max(0, untilMs - world.clock.now());
    plan = (await world.plans.changed(plan.id, plan.version, Math.min(left, 1_000), gone)) ?? plan;
  }
  return plan;
}

function isWaiting({ state }: Plan): boolean {
  return state === "pending" || state === "approved" || state === "executing";
}

function isEnding({ world, live, incoming }: Judged): boolean {
  return live.signal.aborted || incoming.signal.aborted || world.live.closing.aborted;
}

/** The server's result under this client's id, or why there is none. */
async function resultOf(passage: Judged, mcp: McpRequest, seen: Seen): Promise<Result> {
  const { world, entry, live } = passage;
  const { plan } = seen;
  const { result } = plan;
  if (result !== undefined && result.status < 500 && plan.state !== "unknown") {
    const kept = result.answer === undefined ? undefined : await readBody(world.bodies, result.answer.body);
    const stored = kept === undefined ? undefined : storedResult(kept);
    if (stored !== undefined) return whole(stored, mcp);
    const text = `GitHub's MCP server answered with status ${result.status}; its answer is kept in the record as ${result.executionEntry}. Read the result at GitHub.`;
    return textResult(text, mcp, plan.state === "done" ? {} : { isError: true });
  }
  const link = planLink(world, plan);
  const error = live.signal.aborted
    ? new GateError("GH_SESSION_STOPPED")
    : isWaiting(plan)
      ? new GateError("GH_PENDING", { reviewers: reviewersOf(plan), link, plan: plan.id })
      : planRefusal(plan, link);
  seen.error = error;
  return refusedResult(error, entry.id, mcp, { plan: plan.id, link, state: plan.state });
}

/** A JSON-RPC error of the server becomes a result that says so: the model reads results only. */
function storedResult(bytes: Bytes): Result | undefined {
  const { result, error } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    readonly result?: Result;
    readonly error?: { readonly message?: unknown };
  };
  if (error === undefined) return result;
  const message = typeof error.message === "string" ? error.message : "an error without a message";
  return { content: [{ type: "text", text: `GitHub's MCP server refused it: ${message}` }], isError: true };
}

async function settle(passage: Judged, seen: Seen, isWhole: boolean, responseBytes: number): Promise<void> {
  const { entry, live, world, caller } = passage;
  const { plan, error } = seen;
  await entry.conclude({
    result: !isWhole ? "cut" : error === undefined ? "answered" : "refused",
    status: 200,
    responseBytes,
    ...(error === undefined ? {} : { error: error.code }),
  });
  // What the client has heard is not owed to it any more.
  if (isWhole && !isWaiting(plan)) await settleDebt({ caller, digest: digestOf(passage) }, world);
  live.leave();
  world.log("wait-ended", { plan: plan.id, state: plan.state });
}

/** Tool and arguments as the client gave them: what was looked up since may have moved. */
function digestOf({ action, target }: Judged): string {
  const { json, mcp } = action ?? target.action;
  return createHash("sha256")
    .update(JSON.stringify([mcp?.tool, sorted(json)]))
    .digest("hex");
}
