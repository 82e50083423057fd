// A person decides about one plan: recorded first, then one conditional write, then what follows from it.
import { castVote } from "../approval/vote.ts";
import type { SignedIn } from "../console/desk.ts";
import { GateError } from "../model/errors.ts";
import type { Plan } from "../model/plan.ts";
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
  who: SignedIn,
  decision: Decision,
  world: World,
): Promise<Plan> {
  requireFreshBrowser(who, world);
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const plan = await world.plans.get(planId);
    if (plan === undefined) throw new GateError("GH_NOT_FOUND", { what: "approval" });
    const next = castVote(plan, who, decision, world.clock.now());
    const vote = next.votes.at(-1);
    if (vote !== undefined)
      await world.ledger.write([approvalRecord(plan, `${vote.decision} by ${vote.login}`, vote)]);
    if (!(await world.plans.replace(next))) continue;
    await settle(plan, next, world);
    return next;
  }
  throw new GateError("GH_PLAN_CHANGED");
}

async function settle(before: Plan, after: Plan, world: World): Promise<void> {
  if (after.state === before.state) return;
  if (after.state === "denied") await world.escrow.remove(after.entry);
  await world.ledger.write([approvalRecord(after, after.endReason ?? "every rule has its approvals")]);
  await world.approvals.decided(after);
  world.log("decided", { plan: after.id, state: after.state });
}

/** An agent must never be able to approve: a browser sign-in at most 5 minutes old; a bearer token in the sandbox only. */
function requireFreshBrowser(who: SignedIn, world: World): void {
  if (who.via === "bearer" && !world.config.isSandbox) throw new GateError("GH_BROWSER_REQUIRED");
  if (who.via === "browser" && world.clock.now() - who.signedInAtMs > freshSignInMs)
    throw new GateError("GH_SIGN_IN_TOO_OLD");
}
