// A held request: one plan, its bytes in escrow, and a wait in the client's own protocol.
import { createHash } from "node:crypto";
import { sendLater } from "../classify/mcp-call.ts";
import { planHash } from "../policy/plan-hash.ts";
import { supersede, supersedes } from "../approval/endings.ts";
import { scheduleOf } from "../approval/schedule.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes } from "../model/http.ts";
import type { Plan, PlanSend, PlanSubstance } from "../model/plan.ts";
import type { Verdict } from "../model/verdict.ts";
import { recordChange, recordRequestBody } from "./bodies.ts";
import { emitStep } from "./emit.ts";
import { passCovered } from "./cover.ts";
import { headlineOf } from "./headline.ts";
import { judged } from "./judge.ts";
import { approvalRecord, endPlan } from "./plan-steps.ts";
import type { World } from "./world.ts";
import type { Judged } from "./request.ts";
import { waitForGit } from "./wait-git.ts";
import { waitForMcp } from "./wait-mcp.ts";
import { waitForRest } from "./wait-rest.ts";

type Hold = Extract<Verdict, { is: "hold" }>;

export async function hold(passage: Judged, verdict: Hold): Promise<Answer> {
  const { world, caller, entry, target, incoming } = passage;
  const draft = await draftPlan(passage, verdict);
  await limitHolds(passage, draft);
  const waiting = await samePlan(world, draft);
  const named = waiting ?? draft;
  await entry.intend({
    caller,
    target,
    request: incoming,
    verdict: judged(passage.judgement, world),
    plan: named.id,
  });
  const plan = waiting ?? (await opened(passage, draft));
  if (plan.id !== draft.id) await world.escrow.remove(entry.id);
  if (target.action.mcp !== undefined) return waitForMcp(passage, plan, { round: 0 });
  return target.action.push === undefined
    ? waitForRest(passage, plan)
    : waitForGit(passage, plan, target.action.push);
}

/** The same request of the same session, if it waits already. */
async function samePlan(world: World, draft: Plan): Promise<Plan | undefined> {
  const { items } = await world.plans.list(
    { states: ["pending", "approved", "executing"], session: draft.session },
    { limit: 1_000 },
  );
  return items.find(({ hash }) => hash === draft.hash);
}

/** Recorded before anybody can see it, let alone approve it. */
async function opened(passage: Judged, draft: Plan): Promise<Plan> {
  const { world, caller } = passage;
  await recordPlan(passage, draft);
  passage.progress.isHeld = true;
  const { plan, isNew } = await world.plans.open(draft);
  if (isNew) {
    await limitAgain(passage, plan);
    emitStep(world, plan, "opened", plan.requester.login);
    if ((await passCovered(plan, world)) === undefined) await world.approvals.opened(plan);
    await supersedeOlder(passage, plan);
    world.log("held", { plan: plan.id, login: caller.login, operation: plan.substance.operation });
  } else
    await world.ledger.write([
      approvalRecord({ ...draft, state: "superseded" }, `the same request waits as ${plan.id} already`),
    ]);
  return plan;
}

async function draftPlan(passage: Judged, verdict: Hold): Promise<Plan> {
  const { world, caller, entry, target, finding, judgement } = passage;
  const { action, repository, refs } = target;
  if (repository === undefined)
    throw new GateError("GH_FACTS_UNAVAILABLE", { what: "which repository this changes" });
  const send = await escrowed(passage);
  const substance: PlanSubstance = {
    repositoryId: repository.id,
    operation: action.operation,
    refs,
    ...(action.parts === undefined ? {} : { parts: action.parts }),
    options: action.push?.options ?? [],
    ...(action.push === undefined ? { bodyDigest: send.bodySha256 } : {}),
    parameters: action.parameters,
    rules: verdict.demands.map(({ rule }) => rule).sort(),
  };
  const now = world.clock.now();
  const schedule = scheduleOf(verdict.demands, now);
  return {
    id: world.ids.next("pln"),
    hash: planHash(substance),
    substance,
    surface: action.surface,
    title: action.title,
    effect: action.effect,
    repository,
    send,
    entry: entry.id,
    session: caller.session,
    requester: {
      subject: caller.subject,
      person: caller.person,
      login: caller.login,
      teams: caller.teams,
      claimedClient: caller.claimedClient,
    },
    demands: verdict.demands,
    reason: verdict.reason,
    policyHash: verdict.policyHash,
    protection: judgement.protection,
    findings: {
      touchesWorkflows: finding.touchesWorkflows,
      touchesAllBranches: target.touchesAllBranches,
      paths: action.paths,
    },
    headline: headlineOf(action.title, finding.change),
    ...(finding.change === undefined ? {} : { changeBody: `${entry.id}/change` }),
    ...(finding.pack === undefined ? {} : { packSha256: finding.pack.sha256 }),
    ...(action.push === undefined
      ? {}
      : {
          push: {
            capabilities: atomically(action.push.capabilities, refs.length),
            shallow: action.push.shallow,
          },
        }),
    createdAtMs: now,
    expiresAtMs: schedule.expiresAtMs,
    schedule,
    steps: [],
    state: "pending",
    votes: [],
    version: 0,
  };
}

/** One plan lands as a whole or not at all. */
function atomically(capabilities: readonly string[], refs: number): readonly string[] {
  return refs > 1 && !capabilities.includes("atomic") ? [...capabilities, "atomic"] : capabilities;
}

/** A push's pack lies in escrow already; a REST body is put there now. */
async function escrowed({ world, entry, target, finding }: Judged): Promise<PlanSend> {
  const send = sendLater(target.action);
  const parts = {
    upstream: send.upstream,
    method: send.method,
    segments: send.segments,
    query: send.query,
    headers: send.headers,
  };
  if (target.action.push !== undefined)
    return {
      ...parts,
      bodyBytes: finding.pack?.bytes ?? 0,
      bodySha256: finding.pack?.sha256 ?? sha256(new Uint8Array(0)),
    };
  const bytes = send.body.is === "bytes" ? send.body.bytes : new Uint8Array(0);
  const object = await world.escrow.put(entry.id, streamOf(bytes));
  return { ...parts, bodyBytes: object.bytes, bodySha256: object.sha256 };
}

async function limitHolds({ world, caller, incoming }: Judged, draft: Plan): Promise<void> {
  const limit = world.config.hold.perCaller;
  const filter = { states: ["pending"] as const, requester: caller.subject };
  const { items } = await world.plans.list(filter, { limit: limit + 1 });
  const isJoining = items.some((plan) => plan.hash === draft.hash && plan.session === caller.session);
  const isReplacing = items.some((plan) => supersedes(draft, plan));
  if (items.length < limit || isJoining || isReplacing || incoming.signal.aborted) return;
  throw new GateError("GH_TOO_MANY_HOLDS", { count: String(items.length) });
}

/** Many requests of one moment all saw room for one more: those beyond the limit give way, whoever sees it. */
async function limitAgain({ world, caller }: Judged, plan: Plan): Promise<void> {
  const limit = world.config.hold.perCaller;
  const filter = { states: ["pending"] as const, requester: caller.subject };
  const { items } = await world.plans.list(filter, { limit: 1_000 });
  const waiting = items
    .filter((other) => !supersedes(plan, other))
    .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  const tooMany = waiting.slice(limit);
  for (const extra of tooMany)
    await endPlan(world, extra, "withdrawn", "too many requests of this person wait already");
  if (tooMany.some(({ id }) => id === plan.id))
    throw new GateError("GH_TOO_MANY_HOLDS", { count: String(limit) });
}

async function recordPlan(passage: Judged, plan: Plan): Promise<void> {
  const { world, entry, target, finding } = passage;
  const bodies = [
    ...(await recordRequestBody(entry.id, target.action, world)),
    ...(await recordChange(entry.id, finding, world)),
  ];
  // Nobody can approve what cannot be shown.
  if (bodies.some(({ isTruncated }) => isTruncated))
    throw new GateError("GH_SCAN_UNAVAILABLE", {
      why: "it is too large to be shown to a reviewer; push it in smaller parts",
    });
  await world.ledger.write([
    {
      kind: "plan",
      entry: entry.id,
      session: plan.session,
      plan: plan.id,
      hash: plan.hash,
      substance: plan.substance,
      demands: plan.demands,
      ...(plan.packSha256 === undefined ? {} : { packSha256: plan.packSha256 }),
      expiresAtMs: plan.expiresAtMs,
      bodies,
    },
  ]);
}

/** A newer push by the same person to the same ref takes the older one's place. */
async function supersedeOlder({ world, caller }: Judged, plan: Plan): Promise<void> {
  const older = await world.plans.list(
    { states: ["pending"], requester: caller.subject },
    { limit: world.config.hold.perCaller + 1 },
  );
  for (const other of older.items)
    if (other.id !== plan.id && supersedes(plan, other))
      await endPlan(world, other, "superseded", `a newer push, ${plan.id}, took its place`, {
        next: supersede(other, plan.id),
      });
}

function sha256(bytes: Bytes): string {
  return createHash("sha256").update(bytes).digest("hex");
}
