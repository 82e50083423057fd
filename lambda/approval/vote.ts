// A person's decision about one plan: who may make it, and when there are enough.
import type { Person } from "../model/caller.ts";
import { GateError } from "../model/errors.ts";
import type { Plan, Vote } from "../model/plan.ts";
import type { ReviewDemand } from "../model/verdict.ts";
import { isOverdue, isRequester, step } from "./endings.ts";

export interface Decision {
  readonly decision: "approve" | "deny";
  readonly reason: string;
  /** Of the plan that the reviewer looked at. */
  readonly planHash: string;
}

type Voter = Pick<Person, "subject" | "person" | "login" | "teams"> & Pick<Vote, "via">;

/** As many as the console lets people write. */
const maxReason = 2000;

/** The plan with this vote, and with what follows from it. Throws GateError when nothing was decided. */
export function castVote(plan: Plan, reviewer: Voter, decision: Decision, nowMs: number): Plan {
  requireMayDecide(plan, reviewer, nowMs);
  if (decision.planHash !== plan.hash) throw new GateError("GH_PLAN_CHANGED");
  const vote: Vote = {
    subject: reviewer.subject,
    person: reviewer.person,
    login: reviewer.login,
    teams: reviewer.teams,
    decision: decision.decision,
    reason: checkedReason(decision.reason),
    atMs: nowMs,
    ...(reviewer.via === undefined ? {} : { via: reviewer.via }),
  };
  const votes = [...plan.votes, vote];
  if (vote.decision === "deny")
    return step(plan, "pending", { state: "denied", votes, endReason: vote.reason });
  const isApproved = plan.demands.length > 0 && plan.demands.every((demand) => isMet(demand, votes));
  return step(plan, "pending", isApproved ? { state: "approved", votes } : { votes });
}

/** Throws GateError when this person may not decide about this plan now. */
export function requireMayDecide(plan: Plan, reviewer: Voter, nowMs: number): void {
  const obstacle = obstacleFor(plan, reviewer, nowMs);
  if (obstacle !== undefined) throw obstacle;
}

/** What the console shows beside its buttons. */
export function mayDecide(
  plan: Plan,
  reviewer: Voter,
  nowMs: number,
): { readonly is: boolean; readonly because?: string } {
  const obstacle = obstacleFor(plan, reviewer, nowMs);
  if (obstacle === undefined) return { is: true };
  return { is: false, because: obstacle.details.reason ?? becauseOf(obstacle) };
}

/** How many more people each demand needs. */
export function missingApprovals(
  plan: Pick<Plan, "demands" | "votes">,
): readonly { rule: string; missing: number }[] {
  return plan.demands.map((demand) => ({
    rule: demand.rule,
    missing: Math.max(0, demand.quorum - approversFor(demand, plan.votes)),
  }));
}

function obstacleFor(plan: Plan, reviewer: Voter, nowMs: number): GateError | undefined {
  if (plan.state !== "pending") return new GateError("GH_ALREADY_DECIDED", { state: plan.state });
  if (isOverdue(plan, nowMs)) return new GateError("GH_ALREADY_DECIDED", { state: "expired" });
  // Nobody is exempt, not even a reviewer who is the only one of their team.
  if (isRequester(plan, reviewer)) return new GateError("GH_OWN_REQUEST");
  const teams = plan.demands.flatMap(({ reviewers }) => reviewers);
  if (!teams.some((team) => reviewer.teams.includes(team)))
    return new GateError("GH_NOT_PERMITTED", {
      reason: `only ${[...new Set(teams)].join(", ")} can decide this`,
    });
  if (plan.votes.some(({ subject, person }) => subject === reviewer.subject || person === reviewer.person))
    return new GateError("GH_ALREADY_DECIDED", { state: "decided by you" });
  return undefined;
}

function becauseOf(obstacle: GateError): string {
  if (obstacle.code === "GH_OWN_REQUEST") return "this is your own request; another person has to decide";
  const { state } = obstacle.details;
  return state === "decided by you" ? "you have decided already" : `it is ${state ?? "closed"} already`;
}

function isMet(demand: ReviewDemand, votes: readonly Vote[]): boolean {
  return approversFor(demand, votes) >= demand.quorum;
}

/** Distinct people, not votes: one person with two accounts is one, and one in two teams may satisfy two demands. */
function approversFor(demand: ReviewDemand, votes: readonly Vote[]): number {
  const entitled = votes.filter(
    ({ decision, teams }) => decision === "approve" && demand.reviewers.some((team) => teams.includes(team)),
  );
  return new Set(entitled.map(({ person }) => person)).size;
}

function checkedReason(text: string): string {
  const reason = text.trim();
  if (reason === "") throw new GateError("GH_BAD_DECISION", { why: "a reason is needed" });
  if (reason.length > maxReason)
    throw new GateError("GH_BAD_DECISION", { why: `the reason is longer than ${maxReason} characters` });
  return reason;
}
