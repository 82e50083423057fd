// Line by line, what changes in one text file; secrets are masked before a line leaves this file.
import type { StructuredPatchHunk } from "diff";
import { structuredPatch } from "diff";
import type { DiffHunk, DiffLine } from "../model/change.ts";
import type { Masker } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";
import type { ScanLimits } from "./limits.ts";

export interface TextDiff {
  readonly hunks: readonly DiffHunk[];
  readonly added: number;
  readonly removed: number;
  /** The added lines as they are, to look for what cannot be seen. Never shown. */
  readonly rawAdded: string;
  readonly omitted?: string;
  readonly masks: readonly MaskCount[];
  /** Whether a line that would land is shown masked. */
  readonly hidesNewLines: boolean;
}

type Hunk = Omit<StructuredPatchHunk, "oldStart" | "newStart"> & { oldStart: number; newStart: number };

const context = 3;

/** Shared by all files of one push. */
export class DiffBudget {
  lines: number;
  chars: number;
  readonly lineChars: number;
  readonly edits: number;

  constructor(limits: ScanLimits) {
    this.lines = limits.diffLines;
    this.chars = limits.diffChars;
    this.lineChars = limits.diffLineChars;
    this.edits = limits.diffEdits;
  }
}

export function diffTexts(old: string, fresh: string, masker: Masker, budget: DiffBudget): TextDiff {
  const [maskedOld, maskedFresh] = [masker.mask(old), masker.mask(fresh)];
  let before = { raw: linesOf(old), shown: linesOf(maskedOld.text) };
  let after = { raw: linesOf(fresh), shown: linesOf(maskedFresh.text) };
  let hunks: Hunk[];
  if (before.raw.length === before.shown.length && after.raw.length === after.shown.length) {
    // Compared raw, shown masked: a rotated secret still shows as a changed line.
    hunks = hunksOf(old, fresh, before.raw, after.raw, budget);
  } else {
    before = { raw: before.shown, shown: before.shown };
    after = { raw: after.shown, shown: after.shown };
    hunks = hunksOf(maskedOld.text, maskedFresh.text, before.raw, after.raw, budget);
  }
  return present(hunks, before.shown, after, [...maskedOld.counts, ...maskedFresh.counts], budget);
}

function present(
  raw: readonly Hunk[],
  oldShown: readonly string[],
  fresh: { raw: readonly string[]; shown: readonly string[] },
  counts: readonly MaskCount[],
  budget: DiffBudget,
): TextDiff {
  const hunks: DiffHunk[] = [];
  // A byte order mark is normal at the start of a file only.
  const addedLines: string[] = [];
  let [added, removed] = [0, 0];
  let omitted: string | undefined;
  let [isMasked, hidesNewLines] = [false, false];
  for (const hunk of raw) {
    const lines: DiffLine[] = [];
    let [oldLine, newLine] = [hunk.oldStart, hunk.newStart];
    for (const line of hunk.lines) {
      const sign = line[0];
      if (sign !== " " && sign !== "-" && sign !== "+") continue;
      const shown = (sign === "-" ? oldShown[oldLine - 1] : fresh.shown[newLine - 1]) ?? "";
      if (shown !== line.slice(1)) {
        isMasked = true;
        hidesNewLines ||= sign !== "-";
      }
      if (sign === "+") {
        added += 1;
        if (addedLines.length === 0 && newLine > 1) addedLines.push("");
        addedLines.push(fresh.raw[newLine - 1] ?? "");
      } else if (sign === "-") removed += 1;
      const kind = sign === "+" ? "added" : sign === "-" ? "removed" : "context";
      const text = cutLine(shown, budget.lineChars);
      if (text !== shown) omitted = "very long lines are cut";
      lines.push({
        kind,
        text,
        ...(kind !== "added" && { oldLine }),
        ...(kind !== "removed" && { newLine }),
      });
      if (sign !== "+") oldLine += 1;
      if (sign !== "-") newLine += 1;
    }
    budget.lines -= lines.length;
    budget.chars -= lines.reduce((sum, { text }) => sum + text.length, 0);
    if (budget.lines < 0 || budget.chars < 0) omitted = "the view is full; more changes follow";
    else hunks.push({ ...headOf(hunk), lines });
  }
  return {
    hunks,
    added,
    removed,
    rawAdded: addedLines.join("\n"),
    ...(omitted !== undefined && { omitted }),
    masks: isMasked ? counts : [],
    hidesNewLines,
  };
}

/** Git's own numbering: a side without lines is counted from the line before. */
function headOf(hunk: Hunk): Omit<DiffHunk, "lines"> {
  const { oldLines, newLines } = hunk;
  return {
    oldStart: oldLines === 0 ? hunk.oldStart - 1 : hunk.oldStart,
    oldLines,
    newStart: newLines === 0 ? hunk.newStart - 1 : hunk.newStart,
    newLines,
  };
}

function hunksOf(
  old: string,
  fresh: string,
  oldLines: readonly string[],
  newLines: readonly string[],
  budget: DiffBudget,
): Hunk[] {
  const patch = structuredPatch("", "", old, fresh, undefined, undefined, {
    context,
    maxEditLength: budget.edits,
  });
  return patch?.hunks ?? oneBlock(oldLines, newLines);
}

/** When too much differs for a fine comparison: everything between the common beginning and end is replaced. */
function oneBlock(old: readonly string[], fresh: readonly string[]): Hunk[] {
  const shorter = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < shorter && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const start = Math.max(0, head - context);
  const after = Math.min(tail, context);
  const lines = [
    ...old.slice(start, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...fresh.slice(head, fresh.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - tail + after).map((line) => ` ${line}`),
  ];
  return [
    {
      oldStart: start + 1,
      oldLines: old.length - tail + after - start,
      newStart: start + 1,
      newLines: fresh.length - tail + after - start,
      lines,
    },
  ];
}

/** As the diff counts them: a newline ends a line. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** As the view shows a long line. */
export function cutLine(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit).toWellFormed()}… (${text.length - limit} more characters)`;
}
