import { describe, expect, it } from "@jest/globals";
import { entriesIn, rowsOf } from "../../../lambda/console/page/prompt-rows.ts";
import type { EntryView } from "../../../lambda/model/api.ts";
import { chainEntries } from "../../stand-ins/chain-fixtures.ts";
import { entryOf } from "../../stand-ins/console-fixtures.ts";

const kinds = (entries: readonly EntryView[]): string[] =>
  rowsOf(entries).map((row) => (row.is === "entry" ? `${row.depth} ${row.key}` : row.is));
const followUp = (interaction: string): EntryView => {
  const [model] = chainEntries("ses", 0);
  if (model === undefined) throw new Error("no model call");
  const { intent } = model;
  const caller = { ...intent.caller, labels: { interaction } };
  return { ...model, entry: `req_${interaction}`, intent: { ...intent, caller } };
};

describe("the rows of a session", () => {
  it("lead from the prompt over answer, tool and call to the commit, and name what is led back to none", () => {
    expect(kinds(chainEntries("ses", 0))).toEqual([
      "prompt",
      "1 req_model",
      "tool",
      "2 req_push",
      "commits",
      "tool",
      "unmatched",
      "0 req_other",
    ]);
  });

  it("stand in the order of time, without headings, where no model was asked", () => {
    const entries = [1, 2].map((n) => entryOf(`req_${n}`, "ses", n, { title: "Read" }));
    expect(kinds(entries)).toEqual(["0 req_1", "0 req_2"]);
  });

  it("gather the answers of one interaction under one prompt, and part those of two", () => {
    expect(
      kinds([followUp("a"), followUp("b"), followUp("a")]).filter((kind) => kind === "prompt"),
    ).toHaveLength(2);
  });

  it("hold every entry exactly once", () => {
    const entries = [...chainEntries("ses", 0), followUp("a")];
    expect(new Set(entriesIn(rowsOf(entries)))).toEqual(new Set(entries));
    expect(entriesIn(rowsOf(entries))).toHaveLength(entries.length);
  });
});
