// A masker whose literals grow: the gateway's own credentials change while it runs (rotation, installation tokens).
import type { Masker } from "../model/masking.ts";
import { createMasker, type MaskerOptions } from "./masker.ts";

export interface LearningMasker extends Masker {
  /** Masks these from now on, too; streams that have begun keep to what was known then. */
  learn(literals: readonly string[]): void;
}

/** The oldest are forgotten: by then they have long ended. */
const maxLiterals = 200;

export function createLearningMasker(options: MaskerOptions): LearningMasker {
  let known: ReadonlySet<string> = new Set(options.literals);
  let masker = createMasker(options);
  return {
    learn(literals) {
      if (literals.every((literal) => known.has(literal))) return;
      const newest = literals.slice(-maxLiterals);
      const others = [...known].filter((literal) => !newest.includes(literal));
      known = new Set([...others.slice(Math.max(0, others.length + newest.length - maxLiterals)), ...newest]);
      masker = createMasker({ ...options, literals: [...known] });
    },
    stream: (kind) => masker.stream(kind),
    events: () => masker.events(),
    mask: (text) => masker.mask(text),
    find: (bytes) => masker.find(bytes),
    findMasked: (bytes) => masker.findMasked(bytes),
  };
}
