// A masker whose literals grow: the gateway's own credentials change while it runs (rotation, installation tokens).
import type { Masker } from "../model/masking.ts";
import { createMasker, type MaskerOptions } from "./masker.ts";

export interface LearningMasker extends Masker {
  /** Masks these from now on, too; streams that have begun keep to what was known then. */
  learn(literals: readonly string[]): void;
}

/** The oldest that were learned are forgotten: by then they have long ended. What was there at the start never is. */
const maxLearned = 200;

export function createLearningMasker(options: MaskerOptions): LearningMasker {
  const own: ReadonlySet<string> = new Set(options.literals);
  let learned: readonly string[] = [];
  let masker = createMasker(options);
  return {
    learn(literals) {
      const fresh = literals.filter((literal) => !own.has(literal));
      if (fresh.every((literal) => learned.includes(literal))) return;
      const others = learned.filter((literal) => !fresh.includes(literal));
      learned = [...others, ...fresh].slice(-maxLearned);
      masker = createMasker({ ...options, literals: [...own, ...learned] });
    },
    stream: (kind) => masker.stream(kind),
    events: () => masker.events(),
    mask: (text) => masker.mask(text),
    find: (bytes) => masker.find(bytes),
    findMasked: (bytes) => masker.findMasked(bytes),
  };
}
