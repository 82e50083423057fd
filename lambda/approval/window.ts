// One approval for a stated time (`@window`): which earlier approval covers a plan, if every rule of the plan allows that.
import type { Plan } from "../model/plan.ts";
import { step } from "./endings.ts";

/** An approval given in the last second still has this long to reach GitHub. */
export const carryOutGraceMs = 10 * 60_000;

export interface Cover {
  /** The plan that people approved. */
  readonly plan: string;
  readonly untilMs: number;
}

/**
 * `others` are the plans of the same session that ended. Only an approval by people covers: a plan that was covered
 * itself does not, or a window would never end.
 */
export function coverFor(plan: Plan, others: readonly Plan[], nowMs: number): Cover | undefined {
  const covers = others
    .filter((other) => isLike(plan, other))
    .map((other) => ({ plan: other.id, approvedAtMs: lastVoteMs(other), untilMs: windowEndMs(plan, other) }))
    .filter(({ untilMs, approvedAtMs }) => nowMs < untilMs && !isDeniedSince(others, approvedAtMs))
    .sort((a, b) => b.untilMs - a.untilMs);
  const [longest] = covers;
  return longest === undefined ? undefined : { plan: longest.plan, untilMs: longest.untilMs };
}

/** The plan, approved because an earlier approval covers it. */
export function covered(plan: Plan, cover: Cover): Plan {
  return step(plan, "pending", { state: "approved", coveredBy: cover });
}

/** After this nobody carries it out any more. */
export function lastMomentMs(plan: Pick<Plan, "expiresAtMs" | "coveredBy">): number {
  return Math.min(plan.expiresAtMs, plan.coveredBy?.untilMs ?? Infinity) + carryOutGraceMs;
}

/** The same person, session, repository, operation, branches and kind of change, under the same policies. */
function isLike(plan: Plan, other: Plan): boolean {
  return (
    other.state === "done" &&
    other.coveredBy === undefined &&
    other.id !== plan.id &&
    other.session === plan.session &&
    other.requester.subject === plan.requester.subject &&
    other.requester.person === plan.requester.person &&
    other.policyHash === plan.policyHash &&
    other.substance.repositoryId === plan.substance.repositoryId &&
    other.substance.operation === plan.substance.operation &&
    namesItsBranches(plan) &&
    namesItsBranches(other) &&
    kindOf(other) === kindOf(plan) &&
    plan.demands.length > 0 &&
    plan.demands.every(({ rule }) => other.demands.some((demand) => demand.rule === rule))
  );
}

function namesItsBranches({ substance, findings }: Plan): boolean {
  return substance.refs.length > 0 && !findings.touchesAllBranches;
}

function kindOf({ substance }: Plan): string {
  return JSON.stringify(substance.refs.map(({ ref, change, force }) => [ref, change, force]).sort());
}

/** Before every time when one of the rules has no window. */
function windowEndMs(plan: Plan, other: Plan): number {
  const rules = new Set(plan.demands.map(({ rule }) => rule));
  const demands = [...plan.demands, ...other.demands.filter(({ rule }) => rules.has(rule))];
  return lastVoteMs(other) + Math.min(...demands.map(({ windowSeconds = 0 }) => windowSeconds * 1000));
}

function lastVoteMs({ votes }: Plan): number {
  return Math.max(-Infinity, ...votes.map(({ atMs }) => atMs));
}

/** One no in the session ends its windows. */
function isDeniedSince(others: readonly Plan[], approvedAtMs: number): boolean {
  return others.some(({ votes }) =>
    votes.some(({ decision, atMs }) => decision === "deny" && atMs >= approvedAtMs),
  );
}
