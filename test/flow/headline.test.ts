import { describe, expect, it } from "@jest/globals";
import { headlineOf } from "../../lambda/flow/headline.ts";
import type { ChangeSummary, RefDiff } from "../../lambda/model/change.ts";

function change(...refs: Partial<RefDiff>[]): ChangeSummary {
  return {
    refs: refs.map((ref) => ({
      ref: "refs/heads/x",
      old: "0",
      new: "1",
      commits: [],
      files: [],
      isFastForward: true,
      ...ref,
    })),
    touchedPaths: [],
    touchesWorkflows: false,
    secrets: [],
    maskedValues: [],
    objects: { commits: 0, trees: 0, blobs: 0, tags: 0 },
    unreachableObjects: 0,
    isTruncated: false,
  };
}
const commit = {
  oid: "c1",
  parents: [],
  claimedAuthor: "a",
  claimedCommitter: "a",
  authoredAtMs: 0,
  message: "First line\n\nMore",
};
const file = {
  path: "a",
  status: "added" as const,
  newOid: "b1",
  added: 3,
  removed: 1,
  hunks: [],
  flags: [],
};

describe("a headline", () => {
  it("counts what two refs gain alike once", () => {
    const both = { commits: [commit], files: [file] };
    expect(headlineOf("Push", change(both, both))).toEqual({
      commits: 1,
      files: 1,
      added: 3,
      removed: 1,
      subject: "First line",
    });
  });

  it("is the operation's title when there is no commit", () => {
    expect(headlineOf("Delete a reference", undefined).subject).toBe("Delete a reference");
  });
});
