// What GitHub gets of a mutation: the very values that were decided on, and no more of the client's text than it needs.
import { describe, expect, it } from "@jest/globals";
import { documentSent, graphql, type SentDocument } from "./github.ts";
import { codeOf } from "./requests.ts";

const sent = async (query: string, variables: object = {}): Promise<SentDocument> => {
  const document = documentSent(await graphql(query, variables));
  return { ...document, query: document.query.replace(/\s+/g, " ") };
};
const close = (payload: string, alias = ""): string =>
  `${alias}closeIssue(input:{issueId:"I_1"}){${payload}}`;

describe("the document that is sent of a mutation", () => {
  it("keeps the variables that stay in use, with their values and defaults", async () => {
    const query = `mutation M($if:Boolean!,$n:Int=5,$id:ID!,$none:Int){closeIssue(input:{issueId:$id})@include(if:$if){issue{comments(first:$n,last:$none){nodes{id}}}}}`;
    expect(await sent(query, { if: true, id: "I_1" })).toEqual({
      query:
        "mutation M($input0: CloseIssueInput!, $if: Boolean!, $n: Int = 5, $none: Int) { " +
        "closeIssue(input: $input0) @include(if: $if) { issue { comments(first: $n, last: $none) { nodes { id } } } } }",
      variables: { input0: { issueId: "I_1" }, if: true, n: 5 },
    });
  });

  it("keeps the fragments that it reaches, through each other too, and no others", async () => {
    const query = `fragment Unused on Issue{id} mutation($n:Int!,$m:Int!){...A} fragment A on Mutation{${close("issue{...B}")}} fragment B on Issue{comments(first:$n){nodes{id}}} fragment C on Issue{comments(first:$m){nodes{id}}}`;
    expect(await sent(query, { n: 1, m: 2 })).toEqual({
      query:
        "mutation ($input0: CloseIssueInput!, $n: Int!) { ...A } fragment A on Mutation { closeIssue(input: $input0) " +
        "{ issue { ...B } } } fragment B on Issue { comments(first: $n) { nodes { id } } }",
      variables: { input0: { issueId: "I_1" }, n: 1 },
    });
  });

  it("never takes a name that the client took", async () => {
    const declared = `mutation($input0:Int=3,$input1:Int){${close("issue{comments(first:$input0,last:$input1){nodes{id}}}")}}`;
    expect(await sent(declared)).toEqual({
      query:
        "mutation ($input2: CloseIssueInput!, $input0: Int = 3, $input1: Int) { closeIssue(input: $input2) " +
        "{ issue { comments(first: $input0, last: $input1) { nodes { id } } } } }",
      variables: { input2: { issueId: "I_1" }, input0: 3 },
    });
  });

  it("gives each of several mutations a variable of its own", async () => {
    expect(
      await sent(`mutation{${close("clientMutationId", "a:")} ${close("clientMutationId", "b:")}}`),
    ).toEqual({
      query:
        "mutation ($input0: CloseIssueInput!, $input1: CloseIssueInput!) { a: closeIssue(input: $input0) " +
        "{ clientMutationId } b: closeIssue(input: $input1) { clientMutationId } }",
      variables: { input0: { issueId: "I_1" }, input1: { issueId: "I_1" } },
    });
  });

  it("has one variable for one field that stands in two fragments", async () => {
    const query = `mutation{...A ...B} fragment A on Mutation{${close("clientMutationId")}} fragment B on Mutation{${close("issue{id}")}}`;
    expect(await sent(query)).toEqual({
      query:
        "mutation ($input0: CloseIssueInput!) { ...A ...B } " +
        "fragment A on Mutation { closeIssue(input: $input0) { clientMutationId } } " +
        "fragment B on Mutation { closeIssue(input: $input0) { issue { id } } }",
      variables: { input0: { issueId: "I_1" } },
    });
  });

  it("ends where fragments go round in a circle", async () => {
    const query = `mutation{...A} fragment A on Mutation{...A ${close("issue{...B}")}} fragment B on Issue{id ...B}`;
    expect(await codeOf(graphql(query))).toBe("passed");
  });

  it("is none where a fragment is missing, however deep", async () => {
    expect(await codeOf(graphql(`mutation{${close("issue{...Missing}")}}`))).toBe("GH_BAD_BODY");
    const nested = `mutation{${close("issue{...A}")}} fragment A on Issue{...Missing}`;
    expect(await codeOf(graphql(nested))).toBe("GH_BAD_BODY");
  });
});

describe("the document that is sent of a query", () => {
  it("is printed anew, with the values of the variables that it declares", async () => {
    const query = 'query Q($n:String!,$o:String="acme"){repository(owner:$o,name:$n){id}} # a note';
    expect(await sent(query, { n: "app", undeclared: 1 })).toEqual({
      query: 'query Q($n: String!, $o: String = "acme") { repository(owner: $o, name: $n) { id } }',
      variables: { n: "app", o: "acme" },
    });
  });
});
