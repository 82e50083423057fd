// A GraphQL document has one reading or none: one operation, nothing twice, and bounds that count every bracket.
import { describe, expect, it } from "@jest/globals";
import { documentSent, graphql } from "./github.ts";
import { ask, codeOf } from "./requests.ts";

const send = (json: unknown): ReturnType<typeof ask> => ask("POST", "/api/graphql", { json });
const why = async (json: unknown): Promise<string> => {
  try {
    await send(json);
    return "passed";
  } catch (error) {
    return (error as Error).message;
  }
};
const viewer = "{viewer{login}}";
const labelled = (argument: string): string =>
  `mutation{updateTopics(input:{repositoryId:"R_app",topicNames:${argument}}){clientMutationId}}`;

describe("a refusal says what is wrong", () => {
  it.each([
    [[{ query: viewer }], "it is a list"],
    ["x", "it is not a JSON object"],
    [null, "it is not a JSON object"],
    [{ query: viewer, extensions: {} }, "persisted queries"],
    [{ query: viewer, other: 1 }, "other keys"],
    [{}, "query is not a string"],
    [{ query: "{a\ud800}" }, "lone surrogate"],
    [{ query: viewer, variables: "x" }, "variables is not a JSON object"],
    [{ query: viewer, variables: [] }, "variables is not a JSON object"],
    [{ query: "fragment F on User{id}" }, "exactly one operation"],
    [{ query: `query A${viewer} query B${viewer}`, operationName: "A" }, "exactly one operation"],
    [{ query: `${viewer} type A{x:Int}` }, "something else than a query"],
    [{ query: `${viewer} fragment F on User{id} fragment F on User{id}` }, "two fragments"],
    [{ query: "subscription{x}" }, "subscriptions are not served"],
    [{ query: `query A${viewer}`, operationName: "B" }, "operationName is not the name"],
    [{ query: viewer, operationName: "A" }, "operationName is not the name"],
    [{ query: viewer, operationName: 1 }, "operationName is not the name"],
    [{ query: "{viewer{login}" }, "one valid GraphQL document"],
    [{ query: '{viewer{login(a:"' }, "one valid GraphQL document"],
    [{ query: "{viewer@include(if:true,if:false){login}}" }, "an argument stands twice"],
    [{ query: "query($a:Int,$a:Int){viewer{login}}" }, "a variable stands twice"],
    [{ query: "query($__proto__:Int){viewer{login}}" }, "a variable has a name"],
    [{ query: "{viewer(__proto__:1){login}}" }, "an argument has a name"],
    [{ query: "{viewer(a:{__proto__:1}){login}}" }, "a key has a name"],
    [{ query: "{viewer(a:9007199254740992){login}}" }, "beyond 2^53"],
    [{ query: "{viewer(a:-9007199254740992){login}}" }, "beyond 2^53"],
  ])("of %j: %s", async (json, sentence) => {
    expect(await why(json)).toContain(sentence);
  });
});

describe("an envelope", () => {
  it.each([
    { query: `query A${viewer}`, operationName: "A" },
    { query: viewer, operationName: "" },
    { query: viewer, operationName: null },
    { query: `query A${viewer}`, operationName: null },
    { query: viewer, variables: null },
    { query: "{viewer(a:9007199254740991){login}}" },
  ])("is taken: %j", async (json) => {
    expect(await codeOf(send(json))).toBe("passed");
  });

  it("stands at one address, without a slash behind it", async () => {
    expect(await codeOf(ask("POST", "/api/graphql/", { json: { query: viewer } }))).toBe("GH_BAD_TARGET");
  });

  it.each([
    ["application/json;charset=utf-8", "passed"],
    ["application/json ; charset=UTF-8", "passed"],
    ['application/json; charset="utf-8"', "passed"],
    ["text/application/json; charset=utf-8", "GH_UNSUPPORTED_MEDIA"],
    ["application/json; charset=utf-8; x=y", "GH_UNSUPPORTED_MEDIA"],
    ["application/json; charset=utf-16", "GH_UNSUPPORTED_MEDIA"],
  ])("of the type %s is %s", async (type, code) => {
    const body = JSON.stringify({ query: viewer });
    expect(await codeOf(ask("POST", "/api/graphql", { body, headers: [["content-type", type]] }))).toBe(code);
  });

  it("says who asks, and nothing else of the client's headers", async () => {
    const { send: sent } = await ask("POST", "/api/graphql", {
      json: { query: viewer },
      headers: [
        ["user-agent", "gh"],
        ["x-github-next-global-id", "1"],
        ["accept-language", "de"],
      ],
    });
    expect(sent).toMatchObject({ query: [], segments: ["graphql"] });
    expect(sent.headers).toEqual([
      ["user-agent", "gh"],
      ["accept", "application/json"],
      ["content-type", "application/json"],
    ]);
  });

  it("longer than the limit of bodies is refused", async () => {
    const limited = ask("POST", "/api/graphql", { json: { query: viewer }, limits: { jsonBytes: 20 } });
    expect(await codeOf(limited)).toBe("GH_BODY_TOO_LARGE");
  });
});

describe("a document's bounds", () => {
  const sized = (bytes: number): string => `${viewer}#${"x".repeat(bytes - viewer.length - 1)}`;
  const words = (tokens: number): string => `{${"a ".repeat(tokens - 2)}}`;

  it("are 100 KiB, to the byte", async () => {
    expect(await why({ query: sized(102_400) })).toBe("passed");
    expect(await why({ query: sized(102_401) })).toContain("longer than 102400 bytes");
  });

  it("are 5,000 tokens, to the token", async () => {
    expect(await why({ query: words(5_000) })).toBe("passed");
    expect(await why({ query: words(5_001) })).toContain("more than 5000 tokens");
  });

  it("are 30 levels of lists, objects and calls too", async () => {
    const list = (levels: number): string => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
    expect(await why({ query: `{viewer(a:${list(28)}){login}}` })).toBe("passed");
    expect(await why({ query: `{viewer(a:${list(29)}){login}}` })).toContain("more than 30 levels");
    const calls = `{${"a(b:[1]) ".repeat(40)}}`;
    expect(await why({ query: calls })).toBe("passed");
  });

  it("open each fragment at the top once", async () => {
    const query =
      'mutation{...F ...F} fragment F on Mutation{closeIssue(input:{issueId:"I_1"}){clientMutationId} ...F}';
    const { graphql: read } = await graphql(query);
    expect(read).toMatchObject({ is: "mutation", fields: { length: 1 } });
  });

  it("refuse an input with a number that programs round", async () => {
    expect(await codeOf(graphql(labelled("[9007199254740993]")))).toBe("GH_BAD_BODY");
    expect(await codeOf(graphql(labelled('["a"]')))).toBe("passed");
  });
});

describe("a variable", () => {
  const query = 'query($a:String="default"){topic(name:$a){name}}';

  it.each([
    [{ a: "given" }, { a: "given" }],
    [{ a: null }, { a: null }],
    [{}, { a: "default" }],
    [{ b: 1 }, { a: "default" }],
  ])("of %j is sent as %j", async (given, expected) => {
    expect(documentSent(await graphql(query, given)).variables).toEqual(expected);
  });

  it("without a value or default is not sent", async () => {
    expect(documentSent(await graphql("query($a:String){topic(name:$a){name}}")).variables).toEqual({});
  });
});
