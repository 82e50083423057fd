// The approval clock's turn: whatever is due of a plan that waits, each step one conditional write, then its notices.
import { expire } from "../approval/endings.ts";
import { dueNow, escalate, markStep, newReviewers, nextDue, reviewersOf } from "../approval/schedule.ts";
import { GateError } from "../model/errors.ts";
import type { NoticeKind } from "../model/notices.ts";
import type { Plan, PlanStep } from "../model/plan.ts";
import { emitStep } from "./emit.ts";
import { approvalRecord, endPlan } from "./plan-steps.ts";
import { tell } from "./tell.ts";
import type { World } from "./world.ts";

/** More than a plan can have: ask, remind, expire, an escalation for each demand, and somebody else's writes between. */
const maxTurns = 100;

/**
 * Does what is due, and returns when to come back (milliseconds since 1970), or undefined when the plan waits no more.
 * May be called at any time, by any number of callers: each step is taken by whoever's write succeeds.
 */
export async function advance(planId: string, world: World): Promise<number | undefined> {
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const plan = await world.plans.get(planId);
    if (plan === undefined) return undefined;
    const due = dueNow(plan, world.clock.now());
    if (due === undefined) return nextDue(plan)?.atMs;
    switch (due) {
      case "ask":
        await mark(plan, "asked", "asked", world);
        break;
      case "remind":
        await mark(plan, "reminded", "reminder", world);
        break;
      case "escalate":
        await widen(plan, world);
        break;
      case "expire":
        await end(plan, world);
        break;
      default:
        due satisfies never;
    }
  }
  throw new GateError("GH_PLAN_CHANGED");
}

async function mark(
  plan: Plan,
  step: Exclude<PlanStep, "escalated">,
  kind: NoticeKind,
  world: World,
): Promise<void> {
  const next = markStep(plan, step);
  if (!(await world.plans.replace(next))) return;
  emitStep(world, next, step);
  await tell(next, kind, reviewersOf(next), world);
}

/** Recorded first: nobody may decide by an escalation that the record does not know. */
async function widen(plan: Plan, world: World): Promise<void> {
  const next = escalate(plan, world.clock.now());
  const teams = newReviewers(plan, next);
  await world.ledger.write([
    approvalRecord(next, `nobody decided so far, so ${teams.join(", ")} may decide as well`),
  ]);
  if (!(await world.plans.replace(next))) return;
  emitStep(world, next, "escalated");
  await tell(next, "escalated", teams, world);
}

async function end(plan: Plan, world: World): Promise<void> {
  const next = expire(plan, world.clock.now());
  if (await endPlan(world, plan, "expired", next.endReason ?? "nobody decided in time", { next }))
    await tell(next, "decided", reviewersOf(next), world);
}
