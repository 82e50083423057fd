// Waiting for a plan to change: woken by a change made here, polling for one made by another process.
import type { Plan } from "../../model/plan.ts";
import type { Clock, PlanStore } from "../../model/ports.ts";

/** Decisions come after seconds or after hours: the first polls are quick, and none is later than a second. */
const firstPollMs = 250;
const maxPollMs = 1_000;

export interface PlanWatch {
  readonly changed: PlanStore["changed"];
  wake(id: string): void;
}

export function createPlanWatch(clock: Clock, get: (id: string) => Promise<Plan | undefined>): PlanWatch {
  const waiters = new Map<string, Set<AbortController>>();

  function enter(id: string, waiter: AbortController): () => void {
    const others = waiters.get(id) ?? new Set();
    waiters.set(id, others.add(waiter));
    return () => {
      others.delete(waiter);
      if (others.size === 0) waiters.delete(id);
    };
  }

  return {
    async changed(id, version, timeoutMs, signal) {
      const endMs = clock.now() + timeoutMs;
      let pollMs = firstPollMs;
      // Twice the polls that fit, and some: a clock set back cannot make anyone wait for ever.
      for (let polls = 2 * Math.ceil(timeoutMs / maxPollMs) + 10; ; polls -= 1) {
        const woken = new AbortController();
        // Before the look: what changes while the answer is under way must not be missed.
        const leave = enter(id, woken);
        try {
          const plan = await get(id);
          const leftMs = polls > 0 ? endMs - clock.now() : 0;
          const isOver =
            plan === undefined || plan.version > version || leftMs <= 0 || signal?.aborted === true;
          if (isOver) return plan;
          const either = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
          await clock.sleep(Math.min(pollMs, leftMs), either);
        } finally {
          leave();
        }
        pollMs = Math.min(2 * pollMs, maxPollMs);
      }
    },
    wake(id) {
      for (const waiter of [...(waiters.get(id) ?? [])]) waiter.abort();
    },
  };
}
