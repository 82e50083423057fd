// A clock that tests move by hand: sleepers wake when their time has come, in order.
import type { Clock } from "../../lambda/model/ports.ts";

export interface SteeredClock extends Clock {
  /** Moves time on and lets everything that wakes run. */
  advance(ms: number): Promise<void>;
  /** How many are asleep. */
  sleepers(): number;
}

export function steeredClock(startMs = Date.UTC(2026, 0, 15, 12)): SteeredClock {
  let nowMs = startMs;
  const asleep = new Set<{ readonly dueMs: number; wake(): void }>();
  return {
    now: () => nowMs,
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const sleeper = {
          dueMs: nowMs + ms,
          wake: (): void => {
            asleep.delete(sleeper);
            resolve();
          },
        };
        asleep.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
      });
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      while (true) {
        const next = [...asleep].sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined || next.dueMs > endMs) break;
        nowMs = Math.max(nowMs, next.dueMs);
        next.wake();
        await turn();
      }
      nowMs = endMs;
      await turn();
    },
    sleepers: () => asleep.size,
  };
}

/** Lets promises and immediates that are due run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

const maxTurns = 1_000_000;

/** Lets answers from elsewhere arrive until it holds. */
export async function turnUntil(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    if (turns === maxTurns) throw new Error("what was waited for did not come");
    await turn();
  }
}
