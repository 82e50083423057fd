// How long a request may wait for a person, and when its call to GitHub must break off, behind a door that has a deadline.
import type { GatewayRequest } from "../model/http.ts";
import type { World } from "./world.ts";

/** From the end of a wait to the deadline: the goodbye, the outcome record, and some air (14 of 15 minutes on Lambda). */
const goodbyeMs = 60_000;

/** Until when somebody who may wait `waitMs` really waits. */
export function waitsUntilMs(
  { deadline }: Pick<GatewayRequest, "deadline">,
  waitMs: number,
  world: Pick<World, "clock">,
): number {
  const untilMs = world.clock.now() + waitMs;
  return deadline === undefined ? untilMs : Math.min(untilMs, deadline.atMs - goodbyeMs);
}

/** Aborts when one of the signals does, or when the time is up. */
export function untilDeadline(
  { deadline }: Pick<GatewayRequest, "deadline">,
  ...signals: readonly AbortSignal[]
): AbortSignal {
  return AbortSignal.any(deadline === undefined ? [...signals] : [...signals, deadline.signal]);
}
