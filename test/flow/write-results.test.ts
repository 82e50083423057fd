// Which commits a write made, as GitHub's answer says it in each protocol.
import { describe, expect, it } from "@jest/globals";
import { commitsPushed } from "../../lambda/flow/made-commits.ts";
import { writeResults } from "../../lambda/flow/write-results.ts";
import type { ChangeSummary } from "../../lambda/model/change.ts";

const oid = "c0ffee".padEnd(40, "0");
const ref = { ref: "refs/heads/main", change: "update", force: "no" } as const;

function made(
  operation: string,
  answer: unknown,
  { isTool = false, status = 200 }: { isTool?: boolean; status?: number } = {},
): readonly string[] {
  const results = writeResults({ operation, refs: [ref], isTool });
  for (const byte of Buffer.from(JSON.stringify(answer))) results.push(Uint8Array.of(byte));
  return results.end(status).commits;
}
const toolResult = (value: unknown, isError = false): unknown => ({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text: JSON.stringify(value) }], isError },
});

describe("a REST answer", () => {
  it.each([
    ["repos/create-or-update-file-contents", { content: { sha: "0".repeat(40) }, commit: { sha: oid } }],
    ["repos/delete-file", { content: null, commit: { sha: oid } }],
    ["repos/merge", { sha: oid, commit: { message: "x" } }],
    ["pulls/merge", { sha: oid, merged: true }],
    ["git/create-commit", { sha: oid }],
  ])("of %s names the commit that was made", (operation, answer) => {
    expect(made(operation, answer)).toEqual([oid]);
  });

  it.each(["git/update-ref", "git/create-ref", "repos/rename-branch"])(
    "of %s names none: it moves a branch to a commit that exists",
    (operation) => {
      expect(made(operation, { object: { sha: oid }, commit: { sha: oid } })).toEqual([]);
    },
  );

  it("names none when GitHub did not do it", () => {
    expect(made("pulls/merge", { sha: oid }, { status: 409 })).toEqual([]);
  });

  it.each([{ sha: "c0ffee" }, { sha: oid.toUpperCase() }, { sha: [oid] }, [oid], null])(
    "that holds no whole id names none: %j",
    (answer) => {
      expect(made("pulls/merge", answer)).toEqual([]);
    },
  );
});

describe("a tool's result", () => {
  it.each([
    ["repos/create-or-update-file-contents", { commit: { sha: oid } }],
    ["repos/create-or-update-file-contents", { ref: "refs/heads/x", object: { sha: oid } }],
    ["pulls/merge", { sha: oid, merged: true }],
  ])("of %s names the commit inside its text", (operation, value) => {
    expect(made(operation, toolResult(value), { isTool: true })).toEqual([oid]);
  });

  it("names none when it is an error", () => {
    expect(made("pulls/merge", toolResult({ sha: oid }, true), { isTool: true })).toEqual([]);
  });
});

describe("a GraphQL answer", () => {
  const part = {
    operation: "graphql/createCommitOnBranch",
    title: "",
    effect: "branch-write",
    answerKey: "a",
    refs: [],
    touchesAllBranches: false,
  } as const;
  const commitsOf = (data: unknown): readonly string[] => {
    const results = writeResults({ operation: "graphql", refs: [], parts: [part], isTool: false });
    results.push(Buffer.from(JSON.stringify({ data })));
    return results.end(200).commits;
  };

  it("names the commit where the document asked for it", () => {
    expect(commitsOf({ a: { commit: { oid } } })).toEqual([oid]);
  });

  it.each([{ a: { commit: { url: "x" } } }, { a: null }, { b: { commit: { oid } } }])(
    "names none otherwise: %j",
    (data) => {
      expect(commitsOf(data)).toEqual([]);
    },
  );
});

describe("a push", () => {
  it("brings the commits of the refs that GitHub took, each once", () => {
    const gains = (name: string, ...oids: string[]): unknown => ({
      ref: `refs/heads/${name}`,
      commits: oids.map((one) => ({ oid: one })),
    });
    const change = {
      refs: [gains("a", "3", "2"), gains("b", "9"), gains("c", "2", "1")],
    } as unknown as ChangeSummary;
    const results = [
      { ref: "refs/heads/a", ok: true },
      { ref: "refs/heads/b", ok: false },
      { ref: "refs/heads/c", ok: true },
    ];
    expect(commitsPushed(change, results)).toEqual(["3", "2", "1"]);
    expect(commitsPushed(undefined, results)).toEqual([]);
  });
});
