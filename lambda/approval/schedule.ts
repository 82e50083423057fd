// What the approval clock does about a plan that waits, and when: tell, remind, escalate, expire. It never approves.
import { GateError } from "../model/errors.ts";
import type { Plan, PlanSchedule, PlanStep } from "../model/plan.ts";
import type { ReviewDemand } from "../model/verdict.ts";
import { isOverdue, step } from "./endings.ts";

export interface Due {
  readonly step: "ask" | "remind" | "escalate" | "expire";
  readonly atMs: number;
}

/** When a new plan is due; the shortest time of its demands ends it. */
export function scheduleOf(demands: readonly ReviewDemand[], createdAtMs: number): PlanSchedule {
  const expiresAtMs = createdAtMs + Math.min(...demands.map(({ ttlSeconds }) => ttlSeconds)) * 1000;
  const remindAtMs = earliest(demands.map(({ remindAfterSeconds: after }) => at(createdAtMs, after)));
  const escalateAtMs = nextEscalation({ demands, createdAtMs });
  return {
    ...(isBefore(remindAtMs, expiresAtMs) ? { remindAtMs } : {}),
    ...(isBefore(escalateAtMs, expiresAtMs) ? { escalateAtMs } : {}),
    expiresAtMs,
  };
}

/** The next thing to do about it, due or not; undefined when the clock has nothing to do with it any more. */
export function nextDue(plan: Plan): Due | undefined {
  if (plan.state !== "pending") return undefined;
  const { remindAtMs, escalateAtMs, expiresAtMs } = plan.schedule;
  if (!plan.steps.includes("asked")) return { step: "ask", atMs: Math.min(plan.createdAtMs, expiresAtMs) };
  const dues: Due[] = [{ step: "expire", atMs: expiresAtMs }];
  if (escalateAtMs !== undefined) dues.push({ step: "escalate", atMs: escalateAtMs });
  if (remindAtMs !== undefined && !plan.steps.includes("reminded"))
    dues.push({ step: "remind", atMs: remindAtMs });
  return dues.reduce((first, due) => (due.atMs < first.atMs ? due : first));
}

/** What is to be done at this moment, if anything. What is over is not announced first. */
export function dueNow(plan: Plan, nowMs: number): Due["step"] | undefined {
  const due = nextDue(plan);
  if (due === undefined || due.atMs > nowMs) return undefined;
  return isOverdue(plan, nowMs) ? "expire" : due.step;
}

/** Notes that a step was done. Throws GH_ALREADY_DECIDED when it was, or when the plan does not wait any more. */
export function markStep(plan: Plan, done: Exclude<PlanStep, "escalated">): Plan {
  if (plan.steps.includes(done)) throw new GateError("GH_ALREADY_DECIDED", { state: done });
  return step(plan, "pending", { steps: [...plan.steps, done] });
}

/**
 * Lets the teams of every escalation that is due decide as well. Votes stay as they are and nothing is approved by it:
 * the clock widens who may say yes, a person says it.
 */
export function escalate(plan: Plan, nowMs: number): Plan {
  if (isOverdue(plan, nowMs)) throw new GateError("GH_ALREADY_DECIDED", { state: "expired" });
  const demands = plan.demands.map((demand) => (isDue(plan, demand, nowMs) ? widened(demand) : demand));
  if (demands.every((demand, index) => demand === plan.demands[index]))
    throw new GateError("GH_NOT_PERMITTED", { reason: "no escalation is due" });
  const { remindAtMs, expiresAtMs } = plan.schedule;
  const next = nextEscalation({ demands, createdAtMs: plan.createdAtMs });
  return step(plan, "pending", {
    demands,
    steps: plan.steps.includes("escalated") ? plan.steps : [...plan.steps, "escalated"],
    schedule: {
      ...(remindAtMs === undefined ? {} : { remindAtMs }),
      ...(isBefore(next, expiresAtMs) ? { escalateAtMs: next } : {}),
      expiresAtMs,
    },
  });
}

/** The teams that may decide now and could not before. */
export function newReviewers(before: Plan, after: Plan): readonly string[] {
  const known = reviewersOf(before);
  return reviewersOf(after).filter((team) => !known.includes(team));
}

export function reviewersOf(plan: Pick<Plan, "demands">): readonly string[] {
  return [...new Set(plan.demands.flatMap(({ reviewers }) => reviewers))];
}

function isDue({ createdAtMs }: Plan, demand: ReviewDemand, nowMs: number): boolean {
  const dueMs = isOpen(demand) ? at(createdAtMs, demand.escalation?.afterSeconds) : undefined;
  return dueMs !== undefined && nowMs >= dueMs;
}

function widened(demand: ReviewDemand): ReviewDemand {
  return {
    ...demand,
    reviewers: [...new Set([...demand.reviewers, ...(demand.escalation?.reviewers ?? [])])],
  };
}

/** Whether its escalation would still let somebody in. */
function isOpen({ reviewers, escalation }: ReviewDemand): boolean {
  return escalation?.reviewers.some((team) => !reviewers.includes(team)) ?? false;
}

function nextEscalation({ demands, createdAtMs }: Pick<Plan, "demands" | "createdAtMs">): number | undefined {
  return earliest(demands.filter(isOpen).map(({ escalation }) => at(createdAtMs, escalation?.afterSeconds)));
}

function at(createdAtMs: number, afterSeconds: number | undefined): number | undefined {
  return afterSeconds === undefined ? undefined : createdAtMs + afterSeconds * 1000;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function isBefore(time: number | undefined, endMs: number): time is number {
  return time !== undefined && time < endMs;
}
