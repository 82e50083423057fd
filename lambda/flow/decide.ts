// A person decides about one plan: recorded first, then one conditional write, then what follows from it.
import { castVote, mayDecide } from "../approval/vote.ts";
import { GateError } from "../model/errors.ts";
import type { Person, Reviewer } from "../model/caller.ts";
import { consoleMay, type Permission } from "../policy/console-may.ts";
import type { Plan } from "../model/plan.ts";
import { reviewersOf } from "../approval/schedule.ts";
import { emitStep } from "./emit.ts";
import { tell } from "./tell.ts";
import { approvalRecord } from "./plan-steps.ts";
import type { World } from "./world.ts";

export const freshSignInMs = 5 * 60_000;
const tries = 5;

export interface Decision {
  readonly decision: "approve" | "deny";
  readonly reason: string;
  readonly planHash: string;
}

/** Throws GateError when this person may not decide, or may not any more; then nothing was decided. */
export async function decidePlan(
  planId: string,
  who: Reviewer,
  decision: Decision,
  world: World,
): Promise<Plan> {
  requirePerson(who, world);
  const reason = world.masker.mask(decision.reason).text;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const plan = await readablePlan(planId, who, world);
    requirePermission(plan, who, world);
    const next = castVote(plan, who, { ...decision, reason }, world.clock.now());
    const vote = next.votes.at(-1);
    if (vote !== undefined)
      await world.ledger.write([approvalRecord(plan, `${vote.decision} by ${vote.login}`, vote)]);
    if (!(await world.plans.replace(next))) continue;
    emitStep(world, next, "voted", who.login);
    await settle(plan, next, who, world);
    return next;
  }
  throw new GateError("GH_PLAN_CHANGED");
}

/** For one who may not read it, it is not there. */
export async function readablePlan(planId: string, who: Person, world: World): Promise<Plan> {
  const plan = await world.plans.get(planId);
  if (plan === undefined || !may(plan, "readApproval", who, world).is)
    throw new GateError("GH_NOT_FOUND", { what: "approval" });
  return plan;
}

/** The rules of the plan give the better reason; policy has the last word. */
function requirePermission(plan: Plan, who: Reviewer, world: World): void {
  const { is, because } = mayDecide(plan, who, world.clock.now());
  if (!is && because !== undefined) return;
  const answer = may(plan, "decide", who, world);
  if (!answer.is) throw new GateError("GH_NOT_PERMITTED", { reason: answer.reason });
}

export function may(
  plan: Plan,
  action: "readApproval" | "decide",
  who: Person,
  { policies, config }: World,
): Permission {
  const { id, requester } = plan;
  return consoleMay(policies, config.roles, who, {
    action,
    plan: { id, requester, reviewers: reviewersOf(plan) },
  });
}

async function settle(before: Plan, after: Plan, who: Reviewer, world: World): Promise<void> {
  if (after.state === before.state) return;
  if (after.state === "denied") await world.escrow.remove(after.entry);
  await world.ledger.write([approvalRecord(after, after.endReason ?? "every rule has its approvals")]);
  await world.approvals.decided(after);
  world.log("decided", { plan: after.id, state: after.state });
  emitStep(world, after, after.state === "denied" ? "denied" : "approved", who.login);
  // What was approved is carried out meanwhile: nobody waits for a message but the one who decided.
  await tell(after, "decided", reviewersOf(after), world);
}

/**
 * An agent must never be able to approve: a browser sign-in at most 5 minutes old; a bearer token in the sandbox only; a
 * signed call of Slack only where that is configured.
 */
export function requirePerson(who: Reviewer, world: World): void {
  if (who.via === "slack" && world.config.notices.slack?.decides !== true)
    throw new GateError("GH_BROWSER_REQUIRED");
  if (who.via === "bearer" && !world.config.isSandbox) throw new GateError("GH_BROWSER_REQUIRED");
  if (who.via === "browser" && world.clock.now() - who.signedInAtMs > freshSignInMs)
    throw new GateError("GH_SIGN_IN_TOO_OLD");
}
