// An approved plan is carried out: checked again, claimed once, sent from escrow, and never sent twice.
import { claim, finish, voidPlan } from "../approval/endings.ts";
import { lastMomentMs } from "../approval/window.ts";
import { zeroOid, type RefChange } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import type { Plan, PlanResult } from "../model/plan.ts";
import { emit } from "./emit.ts";
import { openEntry, type Entry } from "./entry.ts";
import { unsettles } from "./execute.ts";
import { callChanged } from "./call-changed.ts";
import { actionOf, callerOf } from "./planned.ts";
import { judge, judged, type Judgement } from "./judge.ts";
import { approvalRecord, endPlan } from "./plan-steps.ts";
import { sendPlan } from "./send-plan.ts";
import { asGateError, describe } from "./refusal.ts";
import { forgetAfterWrite } from "./staleness.ts";
import type { Target, World } from "./world.ts";

/** Called when a plan is approved, and again after a restart. Throws when GitHub cannot be asked; try again then. */
export async function carryOut(planId: string, world: World): Promise<void> {
  const plan = await world.plans.get(planId);
  if (plan?.state !== "approved") return;
  const checked = await recheck(plan, world);
  if (typeof checked === "string") {
    await endPlan(world, plan, "void", checked, { next: voidPlan(plan, checked) });
    return;
  }
  const claimed: Plan = { ...claim(plan), claimedAtMs: world.clock.now() };
  if (!(await world.plans.replace(claimed))) return;
  await run(claimed, checked, world);
}

/** After a crash in the middle of sending: resumed only where GitHub's state tells what happened. */
export async function recover(plan: Plan, world: World): Promise<void> {
  const seen = await seenRefs(plan, world);
  const landed = landedRefs(plan, seen);
  if (landed !== undefined) return settleRecovered(plan, "done", landed, world);
  const isUntouched =
    seen.length > 0 && seen.every(({ change, oid }) => isBound(change) && oid === oidOrNone(change.old));
  const checked = isUntouched ? await recheck(plan, world) : "GitHub's state does not tell whether it landed";
  if (typeof checked === "string") return settleRecovered(plan, "unknown", [], world);
  return run(plan, checked, world);
}

type SeenRefs = readonly { readonly change: RefChange; readonly oid: string | undefined }[];

function seenRefs(plan: Plan, world: World): Promise<SeenRefs> {
  return Promise.all(
    plan.substance.refs.map(async (change) => ({
      change,
      oid: await world.facts.ref(plan.repository, change.ref),
    })),
  );
}

/** Every ref of a push is where the push wanted it: it landed, whatever became of GitHub's answer. */
function landedRefs(plan: Plan, seen: SeenRefs): PlanResult["refs"] | undefined {
  const isLanded = plan.push !== undefined && seen.every(({ change, oid }) => oid === oidOrNone(change.new));
  return isLanded ? seen.map(({ change }) => ({ ref: change.ref, ok: true })) : undefined;
}

interface Checked {
  readonly target: Target;
  readonly caller: Caller;
  readonly judgement: Judgement;
}

/** Why the approval no longer fits, or all that execution needs. */
async function recheck(plan: Plan, world: World): Promise<Checked | string> {
  if (world.clock.now() > lastMomentMs(plan)) return "it could not be carried out in time";
  await world.refresh();
  const repository = await world.facts.repository(plan.repository, { isFresh: true });
  if (repository?.id !== plan.substance.repositoryId)
    return `${plan.repository.fullName} is not the same repository any more`;
  const requester = await world.directory.person(plan.requester.subject);
  if (requester === undefined) return `${plan.requester.login} is not known any more`;
  const caller = callerOf(plan, requester.teams, world);
  if (await world.stops.isStopped({ ...caller, issuedAtMs: plan.createdAtMs }))
    return "its session was stopped";
  for (const change of plan.substance.refs) {
    const oid = await world.facts.ref(repository, change.ref);
    if (isBound(change) && oid !== oidOrNone(change.old)) return `${change.ref} has moved since`;
  }
  const changed = await callChanged(plan, world);
  if (changed !== undefined) return changed;
  const target: Target = {
    action: actionOf(plan),
    repository,
    refs: plan.substance.refs,
    touchesAllBranches: plan.findings.touchesAllBranches,
  };
  const judgement = await judge(caller, target, plan.findings, world, plan.substance.rules);
  if (judgement.verdict.is === "deny") return `policy now refuses it: ${judgement.verdict.reason}`;
  if (judgement.verdict.is === "hold") return "policy now asks for another approval";
  return { target, caller, judgement };
}

async function run(plan: Plan, checked: Checked, world: World): Promise<void> {
  const entry = openEntry(world, "exe");
  const live = world.live.enter(entry.id);
  try {
    await intend(plan, checked, entry, world);
  } catch (error) {
    // Nothing was sent: without a record there is no call.
    live.leave();
    await conclude(plan, failure(plan, entry, asGateError(error), world), "failed", world);
    return;
  }
  try {
    const { result, isKnown, isRefused } = await sendPlan(plan, checked, entry, world);
    if (isKnown)
      await conclude(plan, result, isSuccess(result) && isRefused !== true ? "done" : "failed", world);
    else await concludeUnheard(plan, result, world);
  } catch (error) {
    const gate = asGateError(error);
    world.log("execution-failed", { plan: plan.id, code: gate.code, cause: describe(gate.cause) });
    const wasSent =
      gate.code.startsWith("GH_UPSTREAM") ||
      gate.code === "GH_OUTCOME_UNRECORDED" ||
      gate.code === "GH_INTERNAL";
    const result = wasSent ? "unknown" : "failed";
    await entry.conclude({ result, status: gate.status, error: gate.code }).catch(() => undefined);
    const ended = failure(plan, entry, gate, world);
    if (wasSent) await concludeUnheard(plan, ended, world);
    else await conclude(plan, ended, "failed", world);
  } finally {
    live.leave();
  }
}

async function intend(
  plan: Plan,
  { caller, target, judgement }: Checked,
  entry: Entry,
  world: World,
): Promise<void> {
  await entry.intend({
    caller,
    target,
    verdict: judged(judgement, world),
    request: { method: plan.send.method, target: `/${plan.send.segments.map(encodeURIComponent).join("/")}` },
    bodyBytes: plan.send.bodyBytes,
    plan: plan.id,
  });
  await world.ledger.write([approvalRecord(plan, `carried out by ${entry.id}`)]);
}

/** Whether the plan says what the ref pointed to before; only then can a move be seen. */
function isBound(change: RefChange): boolean {
  return change.change === "create" || change.old !== undefined;
}

function oidOrNone(oid: string | undefined): string | undefined {
  return oid === zeroOid ? undefined : oid;
}

function isSuccess(result: PlanResult): boolean {
  return result.status >= 200 && result.status < 300 && result.refs.every(({ ok }) => ok);
}

/** GitHub broke off before its answer was complete: its state may still tell that the push landed. */
async function concludeUnheard(plan: Plan, result: PlanResult, world: World): Promise<void> {
  const landed = await seenRefs(plan, world).then(
    (seen) => landedRefs(plan, seen),
    () => undefined,
  );
  if (landed === undefined) await conclude(plan, result, "unknown", world);
  else await conclude(plan, { ...result, status: 200, refs: landed, remoteText: "" }, "done", world);
}

/** Every ref gets the reason, so that a waiting client can tell it. */
function failure(plan: Plan, entry: Entry, error: GateError, world: World): PlanResult {
  const refs = plan.substance.refs.map(({ ref }) => ({ ref, ok: false, reason: error.message }));
  return {
    atMs: world.clock.now(),
    status: error.status,
    refs,
    executionEntry: entry.id,
    remoteText: error.message,
  };
}

async function conclude(
  plan: Plan,
  result: PlanResult,
  state: "done" | "failed" | "unknown",
  world: World,
): Promise<void> {
  const ended = finish(plan, result, state);
  if (unsettles(plan.effect)) await forgetAfterWrite(plan.substance.repositoryId, world);
  await world.plans.replace(ended);
  await world.escrow.remove(plan.entry);
  await world.approvals.decided(ended);
  await world.ledger.write([
    approvalRecord(
      ended,
      state === "done" ? "GitHub took it" : (result.remoteText ?? "GitHub did not take it"),
    ),
  ]);
  emit(world, {
    type: "execution",
    plan: plan.id,
    entry: result.executionEntry,
    session: plan.session,
    repository: plan.repository.fullName,
    result: state,
    status: result.status,
  });
}

async function settleRecovered(
  plan: Plan,
  state: "done" | "unknown",
  refs: PlanResult["refs"],
  world: World,
): Promise<void> {
  const result: PlanResult = {
    atMs: world.clock.now(),
    status: state === "done" ? 200 : 502,
    refs,
    executionEntry: "",
  };
  await conclude(plan, result, state, world);
}
