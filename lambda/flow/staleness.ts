// What is remembered of GitHub is forgotten by every process: a mark in the store changes, and each request looks at it first.
import type { Clock, Ids, KeyedStore } from "../model/ports.ts";
import { describe } from "./refusal.ts";
import type { World } from "./world.ts";

export interface Staleness {
  /** Forgets here at once, and everywhere else before the next request there. Rejects when the others may not hear of it. */
  forget(repositoryId: number | undefined): Promise<void>;
  /** Before anything remembered is used. Never rejects: what cannot be asked about is forgotten. */
  refresh(): Promise<void>;
}

/** Every request reads one mark and no partition is everybody's: each process keeps to one of these. */
const marks = 8;
/** Longer than anything is remembered. */
const markedForMs = 60 * 60_000;

export function createStaleness(
  { keyed, clock, ids }: { keyed: KeyedStore; clock: Pick<Clock, "now">; ids: Ids },
  forgetHere: (repositoryId: number | undefined) => void,
): Staleness {
  const own = (ids.random(1)[0] ?? 0) % marks;
  let seen: string | undefined;
  return {
    async forget(repositoryId) {
      forgetHere(repositoryId);
      const mark = ids.next("stl");
      const untilMs = clock.now() + markedForMs;
      const all = Array.from({ length: marks }, (_, at) => keyed.put(keyOf(at), mark, untilMs));
      await Promise.all(all);
    },
    async refresh() {
      try {
        const mark = await keyed.get(keyOf(own));
        if (mark !== undefined && mark !== seen) forgetHere(undefined);
        seen = mark;
      } catch {
        forgetHere(undefined);
      }
    },
  };
}

function keyOf(at: number): string {
  return `github-facts/stale/${at}`;
}

/** The write is done and recorded: that others may remember what was before, for minutes, is told to operators only. */
export async function forgetAfterWrite(
  repositoryId: number,
  world: Pick<World, "forget" | "log">,
): Promise<void> {
  await world.forget(repositoryId).catch((error: unknown) => {
    world.log("stale-facts-elsewhere", { repository: repositoryId, cause: describe(error) });
  });
}
