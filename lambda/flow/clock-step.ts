// One turn of the approval clock as a state machine asks for it: what to do of a plan, and when to come back.
import type { PlanState } from "../model/plan.ts";
import { advance } from "./advance.ts";
import { carryOut } from "./carry-out.ts";
import type { World } from "./world.ts";

export interface ClockCall {
  readonly step: "advance" | "carry-out";
  readonly plan: string;
  /** The machine waits, and whoever sends this token wakes it. */
  readonly taskToken?: string;
}

export interface ClockAnswer {
  /** How the plan stands now; "absent" when there is no such plan. */
  readonly state: PlanState | "absent";
  /** Until something is due; 1 when nothing is. A whole number, as Step Functions wants it. */
  readonly waitSeconds: number;
}

/** Repeating a turn is safe: each step is one conditional write. `keepToken` stores the token where no reader looks. */
export async function clockStep(
  call: ClockCall,
  world: World,
  keepToken: (plan: string, taskToken: string) => Promise<void>,
): Promise<ClockAnswer> {
  if (call.step === "carry-out") {
    await carryOut(call.plan, world);
    return answer(call.plan, undefined, world);
  }
  // Stored before the plan is read: whoever decides after that finds the token, and what was decided before is seen below.
  if (call.taskToken !== undefined) await keepToken(call.plan, call.taskToken);
  const dueMs = await advance(call.plan, world);
  const plan = await world.plans.get(call.plan);
  if (call.taskToken !== undefined && plan !== undefined && plan.state !== "pending")
    await world.approvals.decided(plan);
  return answer(call.plan, dueMs, world);
}

async function answer(planId: string, dueMs: number | undefined, world: World): Promise<ClockAnswer> {
  const plan = await world.plans.get(planId);
  const leftMs = (dueMs ?? 0) - world.clock.now();
  return { state: plan?.state ?? "absent", waitSeconds: Math.max(1, Math.ceil(leftMs / 1000)) };
}
