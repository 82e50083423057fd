// Counts attempts without a counter: each takes one of a limited number of places, in a store that many processes share.
import type { Clock, KeyedStore } from "../../model/ports.ts";

export interface Limit {
  /** What is counted, and of whom: `device-page:192.0.2.7`. */
  readonly of: string;
  readonly most: number;
  readonly windowMs: number;
}

export interface Place {
  readonly isLast: boolean;
  /** Gives the place back: the attempt was a good one. */
  release(): Promise<void>;
}

/** Retries at this many taken places, then the attempt counts as one too many. */
const tries = 4;

/**
 * Takes a place in this window, or returns undefined when none is left. Never more than `most` are taken at once: each
 * is one `putNew`. A search for the first free one keeps that at about log2(most) reads.
 */
export async function takePlace(store: KeyedStore, clock: Clock, limit: Limit): Promise<Place | undefined> {
  const window = Math.floor(clock.now() / limit.windowMs);
  const endsAtMs = (window + 1) * limit.windowMs;
  const keyOf = (place: number): string => `login-limit:${limit.of}:${window}:${place}`;
  let free = await firstFree(limit.most, async (place) => (await store.get(keyOf(place))) !== undefined);
  for (let tried = 0; tried < tries && free < limit.most; tried++, free++) {
    const key = keyOf(free);
    if (await store.putNew(key, "taken", endsAtMs))
      return { isLast: free === limit.most - 1, release: () => store.remove(key) };
  }
  return undefined;
}

async function firstFree(most: number, isTaken: (place: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await isTaken(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
