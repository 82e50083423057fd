// Which fields stay inside the repository that a query starts from, type by type: each with the neighbour that leaves.
import { describe, expect, it } from "@jest/globals";
import { graphql } from "./github.ts";

const effectOf = async (query: string): Promise<string> => (await graphql(query)).effect;
const inApp = (fields: string): Promise<string> =>
  effectOf(`{repository(owner:"acme",name:"app"){${fields}}}`);
const readsMany = async (payload: string, field = 'closeIssue(input:{issueId:"I_1"})'): Promise<boolean> => {
  const { graphql: read } = await graphql(`mutation{${field}{${payload}}}`);
  return read?.is === "mutation" && read.fields.some((one) => one.readsMany);
};

describe("a query of one repository", () => {
  it.each([
    "id __typename",
    "issues{totalCount pageInfo{endCursor} nodes{title}}",
    "issues{edges{cursor node{title}}}",
    "issues{edges{cursor node{...on Issue{title}}}}",
    "issues{...on IssueConnection{nodes{title}}}",
    "issues{edges{...on IssueEdge{node{title}}}}",
    "...{name}",
    "...@include(if:true){name}",
    "...on Repository{name}",
    "assignableUsers{edges{permission node{login}}}",
    "languages{edges{cursor node{name}}}",
    "defaultBranchRef{name target{oid ...on Commit{history{nodes{oid}}}}}",
    "pullRequest(number:1){reviewRequests{nodes{requestedReviewer{...on User{login} ...on Team{slug}}}}}",
    "pullRequest(number:1){headRef{name target{oid ...on Commit{oid}}}}",
    "pullRequest(number:1){statusCheckRollup{contexts{checkRunCount statusContextCount checkRunCountsByState{state count} statusContextCountsByState{state count} nodes{...on CheckRun{name} ...on StatusContext{context}}}}}",
    'object(oid:"x"){...on Blob{text} ...on Tree{entries{name}}}',
    "parent{...on Repository{name}}",
    "forks{totalCount}",
    "issueOrPullRequest(number:1){...on Issue{title} ...on PullRequest{title}}",
  ])("stays in it: %s", async (fields) => {
    expect(await inApp(fields)).toBe("read");
  });

  it.each([
    "unheardOf",
    "unheardOf{id}",
    "name{id}",
    "id ...on Node{id}",
    "issues{unheardOf}",
    "issues{nodes{title unheardOf}}",
    "issues{edges{unheardOf}}",
    "issues{edges{node{unheardOf}}}",
    "issues{edges{node{title} unheardOf{id}}}",
    "forks{nodes{name}}",
    "forks{edges{node{name}}}",
    "stargazers{nodes{login}}",
    "...on Owner{login}",
    "...on RepositoryInfo{name}",
    "owner{...on Organization{repositories{totalCount}}}",
    "owner{...on Repository{name}}",
    "owner{...on OrganizationPayload{login}}",
    "parent{...on Repository{issues{totalCount}}}",
    "pullRequest(number:1){headRef{name target{...on Commit{history{totalCount}}}}}",
    "pullRequest(number:1){headRef{target{...on Blob{text}}}}",
    "pullRequest(number:1){headRepository{issues{totalCount}}}",
    "defaultBranchRef{name ...on Issue{title}}",
    "...Missing",
  ])("leaves it: %s", async (fields) => {
    expect(await inApp(fields)).toBe("read-many");
  });

  it("is judged for each type that a fragment stands for", async () => {
    const stays = '{repository(owner:"acme",name:"app"){...F ...F}} fragment F on Repository{name}';
    expect(await effectOf(stays)).toBe("read");
    const parts = ["...F", "parent{...F}"];
    for (const fields of [parts, parts.toReversed()]) {
      const query = `{repository(owner:"acme",name:"app"){${fields.join(" ")}}} fragment F on Repository{issues{totalCount}}`;
      expect(await effectOf(query)).toBe("read-many");
    }
  });
});

describe("a query of the token's account", () => {
  it.each([
    ["login name", "read"],
    ["...on User{login}", "read"],
    ["login repositories{totalCount}", "read-many"],
    ["organizations{nodes{login}}", "read-many"],
  ])("that reads %s is %s", async (fields, effect) => {
    expect(await effectOf(`{viewer{${fields}}}`)).toBe(effect);
  });
});

describe("a query of a node", () => {
  it.each([
    ["id", "read"],
    ["...on PullRequest{title}", "read"],
    ["...on Repository{issues{nodes{title}}}", "read"],
    ["...on Repository{owner{...on User{repositories{nodes{name}}}}}", "read-many"],
    ["...on Organization{login}", "read-many"],
    ["unheardOf", "read-many"],
  ])("that reads %s is %s", async (fields, effect) => {
    const action = await graphql(`{node(id:"I_1"){${fields}}}`);
    expect(action).toMatchObject({ effect, operation: "graphql/query" });
    expect(action.graphql).toEqual({ is: "query", nodeIds: effect === "read" ? ["I_1"] : [] });
  });
});

describe("a mutation's answer", () => {
  it.each([
    "clientMutationId",
    "__typename",
    "issue{title comments{nodes{body}}}",
    "...on CloseIssuePayload{issue{title}}",
    "...{issue{title}}",
  ])("stays where it writes: %s", async (payload) => {
    expect(await readsMany(payload)).toBe(false);
  });

  it.each([
    "issue{repository{issues{totalCount}}}",
    "unheardOf",
    "...on CloseIssuePayload{unheardOf}",
    "...on Issue{title}",
    "...on PayloadOfAnother{issue{title}}",
  ])("may show other repositories: %s", async (payload) => {
    expect(await readsMany(payload)).toBe(true);
  });
});
