import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mutations } from "../../lambda/classify/mutations.ts";
import { hasReader } from "../../lambda/classify/graphql-writes.ts";
import type { Action } from "../../lambda/model/action.ts";
import { graphql as named, inputSent, oid, resolved } from "./github.ts";
import { ask, codeOf, sentText } from "./requests.ts";

const send = (json: unknown): Promise<Action> => ask("POST", "/api/graphql", { json });
const changes = async (query: string, variables: object = {}): Promise<string[]> =>
  (await resolved(query, variables)).refs.map(({ change, ref }) => `${change} ${ref}`);

describe("the GraphQL envelope", () => {
  it.each([
    ["a list", [{ query: "{viewer{login}}" }]],
    ["extensions", { query: "{viewer{login}}", extensions: { persistedQuery: {} } }],
    ["an unknown key", { query: "{viewer{login}}", id: "x" }],
    ["no query", { variables: {} }],
    ["variables that are a list", { query: "{viewer{login}}", variables: [] }],
    [
      "two operations",
      { query: 'query A{viewer{login}} mutation B{deleteRef(input:{refId:"R"}){x}}', operationName: "B" },
    ],
    ["another operationName", { query: "query A{viewer{login}}", operationName: "B" }],
    ["a subscription", { query: "subscription{x}" }],
    ["a schema", { query: "type Query{x:Int}" }],
    ["an unknown directive", { query: "{viewer@defer{login}}" }],
    ["an argument twice", { query: '{repository(owner:"a",owner:"b",name:"c"){id}}' }],
    ["a key twice", { query: 'mutation{deleteRef(input:{refId:"a",refId:"b"}){x}}' }],
    ["an undefined fragment", { query: "{...F}" }],
    [
      "two fragments of one name",
      { query: "{...F} fragment F on Query{id} fragment F on Query{viewer{login}}" },
    ],
    ["31 levels", { query: `${"{a".repeat(31)}${"}".repeat(31)}` }],
    ["5,001 tokens", { query: `{${"a ".repeat(5_000)}}` }],
    ["more than 100 KiB", { query: `{a #${"x".repeat(102_400)}\n}` }],
    ["nonsense", { query: "{" }],
  ])("refuses %s", async (_what, json) => {
    expect(await codeOf(send(json))).toBe("GH_BAD_BODY");
  });

  it("takes 30 levels and not 31", async () => {
    const nested = (levels: number): string => `${"{a".repeat(levels)}${"}".repeat(levels)}`;
    expect(await codeOf(named(nested(30)))).toBe("passed");
    expect(await codeOf(named(nested(31)))).toBe("GH_BAD_BODY");
  });

  it("refuses a hundred thousand braces without running out of stack", async () => {
    expect(await codeOf(named("{a".repeat(50_000)))).toBe("GH_BAD_BODY");
  });

  it.each([
    ["GET", "/api/graphql", "GH_METHOD_NOT_ALLOWED"],
    ["POST", "/api/graphql?query=x", "GH_BAD_QUERY"],
    ["POST", "/api/v3/graphql", "GH_UNKNOWN_OPERATION"],
    ["POST", "/api/graphql/x", "GH_UNKNOWN_PATH"],
  ])("is POST at one address alone: %s %s", async (method, target, code) => {
    const asked = method === "GET" ? {} : { json: { query: "{viewer{login}}" } };
    expect(await codeOf(ask(method, target, asked))).toBe(code);
  });

  it("takes no other content type than application/json", async () => {
    const body = JSON.stringify({ query: "{viewer{login}}" });
    const typed = (type: string): Promise<Action> =>
      ask("POST", "/api/graphql", { body, headers: [["content-type", type]] });
    expect(await codeOf(typed("application/graphql"))).toBe("GH_UNSUPPORTED_MEDIA");
    expect(await codeOf(typed("application/json; charset=utf-8"))).toBe("passed");
  });

  it("is served on the API's own host too, and carries no feature header", async () => {
    const { send: sent } = await ask("POST", "/graphql", {
      host: "api.gw.test",
      json: { query: "{viewer{login}}" },
      headers: [
        ["GraphQL-Features", "issues_copilot_assignment_api_support"],
        ["Accept", "application/vnd.github.preview+json"],
      ],
    });
    expect(sent).toMatchObject({ upstream: "graphql", method: "POST", segments: ["graphql"] });
    expect(sent.headers).toEqual([
      ["accept", "application/json"],
      ["content-type", "application/json"],
    ]);
  });
});

describe("GraphQL queries", () => {
  it.each([
    [
      "one repository",
      '{repository(owner:"acme",name:"app"){pullRequests(first:9){nodes{title author{login}}}}}',
      "read",
    ],
    ["its parent's name", '{repository(owner:"acme",name:"app"){parent{name owner{login}}}}', "read"],
    [
      "its parent's issues",
      '{repository(owner:"acme",name:"app"){parent{issues{nodes{title}}}}}',
      "read-many",
    ],
    [
      "its parent's issues by a fragment",
      '{repository(owner:"acme",name:"app"){parent{...on Repository{issues{nodes{title}}}}}}',
      "read-many",
    ],
    [
      "its owner's repositories",
      '{repository(owner:"acme",name:"app"){owner{...on Organization{repositories{nodes{name}}}}}}',
      "read-many",
    ],
    ["its forks", '{repository(owner:"acme",name:"app"){forks{nodes{name}}}}', "read-many"],
    ["the number of its forks", '{repository(owner:"acme",name:"app"){forks{totalCount}}}', "read"],
    [
      "cross references",
      '{repository(owner:"acme",name:"app"){issue(number:1){timelineItems{nodes{id}}}}}',
      "read-many",
    ],
    [
      "two repositories",
      '{a:repository(owner:"acme",name:"app"){id} b:repository(owner:"acme",name:"site"){id}}',
      "read-many",
    ],
    [
      "one repository twice",
      '{a:repository(owner:"acme",name:"app"){id} b:repository(owner:"ACME",name:"App"){name}}',
      "read",
    ],
    ["the schema", '{__schema{types{name}} __type(name:"Ref"){name}}', "read"],
    ["the token's account", "{viewer{login}}", "read"],
    ["the account's repositories", "{viewer{repositories{nodes{name}}}}", "read-many"],
    ["an organization", '{organization(login:"acme"){login}}', "read-many"],
    [
      "a bound search",
      '{search(type:ISSUE,query:"repo:acme/app is:open",first:1){nodes{...on Issue{title}}}}',
      "read",
    ],
    [
      "an open search",
      '{search(type:ISSUE,query:"is:open",first:1){nodes{...on Issue{title}}}}',
      "read-many",
    ],
    [
      "a search of two",
      '{search(type:ISSUE,query:"repo:acme/app OR repo:acme/vault"){issueCount}}',
      "read-many",
    ],
    ["what nobody knows", "{brandNew{id}}", "read-many"],
  ])("of %s are %s", async (_what, query, effect) => {
    expect((await named(query)).effect).toBe(effect);
  });

  it("take a repository's name from variables and their defaults", async () => {
    const query = 'query($o:String!,$n:String="app"){repository(owner:$o,name:$n){id}}';
    expect((await named(query, { o: "acme" })).repository).toEqual({ owner: "acme", name: "app" });
  });

  it("that start from nodes read where the nodes lie", async () => {
    const query = "query($ids:[ID!]!){nodes(ids:$ids){...on PullRequest{title}}}";
    expect((await resolved(query, { ids: ["PR_vault"] })).repository?.fullName).toBe("acme/vault");
    expect((await resolved(query, { ids: ["PR_vault", "PR_5"] })).action.effect).toBe("read-many");
    expect((await resolved(query, { ids: ["PVT"] })).action.effect).toBe("read-many");
  });

  it("open each fragment once, so that doubling ones cost nothing", async () => {
    const chain = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Commit{a:parents{nodes{...F${i + 1}}} b:parents{nodes{...F${i + 1}}}}`,
    );
    const query = `{repository(owner:"acme",name:"app"){object(oid:"x"){...F0}}} ${chain.join(" ")} fragment F60 on Commit{oid}`;
    expect((await named(query)).effect).toBe("read");
  });
});

describe("GraphQL mutations", () => {
  it("are in a table, each with one effect, and each branch write has a reading of its own", () => {
    const branchWrites = [...mutations.values()].filter(({ effect }) => effect === "branch-write");
    expect([mutations.size, branchWrites.length]).toEqual([247, 12]);
    expect(branchWrites.filter(({ name }) => !hasReader(name))).toEqual([]);
  });

  it.each([
    ["an unknown one", "mutation{launch(input:{}){x}}"],
    ["an unknown key", 'mutation{updateIssue(input:{id:"I_1",agentAssignment:{}}){x}}'],
    ["an unknown key of a branch write", 'mutation{deleteRef(input:{refId:"REF_dev",alsoDelete:"x"}){x}}'],
  ])("are refused when nobody classified them: %s", async (_what, query) => {
    expect(await codeOf(named(query))).toBe("GH_UNKNOWN_OPERATION");
  });

  it.each([
    [
      "createRef",
      '{repositoryId:"R_app",name:"refs/heads/new",oid:"' + oid("b") + '"}',
      ["create refs/heads/new"],
    ],
    ["updateRef", '{refId:"REF_main",oid:"' + oid("b") + '",force:true}', ["update refs/heads/main"]],
    ["deleteRef", '{refId:"REF_dev"}', ["delete refs/heads/dev"]],
    ["mergeBranch", '{repositoryId:"R_app",base:"main",head:"dev"}', ["update refs/heads/main"]],
    ["mergePullRequest", '{pullRequestId:"PR_5"}', ["update refs/heads/main"]],
    ["enqueuePullRequest", '{pullRequestId:"PR_5"}', ["update refs/heads/main"]],
    ["enablePullRequestAutoMerge", '{pullRequestId:"PR_5"}', ["update refs/heads/main"]],
    ["updatePullRequestBranch", '{pullRequestId:"PR_5"}', ["update refs/heads/feature"]],
    ["createDeployment", '{repositoryId:"R_app",refId:"REF_dev"}', ["update refs/heads/dev"]],
    ["createLinkedBranch", '{issueId:"I_1",name:"new",oid:"' + oid("b") + '"}', ["create refs/heads/new"]],
    [
      "updateRefs",
      `{repositoryId:"R_app",refUpdates:[{name:"refs/heads/dev",afterOid:"${oid("b")}"},{name:"refs/heads/main",afterOid:"${oid("0")}"}]}`,
      ["update refs/heads/dev", "delete refs/heads/main"],
    ],
    [
      "createCommitOnBranch",
      '{branch:{repositoryNameWithOwner:"acme/app",branchName:"refs/heads/main"},message:{headline:"x"}}',
      ["update refs/heads/main"],
    ],
    ["createCommitOnBranch", '{branch:{id:"REF_dev"},message:{headline:"x"}}', ["update refs/heads/dev"]],
  ])("change the refs that they name: %s", async (name, input, expected) => {
    expect(await changes(`mutation{${name}(input:${input}){clientMutationId}}`)).toEqual(expected);
  });

  it("are bound to the head that was looked at", async () => {
    const merge = await resolved(
      'mutation{mergePullRequest(input:{pullRequestId:"PR_5"}){clientMutationId}}',
    );
    expect(inputSent(merge)).toEqual({ pullRequestId: "PR_5", expectedHeadOid: oid("f") });
    const commit = await resolved(
      'mutation{createCommitOnBranch(input:{branch:{id:"REF_dev"},message:{headline:"x"}}){ref{name}}}',
    );
    expect(inputSent(commit)).toMatchObject({
      branch: { repositoryNameWithOwner: "acme/app", branchName: "dev" },
      expectedHeadOid: oid("d"),
    });
    const refs = await resolved(
      `mutation{updateRefs(input:{repositoryId:"R_app",refUpdates:[{name:"refs/heads/dev",afterOid:"${oid("b")}"}]}){clientMutationId}}`,
    );
    expect(inputSent(refs).refUpdates).toEqual([
      { name: "refs/heads/dev", afterOid: oid("b"), beforeOid: oid("d") },
    ]);
  });

  it.each([
    [
      "both an id and names",
      'createCommitOnBranch(input:{branch:{id:"REF_dev",repositoryNameWithOwner:"acme/app",branchName:"main"},message:{headline:"x"}})',
    ],
    [
      "writes in two repositories",
      'closeIssue(input:{issueId:"I_1"}){x} closePullRequest(input:{pullRequestId:"PR_vault"})',
    ],
    [
      "one ref twice",
      `a:updateRef(input:{refId:"REF_dev",oid:"${oid("b")}"}){x} b:deleteRef(input:{refId:"REF_dev"})`,
    ],
    ["a ref where a pull request belongs", 'mergePullRequest(input:{pullRequestId:"REF_dev"})'],
    [
      "a path with dot segments",
      'createCommitOnBranch(input:{branch:{id:"REF_dev"},message:{headline:"x"},fileChanges:{additions:[{path:"a/../.github/workflows/x.yml",contents:""}]}})',
    ],
  ])("are refused when they have two readings: %s", async (_what, field) => {
    expect(await codeOf(resolved(`mutation{${field}{clientMutationId}}`))).toBe("GH_BAD_BODY");
  });

  it("name the files of a commit", async () => {
    const { paths } = await resolved(
      'mutation{createCommitOnBranch(input:{branch:{id:"REF_dev"},message:{headline:"x"},fileChanges:{additions:[{path:"a",contents:""}],deletions:[{path:".github/workflows/x.yml"}]}}){clientMutationId}}',
    );
    expect(paths).toEqual(["a", ".github/workflows/x.yml"]);
  });

  it("take the repository from the ids, and none when an id lies elsewhere or nowhere", async () => {
    const place = async (field: string): Promise<string | undefined> =>
      (await resolved(`mutation{${field}{clientMutationId}}`)).repository?.fullName;
    expect(await place('mergePullRequest(input:{pullRequestId:"PR_vault"})')).toBe("acme/vault");
    expect(await place('addProjectV2ItemById(input:{projectId:"PVT",contentId:"I_1"})')).toBeUndefined();
    expect(await place('followUser(input:{userId:"U_bob"})')).toBeUndefined();
    expect(
      await place('closeIssue(input:{issueId:"I_1"}){x} followUser(input:{userId:"U_bob"})'),
    ).toBeUndefined();
  });

  it.each([
    ["people", '["U_bob"]', "write"],
    ["a bot", '["U_bob","BOT"]', "indirect"],
  ])("that assign %s are %s", async (_whom, ids, effect) => {
    const { action } = await resolved(
      `mutation{addAssigneesToAssignable(input:{assignableId:"I_1",assigneeIds:${ids}}){clientMutationId}}`,
    );
    expect(action.effect).toBe(effect);
  });

  it.each([
    ["people", '["U_bob"]', "[]", "write"],
    ["a bot", '["U_bob","BOT"]', "[]", "indirect"],
    ["what should be a team and is none", "[]", '["BOT"]', "indirect"],
  ])("that ask %s for a review are %s", async (_whom, users, teams, effect) => {
    const { action } = await resolved(
      `mutation{requestReviews(input:{pullRequestId:"PR_5",userIds:${users},teamIds:${teams}}){clientMutationId}}`,
    );
    expect(action.effect).toBe(effect);
  });

  it.each([
    ['closePullRequest(input:{pullRequestId:"PR_5"})', "write"],
    ['reopenPullRequest(input:{pullRequestId:"PR_5"})', "write"],
    ['updatePullRequest(input:{pullRequestId:"PR_5",state:CLOSED})', "write"],
    ['markPullRequestReadyForReview(input:{pullRequestId:"PR_5"})', "write"],
    ['convertPullRequestToDraft(input:{pullRequestId:"PR_5"})', "write"],
    ['disablePullRequestAutoMerge(input:{pullRequestId:"PR_5"})', "write"],
    ['dequeuePullRequest(input:{id:"PR_5"})', "write"],
    ['updatePullRequest(input:{pullRequestId:"PR_5",baseRefName:"main"})', "indirect"],
    ['enablePullRequestAutoMerge(input:{pullRequestId:"PR_5"})', "branch-write"],
    ['enqueuePullRequest(input:{pullRequestId:"PR_5"})', "branch-write"],
  ])("that change a pull request's state: %s is %s", async (field, effect) => {
    expect((await resolved(`mutation{${field}{clientMutationId}}`)).action.effect).toBe(effect);
  });

  it("are asked about as a read across repositories when their answer may show others", async () => {
    const effects = async (payload: string): Promise<string[] | undefined> =>
      (await resolved(`mutation{closeIssue(input:{issueId:"I_1"}){${payload}}}`)).action.parts?.map(
        ({ effect }) => effect,
      );
    expect(await effects("issue{title}")).toEqual(["write"]);
    expect(await effects("issue{repository{owner{...on Organization{repositories{nodes{name}}}}}}")).toEqual([
      "write",
      "read-many",
    ]);
  });

  it("are the same action however they are written", async () => {
    const plain = await resolved('mutation{deleteRef(input:{refId:"REF_main"}){clientMutationId}}');
    const decided = ({ action, refs }: typeof plain): unknown => [
      action.operation,
      action.effect,
      refs,
      inputSent({ action }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[a-z]\w{0,8}$/),
        fc.constantFrom("literal", "variable", "default", "nested"),
        fc.array(fc.constantFrom("inline", "named"), { maxLength: 4 }),
        fc.constantFrom("", "@include(if:true)", "@skip(if:false)"),
        async (alias, how, wraps, directive) => {
          const [declared, input, variables] = {
            literal: ["", '{refId:"REF_main"}', {}],
            variable: ["($v:DeleteRefInput!)", "$v", { v: { refId: "REF_main" } }],
            default: ['($v:ID="REF_main")', "{refId:$v}", {}],
            nested: ["($v:ID!)", "{refId:$v}", { v: "REF_main" }],
          }[how] as [string, string, object];
          let body = `${alias}:deleteRef(input:${input})${directive}{clientMutationId}`;
          const fragments: string[] = [];
          for (const [index, wrap] of wraps.entries()) {
            if (wrap === "named") fragments.push(`fragment F${index} on Mutation{${body}}`);
            body = wrap === "named" ? `...F${index}` : `...on Mutation{${body}}`;
          }
          const written = await resolved(`mutation${declared}{${body}} ${fragments.join(" ")}`, variables);
          expect(decided(written)).toEqual(decided(plain));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("never send the client's own text: comments, unused fragments and undeclared variables are gone", async () => {
    const action = await named(
      "mutation($x:ID!){deleteRef(input:{refId:$x}){clientMutationId}} # note\nfragment Unused on Ref{name}",
      { x: "REF_dev", extra: "y" },
    );
    expect(JSON.parse(sentText(action) ?? "")).toEqual({
      query:
        "mutation ($input0: DeleteRefInput!) {\n  deleteRef(input: $input0) {\n    clientMutationId\n  }\n}",
      variables: { input0: { refId: "REF_dev" } },
    });
  });
});
