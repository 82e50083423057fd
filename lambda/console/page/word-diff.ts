// Marks the words that differ between removed lines and the added lines that follow them.
import { diffWordsWithSpace } from "diff";
import type { DiffLine } from "../../model/change.ts";

export interface Word {
  readonly text: string;
  readonly isChanged: boolean;
}

/** Longer lines and longer runs are shown without word marks: matching words costs quadratic time. */
export const longestLine = 1000;
export const longestRun = 40;
/** Where nearly everything differs, marks say nothing. */
const leastShared = 0.2;

/** By index in `lines`; a line without an entry has no word marks. */
export function wordMarks(lines: readonly DiffLine[]): ReadonlyMap<number, readonly Word[]> {
  const marks = new Map<number, readonly Word[]>();
  let at = 0;
  while (at < lines.length) {
    const removed = runLength(lines, at, "removed");
    const added = runLength(lines, at + removed, "added");
    // Only runs of equal length pair up line by line; anything else would be a guess.
    if (removed === added && removed > 0 && removed <= longestRun) {
      for (let index = 0; index < removed; index += 1)
        markPair(marks, lines, at + index, at + removed + index);
    }
    at += Math.max(1, removed + added);
  }
  return marks;
}

function runLength(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): number {
  let at = from;
  while (lines[at]?.kind === kind) at += 1;
  return at - from;
}

function markPair(
  marks: Map<number, readonly Word[]>,
  lines: readonly DiffLine[],
  oldIndex: number,
  newIndex: number,
): void {
  const before = lines[oldIndex]?.text ?? "";
  const after = lines[newIndex]?.text ?? "";
  if (before.length > longestLine || after.length > longestLine) return;
  const changes = diffWordsWithSpace(before, after);
  const shared = changes
    .filter((change) => !change.added && !change.removed)
    .reduce((sum, change) => sum + change.value.trim().length, 0);
  if (shared < leastShared * Math.max(before.length, after.length)) return;
  const words = (side: "added" | "removed"): Word[] =>
    changes
      .filter((change) => change[side] || (!change.added && !change.removed))
      .map((change) => ({ text: change.value, isChanged: change[side] }));
  marks.set(oldIndex, words("removed"));
  marks.set(newIndex, words("added"));
}
