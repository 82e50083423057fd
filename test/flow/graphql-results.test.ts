import { describe, expect, it } from "@jest/globals";
import { GraphQLResults } from "../../lambda/flow/graphql-results.ts";
import type { Part } from "../../lambda/model/action.ts";

const part = (answerKey: string): Part => ({
  operation: "graphql/updateRef",
  title: "Update a Git Ref",
  effect: "branch-write",
  answerKey,
  refs: [{ ref: `refs/heads/${answerKey}`, change: "update", force: "no" }],
  touchesAllBranches: false,
});

function results(answer: string, status = 200): ReturnType<GraphQLResults["end"]> {
  const reader = new GraphQLResults([part("a"), part("constructor")]);
  for (const byte of Buffer.from(answer)) reader.push(Uint8Array.of(byte));
  return reader.end(status);
}

describe("the results of a GraphQL document", () => {
  it("are told field by field", () => {
    const { refs, isRefused } = results(
      '{"data":{"a":{"x":1},"constructor":null},"errors":[{"type":"STALE_DATA"}]}',
    );
    expect(isRefused).toBe(true);
    expect(refs).toEqual([
      { ref: "refs/heads/a", ok: true },
      { ref: "refs/heads/constructor", ok: false, reason: "GitHub answered with an error (STALE_DATA)" },
    ]);
  });

  it("are good when every field has a value", () => {
    expect(results('{"data":{"a":{},"constructor":{}}}').isRefused).toBe(false);
  });

  it.each([
    ["no data", "{}", 200],
    ["half an answer", '{"data":{"a":{}', 200],
    ["another status", '{"data":{"a":{},"constructor":{}}}', 502],
    ["more than can be read", `{"data":{"a":{},"constructor":{"x":"${"y".repeat(1024 * 1024)}"}}}`, 200],
  ])("are never good with %s", (_what, answer, status) => {
    expect(results(answer, status).refs.map(({ ok }) => ok)).toEqual([false, false]);
  });
});
