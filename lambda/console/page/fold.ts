// Folds long runs of unchanged lines, so that a reviewer sees the change and can open the rest.
import type { DiffLine } from "../../model/change.ts";

export interface Stretch {
  readonly kind: "shown" | "folded";
  /** Indexes into the hunk's lines: `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

const keptAround = 3;
const leastFolded = 6;

export function stretchesOf(lines: readonly DiffLine[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const push = (kind: Stretch["kind"], from: number, to: number): void => {
    if (to <= from) return;
    const last = stretches.at(-1);
    if (last?.kind === kind && last.to === from)
      stretches[stretches.length - 1] = { kind, from: last.from, to };
    else stretches.push({ kind, from, to });
  };
  let at = 0;
  while (at < lines.length) {
    let end = at;
    while (lines[end]?.kind === "context") end += 1;
    if (end === at) {
      push("shown", at, at + 1);
      at += 1;
      continue;
    }
    const head = at === 0 ? 0 : keptAround;
    const tail = end === lines.length ? 0 : keptAround;
    if (end - at - head - tail >= leastFolded) {
      push("shown", at, at + head);
      push("folded", at + head, end - tail);
      push("shown", end - tail, end);
    } else push("shown", at, end);
    at = end;
  }
  return stretches;
}
