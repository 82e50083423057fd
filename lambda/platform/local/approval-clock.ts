// The approval clock of one machine: plans expire on time and approved ones are executed, across restarts.
import type { Plan } from "../../model/plan.ts";
import type { ApprovalClock, Clock, PlanStore } from "../../model/ports.ts";
import { maxTimeoutMs } from "../clock.ts";

const maxAttempts = 8;
const firstRetryMs = 1_000;
const maxRetryMs = 60_000;
const pageSize = 100;

export interface ApprovalCallbacks {
  /** The plan's time is over; it may have been decided in the same moment. */
  onExpired(plan: string): Promise<void>;
  /** The plan is approved and waits for execution. May come more than once for one plan. */
  onApproved(plan: string): Promise<void>;
  /** A callback kept failing; the next start tries again. */
  onGivenUp(plan: string, error: unknown): void;
}

export interface LocalApprovalClock extends ApprovalClock {
  /** Takes up every plan that was pending or approved when the gateway last ended. Call once, when callbacks can run. */
  start(): Promise<void>;
  /** Forgets all timers; the plans keep their due times. */
  close(): void;
}

export function createApprovalClock(
  clock: Clock,
  plans: Pick<PlanStore, "list">,
  callbacks: ApprovalCallbacks,
): LocalApprovalClock {
  const timers = new Map<string, AbortController>();
  const closed = new AbortController();

  /** Only the plan itself knows when it is due, so a timer that wakes early or late does no harm. */
  async function expireAt(plan: string, dueMs: number, timer: AbortController): Promise<void> {
    while (!timer.signal.aborted && clock.now() < dueMs) {
      await clock.sleep(Math.min(dueMs - clock.now(), maxTimeoutMs), timer.signal);
    }
    if (timers.get(plan) === timer) timers.delete(plan);
    if (!timer.signal.aborted) await retried(plan, () => callbacks.onExpired(plan));
  }

  async function retried(plan: string, call: () => Promise<void>): Promise<void> {
    for (let attempt = 1, waitMs = firstRetryMs; !closed.signal.aborted; attempt += 1, waitMs *= 2) {
      try {
        await call();
        return;
      } catch (error) {
        if (attempt >= maxAttempts) {
          callbacks.onGivenUp(plan, error);
          return;
        }
      }
      await clock.sleep(Math.min(waitMs, maxRetryMs), closed.signal);
    }
  }

  function disarm(plan: string): void {
    timers.get(plan)?.abort();
    timers.delete(plan);
  }

  function arm(plan: Plan): void {
    disarm(plan.id);
    if (closed.signal.aborted) return;
    const timer = new AbortController();
    timers.set(plan.id, timer);
    void expireAt(plan.id, plan.expiresAtMs, timer);
  }

  function takeUp(plan: Plan): void {
    if (plan.state === "pending") arm(plan);
    if (plan.state === "approved") void retried(plan.id, () => callbacks.onApproved(plan.id));
  }

  return {
    opened(plan) {
      arm(plan);
      return Promise.resolve();
    },
    decided(plan) {
      disarm(plan.id);
      if (plan.state === "approved") takeUp(plan);
      return Promise.resolve();
    },
    async start() {
      let after: string | undefined;
      do {
        const page = await plans.list(
          { states: ["pending", "approved"] },
          { limit: pageSize, ...(after === undefined ? {} : { after }) },
        );
        for (const plan of page.items) takeUp(plan);
        after = page.next;
      } while (after !== undefined);
    },
    close() {
      closed.abort();
      for (const plan of [...timers.keys()]) disarm(plan);
    },
  };
}
