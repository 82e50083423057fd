// A query is a read of one repository only where nothing in it leads out of it; what is not known to stay, spans.
import { describe, expect, it } from "@jest/globals";
import type { Action } from "../../lambda/model/action.ts";
import { ask, codeOf } from "./requests.ts";

const queried = (query: string): Promise<Action> => ask("POST", "/api/graphql", { json: { query } });
const home = '(owner:"acme",name:"app"){name}';
const search = (query: string, type = "ISSUE", fields = "issueCount"): string =>
  `{search(query:${JSON.stringify(query)},type:${type},first:5){${fields}}}`;

describe("a GraphQL query", () => {
  it("of public facts names no repository", async () => {
    for (const query of ["{viewer{login}}", "{__typename}", "{rateLimit{cost}}", "{__schema{types{name}}}"])
      expect(await queried(query)).toMatchObject({ operation: "graphql/public-facts", effect: "read" });
  });

  it("of one repository is a read of it", async () => {
    const action = await queried(`{repository${home} again:repository${home}}`);
    expect(action).toMatchObject({
      surface: "graphql",
      operation: "graphql/query",
      title: "GraphQL query: repository",
      effect: "read",
      repository: { owner: "acme", name: "app" },
      branches: { from: "none" },
      paths: [],
      parameters: { fields: "repository" },
      graphql: { is: "query", nodeIds: [] },
    });
  });

  it("of one repository in two spellings is a read of it, and of two is none", async () => {
    expect((await queried(`{repository${home} b:repository(owner:"ACME",name:"App"){name}}`)).effect).toBe(
      "read",
    );
    for (const second of ['(owner:"acme",name:"vault"){name}', '(owner:"other",name:"app"){name}']) {
      const action = await queried(`{repository${home} b:repository${second}}`);
      expect(action.effect).toBe("read-many");
      expect(action).not.toHaveProperty("repository");
    }
  });

  it("of nodes asks about each id once, 50 of them at most", async () => {
    expect((await queried('{node(id:"A"){id} nodes(ids:["A","B"]){id}}')).graphql).toEqual({
      is: "query",
      nodeIds: ["A", "B"],
    });
    const ids = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, at) => `N${at}`));
    expect(await codeOf(queried(`{nodes(ids:${ids(50)}){id}}`))).toBe("passed");
    expect(await codeOf(queried(`{nodes(ids:${ids(51)}){id}}`))).toBe("GH_BAD_BODY");
  });

  it("of more nodes than one look-up takes spans, however they are spread over its fields", async () => {
    const nodes = (count: number): string =>
      `{${[50, 50, count - 100]
        .map((part, field) => {
          const ids = Array.from({ length: part }, (_, at) => `N${field}_${at}`);
          return `f${field}:nodes(ids:${JSON.stringify(ids)}){id}`;
        })
        .join(" ")}}`;
    expect(await queried(nodes(100))).toMatchObject({
      effect: "read",
      graphql: { nodeIds: { length: 100 } },
    });
    expect(await queried(nodes(101))).toMatchObject({ effect: "read-many", graphql: { nodeIds: [] } });
  });

  it.each(["{node(id:1){id}}", '{nodes(ids:"A"){id}}', '{nodes(ids:["A",1]){id}}', "{node{id}}"])(
    "with an id that is no text is refused: %s",
    async (query) => {
      expect(await codeOf(queried(query))).toBe("GH_BAD_BODY");
    },
  );

  it.each([
    '(owner:"acme"){name}',
    '(name:"app"){name}',
    '(owner:1,name:"app"){name}',
    '(owner:"acme",name:1){name}',
    '(owner:"-acme",name:"app"){name}',
    '(owner:"acme",name:"a.git"){name}',
  ])("of a repository without both names is refused: %s", async (selection) => {
    expect(await codeOf(queried(`{repository${selection}}`))).toBe("GH_BAD_BODY");
  });

  it.each(['{organization(login:"acme"){name}}', '{user(login:"x"){login}}', '{topic(name:"x"){name}}'])(
    "of anything else spans: %s",
    async (query) => {
      expect(await queried(query)).toMatchObject({ effect: "read-many", operation: "graphql/query" });
    },
  );

  it("shows a title and fields of bounded length", async () => {
    const fields = Array.from({ length: 60 }, (_, at) => `topicNumber${at}Long{name}`).join(" ");
    const { title, parameters } = await queried(`{${fields}}`);
    expect(title).toHaveLength(200);
    expect(parameters.fields).toHaveLength(1_000);
  });
});

describe("a search", () => {
  it.each([
    "repo:acme/app is:open",
    "  repo:acme/app  ",
    "is:open REPO:Acme/app",
    "repo:acme/app Ortho",
    "repo:acme/app xorg:y",
    "repo:acme/app door",
  ])("that one repo: binds is a read of it: %j", async (text) => {
    const { effect, repository } = await queried(search(text));
    expect([effect, `${repository?.owner ?? ""}/${repository?.name ?? ""}`.toLowerCase()]).toEqual([
      "read",
      "acme/app",
    ]);
  });

  it.each([
    "is:open",
    "",
    "repo:acme/app repo:acme/vault",
    "repo:acme/app or x",
    "repo:acme/app OR x",
    "x AND repo:acme/app",
    "NOT repo:acme/app",
    "-repo:acme/app",
    "xrepo:acme/app",
    "repo:acme/app/x",
    "repo:acme/app,acme/vault",
    "repo:acme",
    "repo:/app",
    "repo:acme/",
    "repo:-acme/app",
    "repo:acme/a.git",
    "repo:acme/app org:acme",
    "repo:acme/app -org:acme",
    "repo:acme/app user:x",
    "repo:acme/app owner:x",
    "repo:acme/app enterprise:x",
    'repo:acme/app "x',
    "repo:acme/app (x",
    "repo:acme/app x)",
    "repo:acme/app \\x",
  ])("that another word could widen spans: %j", async (text) => {
    expect((await queried(search(text))).effect).toBe("read-many");
  });

  it("of another type, or with fields that lead on, spans", async () => {
    expect((await queried(search("repo:acme/app", "REPOSITORY"))).effect).toBe("read-many");
    expect((await queried(search("repo:acme/app", "ISSUE", "nodes{unknownField{x}}"))).effect).toBe(
      "read-many",
    );
  });
});
