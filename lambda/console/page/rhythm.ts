// Plays a session in the rhythm in which it happened, without the pauses in which nothing did.

export const speeds = [1, 4, 16] as const;
export type Speed = (typeof speeds)[number];

/** A pause longer than this is idle time: nobody wants to watch it. */
export const longestPauseMs = 2000;
const shortestPauseMs = 80;

/** How long to stay on an entry before the next one, at this speed. */
export function pauseBefore(atMs: number, nextAtMs: number, speed: Speed): number {
  const recorded = Math.min(longestPauseMs, Math.max(0, nextAtMs - atMs));
  return Math.max(shortestPauseMs, recorded / speed);
}
