// Every step of a plan's life but the votes. Each returns the next plan, one version up; the store's conditional write
// makes the step happen once, however many try.
import { GateError } from "../model/errors.ts";
import type { Person } from "../model/caller.ts";
import type { Plan, PlanResult, PlanState } from "../model/plan.ts";

const endStates: ReadonlySet<PlanState> = new Set<PlanState>([
  "done",
  "failed",
  "unknown",
  "denied",
  "expired",
  "withdrawn",
  "superseded",
  "void",
]);

/** Whether nothing can happen to this plan any more. */
export function isEnded(plan: Pick<Plan, "state">): boolean {
  return endStates.has(plan.state);
}

/** The plan one step on. Throws GH_ALREADY_DECIDED unless it stands where this step begins. */
export function step(
  plan: Plan,
  from: PlanState,
  change: Partial<
    Pick<Plan, "state" | "votes" | "endReason" | "result" | "demands" | "schedule" | "steps" | "coveredBy">
  >,
): Plan {
  if (plan.state !== from) throw new GateError("GH_ALREADY_DECIDED", { state: plan.state });
  return { ...plan, ...change, version: plan.version + 1 };
}

/** At `expiresAtMs` and not a millisecond earlier. */
export function isOverdue(plan: Pick<Plan, "expiresAtMs">, nowMs: number): boolean {
  return nowMs >= plan.expiresAtMs;
}

/** Throws when the plan is not pending or has time left. */
export function expire(plan: Plan, nowMs: number): Plan {
  const next = step(plan, "pending", { state: "expired", endReason: "nobody decided in time" });
  if (!isOverdue(plan, nowMs)) throw new GateError("GH_NOT_PERMITTED", { reason: "it still has time left" });
  return next;
}

/** Only the person who asked, through whichever of their identities. */
export function withdraw(plan: Plan, who: Pick<Person, "subject" | "person" | "login">): Plan {
  if (!isRequester(plan, who))
    throw new GateError("GH_NOT_PERMITTED", { reason: "only the person who asked can withdraw a request" });
  return step(plan, "pending", { state: "withdrawn", endReason: `withdrawn by ${who.login}` });
}

/** A newer push of the same caller takes this one's place. */
export function supersede(plan: Plan, by: Plan["id"]): Plan {
  return step(plan, "pending", { state: "superseded", endReason: `a newer push, ${by}, took its place` });
}

/** Whether opening `newer` ends `older`: a caller who pushes a branch again no longer wants the earlier push. */
export function supersedes(newer: Plan, older: Plan): boolean {
  const refs = new Set(newer.substance.refs.map(({ ref }) => ref));
  return (
    older.state === "pending" &&
    older.id !== newer.id &&
    older.requester.subject === newer.requester.subject &&
    older.substance.repositoryId === newer.substance.repositoryId &&
    isPush(older) &&
    isPush(newer) &&
    older.substance.refs.some(({ ref }) => refs.has(ref))
  );
}

/** An approval that no longer fits is never carried out. A plan that waits may lose its ground as well. */
export function voidPlan(plan: Plan, why: string): Plan {
  return step(plan, plan.state === "pending" ? "pending" : "approved", { state: "void", endReason: why });
}

/** Whoever's write of this succeeds executes the plan; nobody else does. */
export function claim(plan: Plan): Plan {
  return step(plan, "approved", { state: "executing" });
}

/** `unknown`: GitHub's state does not tell whether it landed. It is shown and never sent again. */
export function finish(plan: Plan, result: PlanResult, state: "done" | "failed" | "unknown"): Plan {
  return step(plan, "executing", { state, result });
}

export function isRequester(plan: Pick<Plan, "requester">, who: Pick<Person, "subject" | "person">): boolean {
  return who.subject === plan.requester.subject || who.person === plan.requester.person;
}

function isPush(plan: Plan): boolean {
  return plan.substance.operation === "git/receive-pack";
}
