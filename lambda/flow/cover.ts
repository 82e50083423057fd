// A plan that an earlier approval of its session covers does not wait: recorded, approved, and then carried out like any other.
import { covered, coverFor } from "../approval/window.ts";
import type { Plan } from "../model/plan.ts";
import { emitStep } from "./emit.ts";
import { approvalRecord } from "./plan-steps.ts";
import type { World } from "./world.ts";

const pageSize = 200;
const maxPages = 5;

/** The plan as it goes on; undefined when nothing covers it, and people have to decide. */
export async function passCovered(plan: Plan, world: World): Promise<Plan | undefined> {
  if (plan.demands.some(({ windowSeconds }) => windowSeconds === undefined)) return undefined;
  const others = await endedPlans(plan.session, world);
  const cover = others === undefined ? undefined : coverFor(plan, others, world.clock.now());
  if (cover === undefined) return undefined;
  const reason = `covered by ${cover.plan} until ${new Date(cover.untilMs).toISOString()}`;
  await world.ledger.write([approvalRecord(plan, reason)]);
  const next = covered(plan, cover);
  if (!(await world.plans.replace(next))) return undefined;
  await world.ledger.write([approvalRecord(next, reason)]);
  // Its clock starts although nobody is told: on AWS the same state machine carries plans out.
  await world.approvals.opened(next);
  await world.approvals.decided(next);
  emitStep(world, next, "approved");
  return next;
}

/** Undefined when there are too many to look at each: then nothing is covered. */
async function endedPlans(session: string, world: World): Promise<readonly Plan[] | undefined> {
  const found: Plan[] = [];
  let after: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const { items, next } = await world.plans.list(
      { states: ["done", "denied"], session },
      { limit: pageSize, ...(after === undefined ? {} : { after }) },
    );
    found.push(...items);
    if (next === undefined) return found;
    after = next;
  }
  return undefined;
}
