// The road (DESIGN 3), as a story: who, what, what would be written, whether it may, and then one of three ends.
import { classify } from "../classify/classify.ts";
import { RefusedCall } from "../classify/mcp.ts";
import { resolve } from "../classify/resolve.ts";
import type { Action, McpRequest } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import { seatOf } from "../forward/seat.ts";
import type { Answer, GatewayRequest } from "../model/http.ts";
import type { Verdict } from "../model/verdict.ts";
import { challenge } from "../identity/challenge.ts";
import { SessionStopped } from "../identity/identity.ts";
import { metaClaims } from "../identity/labels.ts";
import { openEntry, type Entry } from "./entry.ts";
import { execute } from "./execute.ts";
import { hold } from "./hold.ts";
import { inSession } from "./mcp-session.ts";
import { joinedCall } from "./wait-mcp.ts";
import { emitFinding, emitVerdict } from "./request-events.ts";
import type { LiveEntry } from "./live.ts";
import { probeAnswer, refusePush } from "./push-answers.ts";
import { asGateError, describe, protocolOf, refusal, refusesInReport } from "./refusal.ts";
import { noFinding, refined, scan, type Finding } from "./scanned.ts";
import { judge, judged, type Judgement } from "./judge.ts";
import type { Target, World } from "./world.ts";

/** One request on its way: filled in step by step, so that a refusal at any step can record what was known. */
export interface Passage {
  readonly world: World;
  readonly incoming: GatewayRequest;
  readonly entry: Entry;
  readonly live: LiveEntry;
  caller?: Caller;
  action?: Action;
  target?: Target;
  finding: Finding;
  judgement?: Judgement;
  readonly progress: Progress;
}

/** What a refusal must know about how far the request came. */
export interface Progress {
  /** GitHub may have carried it out, whatever goes wrong from here on. */
  isSent: boolean;
  /** The escrowed bytes belong to a plan that waits: the end of this request is not theirs. */
  isHeld: boolean;
}

/** Passages whose caller, target and judgement are known. */
export type Judged = Passage & {
  readonly caller: Caller;
  readonly target: Target;
  readonly judgement: Judgement;
};

export async function request(incoming: GatewayRequest, world: World): Promise<Answer> {
  const entry = openEntry(world);
  const live = world.live.enter(entry.id);
  const progress: Progress = { isSent: false, isHeld: false };
  const passage: Passage = { world, incoming, entry, live, finding: noFinding, progress };
  try {
    [passage.caller] = await Promise.all([world.identity.identify(incoming), world.refresh()]);
    passage.live.belongsTo(passage.caller.session);
    entry.mark("identity");
    passage.action = await named(passage);
    passage.caller = labelled(passage.caller, passage.action);
    if (passage.action.push?.isProbe === true) return await probeAnswer(passage, passage.caller);
    passage.action = await inSession(passage.action, passage.caller, world);
    const resolved = await resolve(passage.action, world.facts);
    passage.target = resolved;
    entry.mark("classify");
    const early = await judge(passage.caller, resolved, noFinding, world);
    passage.judgement = early;
    if (early.verdict.is === "deny") throw denial(early.verdict);
    passage.finding = await scan(entry.id, resolved, world);
    const target = refined(resolved, passage.finding);
    passage.target = target;
    entry.mark("scan");
    passage.judgement = await judge(passage.caller, target, passage.finding, world);
    entry.mark("policy");
    const answer = await end({ ...passage, caller: passage.caller, target, judgement: passage.judgement });
    emitVerdict(passage);
    return answer;
  } catch (error) {
    if (error instanceof SessionStopped) passage.caller = error.caller;
    return await refuse(passage, asGateError(error));
  }
}

async function end(passage: Judged): Promise<Answer> {
  const { verdict } = passage.judgement;
  const joined = verdict.is === "deny" ? undefined : await joinedCall(passage);
  if (joined !== undefined) return joined;
  switch (verdict.is) {
    case "deny":
      throw denial(verdict);
    case "hold":
      requireHoldable(passage.target.action, verdict);
      await requireSeat(passage);
      return hold(passage, verdict);
    case "allow":
      return execute(passage);
    default:
      return verdict satisfies never;
  }
}

/** A plan keeps what would be sent; of Git LFS only a conversation with the client would carry it out. */
function requireHoldable({ surface }: Action, { demands }: Extract<Verdict, { is: "hold" }>): void {
  if (surface !== "lfs") return;
  const rules = demands.map(({ rule }) => rule).join(", ");
  throw new GateError("GH_CANNOT_WAIT", { what: "a call of Git LFS", rules });
}

/** Nobody is asked to approve what GitHub would not take from this person. */
async function requireSeat({ world, caller, target: { action, repository } }: Judged): Promise<void> {
  const seat = seatOf(action);
  if (seat === "person") await world.credentials.credential(caller, action.effect, repository, seat);
}

function denial(verdict: Extract<Verdict, { is: "deny" }>): GateError {
  return new GateError("GH_DENIED", {
    reason: verdict.reason,
    rules: verdict.rules.join(", ") || "none permits it",
  });
}

/** Records the refusal where there is a caller, then says no in the client's own protocol. */
async function refuse(passage: Passage, error: GateError): Promise<Answer> {
  const { world, incoming, entry, caller, progress } = passage;
  const about = {
    entry: entry.id,
    protocol: protocolOf(incoming),
    challenge: challenge(world.config),
    mcp: await messageOf(passage, error),
  };
  try {
    await dropEscrow(passage);
    if (caller !== undefined && !entry.isIntended) await entry.intend({ ...recordedParts(passage), caller });
    const isFailed = progress.isSent || error.code.startsWith("GH_UPSTREAM");
    const result = entry.isIntended && isFailed ? "failed" : "refused";
    await entry.conclude({ result, status: error.status, error: error.code });
  } catch (cause) {
    world.log("refusal-not-recorded", { entry: entry.id, code: error.code, cause: String(cause) });
    passage.live.leave();
    return refusal(new GateError(progress.isSent ? "GH_OUTCOME_UNRECORDED" : "GH_AUDIT_UNAVAILABLE"), about);
  }
  passage.live.leave();
  emitFinding(passage, error);
  if (error.code === "GH_DENIED") emitVerdict(passage);
  if (error.code === "GH_INTERNAL")
    world.log("internal-error", { entry: entry.id, cause: describe(error.cause) });
  if (refusesInReport(passage.action) && passage.action?.push !== undefined)
    return refusePush(passage.action.push, error, entry.id);
  return refusal(error, about);
}

/** Which MCP message the refusal answers. That of a stopped session was not read yet. */
async function messageOf(passage: Passage, error: GateError): Promise<McpRequest | undefined> {
  if (error instanceof RefusedCall) return error.mcp;
  const isUnread = error.code === "GH_SESSION_STOPPED" && passage.action === undefined;
  if (!isUnread || protocolOf(passage.incoming) !== "mcp") return passage.action?.mcp;
  return named(passage).then(
    ({ mcp }) => mcp,
    (cause: unknown) => (cause instanceof RefusedCall ? cause.mcp : undefined),
  );
}

/** What was put there for a request that is now refused; what cannot be removed is swept at the next start. */
async function dropEscrow({ world, entry, action, progress }: Passage): Promise<void> {
  if (progress.isHeld || action === undefined || action.effect === "read" || action.effect === "read-many")
    return;
  try {
    await world.escrow.remove(entry.id);
  } catch (error) {
    world.log("escrow-not-removed", { entry: entry.id, cause: describe(error) });
  }
}

function recordedParts(passage: Passage): Omit<Parameters<Entry["intend"]>[0], "caller"> {
  return {
    request: passage.incoming,
    verdict: judged(passage.judgement, passage.world),
    ...(passage.target === undefined ? {} : { target: passage.target }),
    ...(passage.action === undefined ? {} : { action: passage.action }),
  };
}

/** What the client says in the message itself, beside its headers. */
function labelled(caller: Caller, { mcp }: Action): Caller {
  if (mcp?.claimedMeta === undefined) return caller;
  return { ...caller, claimedLabels: { ...metaClaims(mcp.claimedMeta), ...caller.claimedLabels } };
}

function named({ world, incoming }: Passage): Promise<Action> {
  return classify(incoming, {
    gatewayHost: new URL(world.config.gateway.url).host,
    limits: world.config.limits,
    servesMcp: world.config.upstream.mcp !== undefined,
  });
}
