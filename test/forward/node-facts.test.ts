// What node ids name is taken from GitHub's answer alone, and a doubtful answer is none.
import { describe, expect, it } from "@jest/globals";
import { createFacts } from "../../lambda/forward/facts.ts";
import type { UpstreamRequest } from "../../lambda/model/action.ts";
import type { GitHubFacts } from "../../lambda/model/ports.ts";
import { answerWith, chunksOf, codeOf, noCredential } from "./stand-in.ts";

function factsOver(json: unknown, status = 200): { facts: GitHubFacts; asked: UpstreamRequest[] } {
  const asked: UpstreamRequest[] = [];
  const facts = createFacts({
    upstream: {
      send: (request) => {
        asked.push(request);
        return Promise.resolve(answerWith(status, [], chunksOf(Buffer.from(JSON.stringify(json)))));
      },
    },
    credentials: { credential: () => Promise.resolve(noCredential), secrets: () => Promise.resolve([]) },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  return { facts, asked };
}

const place = { repository: { databaseId: 7 } };

describe("nodes", () => {
  it("are asked for in one GraphQL query, and read type by type", async () => {
    const nodes = [
      { __typename: "Repository", databaseId: 7 },
      { __typename: "Ref", prefix: "refs/heads/", name: "main", ...place },
      { __typename: "PullRequest", number: 5, ...place },
      { __typename: "Label", name: "bug", ...place },
      { __typename: "User", login: "bob" },
    ];
    const { facts, asked } = factsOver({ data: { nodes } });
    expect(await facts.nodes(["a", "b", "c", "d", "e"])).toEqual([
      { type: "Repository", repositoryId: 7 },
      { type: "Ref", repositoryId: 7, ref: "refs/heads/main" },
      { type: "PullRequest", repositoryId: 7, number: 5 },
      { type: "Label", repositoryId: 7, name: "bug" },
      { type: "User", name: "bob" },
    ]);
    expect(asked.map(({ upstream, method, segments }) => [upstream, method, ...segments])).toEqual([
      ["graphql", "POST", "graphql"],
    ]);
  });

  it("that GitHub does not show are undefined", async () => {
    const { facts } = factsOver({ data: { nodes: [null] }, errors: [{ type: "NOT_FOUND" }] });
    expect(await facts.nodes(["a"])).toEqual([undefined]);
  });

  it.each([
    ["another error", { data: { nodes: [null] }, errors: [{ type: "FORBIDDEN" }] }],
    ["fewer nodes than ids", { data: { nodes: [] } }],
    ["a ref without its name", { data: { nodes: [{ __typename: "Ref", ...place }] } }],
    ["no data", { errors: [{ type: "RATE_LIMITED" }] }],
    ["something else", ["x"]],
  ])("are no answer when GitHub answers with %s", async (_what, json) => {
    expect(await codeOf(factsOver(json).facts.nodes(["a"]))).toBe("GH_FACTS_UNAVAILABLE");
  });

  it("are no answer when GraphQL itself is not found", async () => {
    expect(await codeOf(factsOver({}, 404).facts.nodes(["a"]))).toBe("GH_FACTS_UNAVAILABLE");
  });
});
