// Tells other systems what happened; whoever calls it goes on at once and never hears of trouble.
import { eventVersion, type GateEvent, type NewEvent } from "../model/events.ts";
import type { Plan } from "../model/plan.ts";
import { reviewersOf } from "../approval/schedule.ts";
import type { World } from "./world.ts";

type Teller = Pick<World, "clock" | "events" | "ids" | "log">;

export function emit(world: Teller, event: NewEvent): void {
  const whole: GateEvent = {
    v: eventVersion,
    id: world.ids.next("evt"),
    atMs: world.clock.now(),
    ...event,
  };
  world.events.emit(whole).catch((error: unknown) => {
    world.log("event-failed", { type: event.type, cause: String(error) });
  });
}

type ApprovalStep = Extract<NewEvent, { type: "approval" }>["step"];

export function emitStep(world: Teller, plan: Plan, step: ApprovalStep, by?: string): void {
  emit(world, {
    type: "approval",
    step,
    plan: plan.id,
    hash: plan.hash,
    entry: plan.entry,
    session: plan.session,
    repository: plan.repository.fullName,
    reviewers: reviewersOf(plan),
    ...(by === undefined ? {} : { by }),
  });
}
