// The machine's clock.
import type { Clock } from "../model/ports.ts";

/** Above this `setTimeout` fires at once instead of late (Node: "TimeoutOverflowWarning"). */
export const maxTimeoutMs = 2 ** 31 - 1;

export function createClock(): Clock {
  return {
    now: () => Date.now(),
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const finish = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", finish);
          resolve();
        };
        const timer = setTimeout(finish, Math.min(Math.max(ms, 0), maxTimeoutMs));
        signal?.addEventListener("abort", finish, { once: true });
      });
    },
  };
}
