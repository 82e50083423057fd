import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { DiffLine } from "../../../lambda/model/change.ts";
import { byImportance, modeChange } from "../../../lambda/console/page/file-order.ts";
import { stretchesOf } from "../../../lambda/console/page/fold.ts";
import { longestLine, longestRun, wordMarks } from "../../../lambda/console/page/word-diff.ts";
import { fileOf } from "../../stand-ins/console-fixtures.ts";

const line = (kind: DiffLine["kind"], text: string): DiffLine => ({ kind, text });
const changedWords = (lines: readonly DiffLine[], index: number): string[] | undefined =>
  wordMarks(lines)
    .get(index)
    ?.filter((word) => word.isChanged)
    .map((word) => word.text);

describe("word marks", () => {
  it("show what differs between a removed line and the added line after it", () => {
    const lines = [line("removed", "return round(total)"), line("added", "return floor(total)")];
    expect(changedWords(lines, 0)).toEqual(["round"]);
    expect(changedWords(lines, 1)).toEqual(["floor"]);
  });

  it("pair the lines of a run in order", () => {
    const lines = [
      line("removed", "first line a"),
      line("removed", "second line a"),
      line("added", "first line b"),
      line("added", "second line b"),
    ];
    expect([0, 1, 2, 3].map((index) => changedWords(lines, index))).toEqual([["a"], ["a"], ["b"], ["b"]]);
  });

  it("are left out where runs differ in length, or nearly everything differs", () => {
    expect(wordMarks([line("removed", "one two"), line("added", "one"), line("added", "two")]).size).toBe(0);
    expect(wordMarks([line("removed", "alpha beta gamma"), line("added", "1 2 3")]).size).toBe(0);
  });

  it("stop at long lines", () => {
    const pair = (length: number): DiffLine[] => {
      const same = "same ".repeat(length / 5 - 1);
      return [line("removed", `${same}older`), line("added", `${same}newer`)];
    };
    expect(wordMarks(pair(longestLine)).size).toBe(2);
    expect(wordMarks(pair(longestLine + 5)).size).toBe(0);
  });

  it("stop at long runs", () => {
    const run = (length: number): DiffLine[] => [
      ...Array.from({ length }, () => line("removed", "same old")),
      ...Array.from({ length }, () => line("added", "same new")),
    ];
    expect(wordMarks(run(longestRun)).size).toBe(2 * longestRun);
    expect(wordMarks(run(longestRun + 1)).size).toBe(0);
  });

  it("never change the text of a line", () => {
    const words = fc.array(fc.constantFrom("a", "b", " ", "foo", "(", "é"), { maxLength: 30 });
    fc.assert(
      fc.property(words, words, (before, after) => {
        const lines = [line("removed", before.join("")), line("added", after.join(""))];
        for (const [index, marks] of wordMarks(lines)) {
          expect(marks.map((word) => word.text).join("")).toBe(lines[index]?.text);
        }
      }),
    );
  });
});

describe("folding", () => {
  const context = (length: number): DiffLine[] => Array.from({ length }, () => line("context", "same"));
  const added = line("added", "new");

  it("keeps three lines around a change and folds the rest", () => {
    expect(stretchesOf([...context(10), added, ...context(10)])).toEqual([
      { kind: "folded", from: 0, to: 7 },
      { kind: "shown", from: 7, to: 14 },
      { kind: "folded", from: 14, to: 21 },
    ]);
  });

  it("folds six lines between two changes and not five", () => {
    const between = (length: number): string[] =>
      stretchesOf([added, ...context(length), added]).map((stretch) => stretch.kind);
    expect(between(12)).toEqual(["shown", "folded", "shown"]);
    expect(between(11)).toEqual(["shown"]);
  });

  it("covers every line once and never folds a change", () => {
    const kinds = fc.constantFrom<DiffLine["kind"]>("context", "context", "context", "added", "removed");
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 80 }), (all) => {
        const lines = all.map((kind) => line(kind, ""));
        let next = 0;
        for (const stretch of stretchesOf(lines)) {
          expect(stretch.from).toBe(next);
          next = stretch.to;
          if (stretch.kind !== "folded") continue;
          expect(lines.slice(stretch.from, stretch.to).every((each) => each.kind === "context")).toBe(true);
        }
        expect(next).toBe(lines.length);
      }),
    );
  });
});

describe("the order of files", () => {
  it("begins with secrets, then flagged files, then the rest by path", () => {
    const files = [
      fileOf("b.ts"),
      fileOf("package-lock.json", { flags: ["lockfile"] }),
      fileOf("a.ts"),
      fileOf(".github/workflows/ci.yml", { flags: ["workflow"] }),
      fileOf("z.env", { flags: ["secret"] }),
    ];
    expect(byImportance(files).map((file) => file.path)).toEqual([
      "z.env",
      ".github/workflows/ci.yml",
      "package-lock.json",
      "a.ts",
      "b.ts",
    ]);
  });

  it("names a mode change, and nothing where the mode stays", () => {
    expect(modeChange(fileOf("run.sh", { newMode: "100755" }))).toBe("100644 → 100755");
    expect(modeChange(fileOf("run.sh"))).toBeUndefined();
  });
});
