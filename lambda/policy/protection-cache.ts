// Remembers look-ups for minutes: "protected" longer than "not protected", and what nobody could establish not at all.
import type { Clock } from "../model/ports.ts";
import type { ProtectionFact } from "../model/verdict.ts";

export const protectedForMs = 5 * 60_000;
export const unprotectedForMs = 60_000;
const maxEntries = 10_000;

interface Entry {
  readonly repositoryId: number;
  readonly fact: ProtectionFact;
  readonly untilMs: number;
}

export class ProtectionCache {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Map<string, Promise<ProtectionFact>>();
  /** Look-ups that began before a `forget` must not be remembered after it. */
  #generation = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(repositoryId: number, ref: string, isExecuting: boolean): ProtectionFact | undefined {
    const entry = this.#entries.get(keyOf(repositoryId, ref));
    if (entry === undefined || this.#clock.now() >= entry.untilMs) return undefined;
    return isExecuting && !entry.fact.isProtected ? undefined : entry.fact;
  }

  /** Looks once for all who ask in the same moment; one who executes looks for themselves, now. */
  fetch(
    repositoryId: number,
    ref: string,
    isExecuting: boolean,
    look: () => Promise<ProtectionFact>,
  ): Promise<ProtectionFact> {
    const key = keyOf(repositoryId, ref);
    const shared = this.#underWay.get(key);
    if (shared !== undefined && !isExecuting) return shared;
    const generation = this.#generation;
    const found = look().then((fact) => {
      if (generation === this.#generation) this.#keep(key, repositoryId, fact);
      return fact;
    });
    if (isExecuting) return found;
    this.#underWay.set(key, found);
    const forget = (): void => {
      if (this.#underWay.get(key) === found) this.#underWay.delete(key);
    };
    found.then(forget, forget);
    return found;
  }

  forget(repositoryId: number | undefined): void {
    this.#generation += 1;
    this.#underWay.clear();
    for (const [key, entry] of this.#entries)
      if (repositoryId === undefined || entry.repositoryId === repositoryId) this.#entries.delete(key);
  }

  #keep(key: string, repositoryId: number, fact: ProtectionFact): void {
    // Deleted first, so that the newest stands last and the oldest is dropped.
    this.#entries.delete(key);
    if (fact.because.startsWith("unknown")) return;
    const forMs = fact.isProtected ? protectedForMs : unprotectedForMs;
    this.#entries.set(key, { repositoryId, fact, untilMs: this.#clock.now() + forMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest);
  }
}

function keyOf(repositoryId: number, ref: string): string {
  return `${repositoryId} ${ref}`;
}

/** Lets at most `width` tasks run at once; the others wait their turn. */
export function createGate(width: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
