// The approval clock of one machine: plans that wait are advanced when they are due, approved ones executed, across restarts.
import type { Plan } from "../../model/plan.ts";
import type { ApprovalClock, Clock, PlanStore } from "../../model/ports.ts";
import { maxTimeoutMs } from "../clock.ts";

const maxAttempts = 8;
const firstRetryMs = 1_000;
const maxRetryMs = 60_000;
const pageSize = 100;

export interface ApprovalCallbacks {
  /** Does what is due of the plan, and says when to come back, milliseconds since 1970; undefined: never. */
  onDue(plan: string): Promise<number | undefined>;
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

  /** Only the stored plan knows what is due, so a timer that wakes early, late or twice does no harm. */
  async function follow(plan: string, timer: AbortController): Promise<void> {
    const { signal } = timer;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const dueMs = await retried(plan, signal, () => callbacks.onDue(plan));
      if (dueMs === undefined) break;
      while (!isOver() && clock.now() < dueMs)
        await clock.sleep(Math.min(dueMs - clock.now(), maxTimeoutMs), signal);
    }
    if (timers.get(plan) === timer) timers.delete(plan);
  }

  async function retried<T>(
    plan: string,
    signal: AbortSignal,
    call: () => Promise<T>,
  ): Promise<T | undefined> {
    for (let attempt = 1, waitMs = firstRetryMs; ; attempt += 1, waitMs *= 2) {
      if (signal.aborted) return undefined;
      try {
        return await call();
      } catch (error) {
        if (attempt >= maxAttempts) {
          callbacks.onGivenUp(plan, error);
          return undefined;
        }
      }
      await clock.sleep(Math.min(waitMs, maxRetryMs), signal);
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
    void follow(plan.id, timer);
  }

  function takeUp(plan: Plan): void {
    if (plan.state === "pending") arm(plan);
    if (plan.state === "approved") void retried(plan.id, closed.signal, () => callbacks.onApproved(plan.id));
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
