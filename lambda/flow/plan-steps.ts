// Every step of a plan's life: one conditional write, its record, and what follows from its end.
import type { Plan, PlanState, Vote } from "../model/plan.ts";
import type { NewRecord } from "../model/record.ts";
import { emitStep } from "./emit.ts";
import type { World } from "./world.ts";

export function approvalRecord(plan: Plan, reason: string, vote?: Vote): NewRecord {
  return {
    kind: "approval",
    entry: plan.entry,
    session: plan.session,
    plan: plan.id,
    hash: plan.hash,
    event: vote === undefined ? "state" : "vote",
    ...(vote === undefined ? {} : { vote }),
    state: plan.state,
    reason,
  };
}

/** Ends a plan that nobody may execute any more. False when somebody else moved it first. */
export async function endPlan(
  world: Omit<World, "login">,
  plan: Plan,
  state: Extract<PlanState, "expired" | "withdrawn" | "superseded" | "void">,
  reason: string,
  options: { readonly next?: Plan } = {},
): Promise<boolean> {
  const next: Plan = options.next ?? { ...plan, state, endReason: reason, version: plan.version + 1 };
  if (!(await world.plans.replace(next))) return false;
  await world.approvals.decided(next);
  await world.escrow.remove(plan.entry);
  await world.ledger.write([approvalRecord(next, reason)]);
  emitStep(world, next, state);
  return true;
}
