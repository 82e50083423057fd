// Hunks tell the truth about a change, also when the change is too large for a fine comparison.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { DiffHunk } from "../../lambda/model/change.ts";
import { defaultScanLimits } from "../../lambda/scan/limits.ts";
import { DiffBudget, diffTexts, linesOf } from "../../lambda/scan/text-diff.ts";
import { fakeMasker } from "./fake-masker.ts";

function applied(old: string, hunks: readonly DiffHunk[]): string[] {
  const lines = linesOf(old);
  const result: string[] = [];
  let at = 1;
  for (const hunk of hunks) {
    const start = hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart;
    result.push(...lines.slice(at - 1, start - 1));
    for (const { kind, text, newLine } of hunk.lines) {
      if (kind === "removed") continue;
      expect(newLine).toBe(result.length + 1);
      result.push(text);
    }
    expect(hunk.lines.filter(({ kind }) => kind !== "added")).toHaveLength(hunk.oldLines);
    expect(hunk.lines.filter(({ kind }) => kind !== "removed")).toHaveLength(hunk.newLines);
    at = start + hunk.oldLines;
  }
  return [...result, ...lines.slice(at - 1)];
}

const text = fc
  .array(fc.constantFrom("a", "b", "c", "", "\u00e9\r"), { maxLength: 30 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

describe("hunks", () => {
  it.each([2_000, 1])("turn the old text into the new one, with up to %d edits looked for", (diffEdits) => {
    fc.assert(
      fc.property(text, text, (old, fresh) => {
        const budget = new DiffBudget({ ...defaultScanLimits, diffEdits });
        expect(applied(old, diffTexts(old, fresh, fakeMasker, budget).hunks)).toEqual(linesOf(fresh));
      }),
    );
  });

  it("are numbered like git's when one side has no lines", () => {
    const budget = new DiffBudget(defaultScanLimits);
    expect(diffTexts("", "a\n", fakeMasker, budget).hunks[0]).toMatchObject({ oldStart: 0, newStart: 1 });
    expect(diffTexts("a\n", "", fakeMasker, budget).hunks[0]).toMatchObject({ oldStart: 1, newStart: 0 });
  });

  it.each([
    [2, undefined, 1],
    [1, "the view is full; more changes follow", 0],
  ])("of two lines with room for %d say %j", (diffLines, omitted, shown) => {
    const budget = new DiffBudget({ ...defaultScanLimits, diffLines });
    const diff = diffTexts("a\n", "b\n", fakeMasker, budget);
    expect([diff.omitted, diff.hunks.length]).toEqual([omitted, shown]);
    expect(diff).toMatchObject({ added: 1, removed: 1 });
  });

  it("cut a very long line and say so", () => {
    const budget = new DiffBudget({ ...defaultScanLimits, diffLineChars: 10 });
    const diff = diffTexts("", `${"x".repeat(25)}\n`, fakeMasker, budget);
    expect(diff.hunks[0]?.lines[0]?.text).toBe(`${"x".repeat(10)}… (15 more characters)`);
    expect(diff.omitted).toBe("very long lines are cut");
  });
});
