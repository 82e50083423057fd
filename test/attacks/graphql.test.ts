// One document can hide a merge behind an alias, in a fragment, after a harmless field, behind a directive, in a batch.
// Each is decided as what GitHub would carry out; what has two readings is refused; and no mutation of it leaves.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { graphql, mutationsUpstream, type GraphQLAnswer } from "../stand-ins/graphql.ts";
import { settled } from "../stand-ins/oracle.ts";

let gateway: GatewayUnderTest;
let sent = 0;
const ids: Record<string, string> = {};
const session = "ses-attack-graphql";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 500 } } });
  const { data } = await ask({
    query: `{ repository(owner: "acme", name: "app") { id
      main: ref(qualifiedName: "refs/heads/main") { id target { oid } }
      dev: ref(qualifiedName: "refs/heads/feature/discounts") { id target { oid } }
      pullRequests(states: OPEN, first: 1) { nodes { id } } } }`,
  });
  const found = data?.repository as {
    id: string;
    main: { id: string; target: { oid: string } };
    dev: { id: string; target: { oid: string } };
    pullRequests: { nodes: { id: string }[] };
  };
  Object.assign(ids, {
    repo: found.id,
    main: found.main.id,
    oid: found.main.target.oid,
    dev: found.dev.id,
    devOid: found.dev.target.oid,
    pull: found.pullRequests.nodes[0]?.id ?? "",
  });
});
afterAll(async () => {
  try {
    expect(await mutationsUpstream(gateway)).toEqual([]);
    expect(await settled(gateway, session, sent)).toHaveLength(sent);
    expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
  } finally {
    await discard(gateway);
  }
});

function ask(body: unknown, headers: Record<string, string> = {}): Promise<GraphQLAnswer> {
  sent += 1;
  return graphql(gateway, "alice", body, { session, headers });
}

/** `$main` and the like become the ids that the sandbox gave. */
function filled(text: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_all, name: string) => ids[name] ?? "missing");
}

async function code(query: string, variables: object = {}, more: object = {}): Promise<string> {
  const body = filled(JSON.stringify({ query, variables, ...more }).replaceAll("£", "$"));
  const answer = await ask(body);
  return answer.code ?? String(answer.status);
}

const merge = 'mergePullRequest(input: { pullRequestId: "£{pull}" }) { clientMutationId }';
const drop = 'deleteRef(input: { refId: "£{main}" }) { clientMutationId }';
const move = 'updateRef(input: { refId: "£{main}", oid: "£{devOid}", force: true }) { clientMutationId }';
const comment = 'addComment(input: { subjectId: "£{pull}", body: "x" }) { clientMutationId }';

describe("a write to main under another face waits for a person", () => {
  it.each<[string, string, object?]>([
    ["an alias [GRAPHQL-01]", `mutation { addStar: ${merge} }`],
    ["an alias that is a query's field", `mutation { viewer: ${drop} }`],
    ["a named fragment [GRAPHQL-02]", `mutation { ...F } fragment F on Mutation { ${drop} }`],
    ["an inline fragment [GRAPHQL-02]", `mutation { ... on Mutation { ... { ${drop} } } }`],
    [
      "fragments within fragments",
      `mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { ${move} }`,
    ],
    ["a harmless write first [GRAPHQL-03]", `mutation { a: ${comment} b: ${move} }`],
    ["a harmless write last [GRAPHQL-03]", `mutation { b: ${move} a: ${comment} }`],
    [
      "skipped by a variable [GRAPHQL-05]",
      `mutation (£s: Boolean!) { ${drop.replace(") {", ") @skip(if: £s) {")} }`,
      { s: true },
    ],
    [
      "included by a default [GRAPHQL-05]",
      `mutation (£s: Boolean = true) { ... @include(if: £s) { ${drop} } }`,
    ],
    [
      "an id in a variable's default",
      `mutation (£r: ID = "£{main}") { deleteRef(input: { refId: £r }) { clientMutationId } }`,
    ],
    [
      "a variable under another name",
      `mutation (£dev: ID!) { deleteRef(input: { refId: £dev }) { clientMutationId } }`,
      { dev: "£{main}" },
    ],
    [
      "the other spelling of its id [GRAPHQL-08]",
      `mutation { deleteRef(input: { refId: "REF_£{main}" }) { clientMutationId } }`,
    ],
    [
      "a qualified branch name [GRAPHQL-10]",
      `mutation (£in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: £in) { clientMutationId } }`,
      {
        in: {
          branch: { repositoryNameWithOwner: "acme/app", branchName: "refs/heads/main" },
          message: { headline: "x" },
          expectedHeadOid: "£{oid}",
          fileChanges: { additions: [{ path: "a", contents: "eA==" }] },
        },
      },
    ],
    [
      "the repository in capitals",
      `mutation (£in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: £in) { clientMutationId } }`,
      {
        in: {
          branch: { repositoryNameWithOwner: "ACME/App", branchName: "main" },
          message: { headline: "x" },
          expectedHeadOid: "£{oid}",
          fileChanges: { additions: [{ path: "a", contents: "eA==" }] },
        },
      },
    ],
    [
      "many refs and main among them [GRAPHQL-11]",
      `mutation (£in: UpdateRefsInput!) { updateRefs(input: £in) { clientMutationId } }`,
      {
        in: {
          repositoryId: "£{repo}",
          refUpdates: [
            { name: "refs/heads/feature/discounts", afterOid: "£{oid}" },
            { name: "refs/heads/main", afterOid: "0".repeat(40) },
          ],
        },
      },
    ],
    [
      "auto-merge",
      `mutation { enablePullRequestAutoMerge(input: { pullRequestId: "£{pull}" }) { clientMutationId } }`,
    ],
    [
      "the merge queue",
      `mutation { enqueuePullRequest(input: { pullRequestId: "£{pull}" }) { clientMutationId } }`,
    ],
    [
      "a merge of branches",
      `mutation { mergeBranch(input: { repositoryId: "£{repo}", base: "main", head: "feature/discounts" }) { clientMutationId } }`,
    ],
    [
      "a linked branch on a protected name",
      `mutation { createRef(input: { repositoryId: "£{repo}", name: "refs/heads/release/9", oid: "£{oid}" }) { clientMutationId } }`,
    ],
    [
      "a tag",
      `mutation { createRef(input: { repositoryId: "£{repo}", name: "refs/tags/v9", oid: "£{oid}" }) { clientMutationId } }`,
    ],
  ])("%s", async (_what, query, variables = {}) => {
    expect(await code(query, variables)).toBe("GH_PENDING");
  });

  it.each([
    ".github/workflows/x.yml",
    ".GitHub/Workflows/x.yml",
    "./.github/workflows/x.yml",
    ".github//workflows/x.yml",
    ".github/./workflows/x.yml",
    "src/../.github/workflows/x.yml",
    "/.github/workflows/x.yml",
    ".github/workflows/\u200bx.yml",
    ".github\\workflows\\x.yml",
    ".github",
    ".github/workflows",
  ])("a workflow file on a free branch, spelled %j", async (path) => {
    const input = {
      branch: { repositoryNameWithOwner: "acme/app", branchName: "feature/discounts" },
      message: { headline: "x" },
      expectedHeadOid: "£{devOid}",
      fileChanges: { additions: [{ path, contents: "eA==" }] },
    };
    const query =
      "mutation (£in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: £in) { clientMutationId } }";
    expect(["GH_PENDING", "GH_BAD_BODY"]).toContain(await code(query, { in: input }));
  });

  it("and the reviewer reads every write of the document, the innocent one too", async () => {
    const answer = await ask(
      filled(JSON.stringify({ query: `mutation { a: ${comment} b: ${drop} }` }).replaceAll("£", "$")),
    );
    const plan = answer.errors[0]?.extensions?.gatehouse.plan;
    const card = await pendingApproval(gateway, "carol", ({ id }) => id === plan);
    expect(card.title).toContain("addComment, deleteRef");
    expect(card.refs.map(({ ref, change }) => `${change} ${ref}`)).toEqual(["delete refs/heads/main"]);
  });
});

describe("a document with two readings is refused, and so is what its field does not take", () => {
  it.each<[string, string, object?, object?]>([
    [
      "two operations [GRAPHQL-04]",
      `query A { viewer { login } } mutation B { ${drop} }`,
      {},
      { operationName: "B" },
    ],
    ["two operations, none named [GRAPHQL-04]", `query A { viewer { login } } mutation B { ${drop} }`],
    ["another operation's name [GRAPHQL-04]", `mutation B { ${drop} }`, {}, { operationName: "A" }],
    ["a query beside a mutation [GRAPHQL-04]", `{ viewer { login } } mutation { ${drop} }`],
    ["an unknown directive [GRAPHQL-05]", `mutation { ${comment.replace(") {", ") @if(x: 1) {")} }`],
    [
      "both forms of a branch [GRAPHQL-10]",
      `mutation (£in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: £in) { clientMutationId } }`,
      {
        in: {
          branch: { id: "£{dev}", repositoryNameWithOwner: "acme/app", branchName: "main" },
          message: { headline: "x" },
          expectedHeadOid: "£{oid}",
          fileChanges: {},
        },
      },
    ],
    [
      "a branch under a branch's prefix [GRAPHQL-10]",
      `mutation (£in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: £in) { clientMutationId } }`,
      {
        in: {
          branch: { repositoryNameWithOwner: "acme/app", branchName: "heads/main" },
          message: { headline: "x" },
          expectedHeadOid: "£{oid}",
          fileChanges: {},
        },
      },
    ],
    [
      "a repository's id for a ref [GRAPHQL-09]",
      `mutation { deleteRef(input: { refId: "£{repo}" }) { clientMutationId } }`,
    ],
    [
      "a ref's id for a pull request [GRAPHQL-09]",
      `mutation { mergePullRequest(input: { pullRequestId: "£{dev}" }) { clientMutationId } }`,
    ],
    [
      "one ref twice [GRAPHQL-11]",
      `mutation (£in: UpdateRefsInput!) { updateRefs(input: £in) { clientMutationId } }`,
      {
        in: {
          repositoryId: "£{repo}",
          refUpdates: [
            { name: "refs/heads/x", afterOid: "£{oid}" },
            { name: "refs/heads/x", afterOid: "£{devOid}" },
          ],
        },
      },
    ],
    ["braces without end [GRAPHQL-13]", "{a".repeat(30_000)],
    ["lists without end [GRAPHQL-13]", `{ a(x: ${"[".repeat(40_000)}${"]".repeat(40_000)}) }`],
    [
      "ten thousand aliases [GRAPHQL-13]",
      `{ ${Array.from({ length: 10_000 }, (_, i) => `a${i}: viewer { login }`).join(" ")} }`,
    ],
    ["a fragment that holds itself", "mutation { ...F } fragment F on Mutation { ...F }"],
    ["a fragment that nobody defined", "mutation { ...F }"],
    ["a schema's definition", `extend type Mutation { x: Int } mutation { ${drop} }`],
    ["a subscription", "subscription { x }"],
    ["a NUL", "mutation { \0 }"],
    [
      "half a character",
      `mutation { addComment(input: { subjectId: "£{pull}", body: "\\ud800" }) { clientMutationId } }`,
    ],
    ["an unknown write", "mutation { grantEverything(input: {}) { ok } }"],
    [
      "an unknown key [HEADERS-05]",
      `mutation { updateIssue(input: { id: "£{pull}", agentAssignment: {} }) { clientMutationId } }`,
    ],
  ])("%s", async (_what, query, variables = {}, more = {}) => {
    const got = await code(query, variables, more);
    expect(["GH_BAD_BODY", "GH_UNKNOWN_OPERATION", "GH_NOT_FOUND", "GH_BODY_TOO_LARGE"]).toContain(got);
  });

  it.each<[string, unknown]>([
    ["a batch [GRAPHQL-06]", [{ query: "{ viewer { login } }" }, { query: "mutation { x }" }]],
    ["a batch of one [GRAPHQL-06]", [{ query: "{ viewer { login } }" }]],
    ["a persisted query", { extensions: { persistedQuery: { version: 1, sha256Hash: "a".repeat(64) } } }],
    ["a query that stands twice", '{"query":"{ viewer { login } }","query":"mutation { x }"}'],
    ["a query that is no text", { query: { query: "mutation { x }" } }],
    ["variables in a text", { query: "{ viewer { login } }", variables: "{}" }],
    ["a document's id", { documentId: "x", query: "{ viewer { login } }" }],
  ])("%s", async (_what, body) => {
    expect((await ask(body)).code).toBe("GH_BAD_BODY");
  });

  it("one that comes by GET, by a form, as text or in another place [GRAPHQL-07]", async () => {
    const bearer = await gateway.token("alice", { session });
    const send = async (method: string, path: string, type?: string, body?: string): Promise<number> => {
      sent += 1;
      const headers = {
        authorization: `Bearer ${bearer}`,
        ...(type === undefined ? {} : { "content-type": type }),
      };
      const init = { method, headers, ...(body === undefined ? {} : { body }) };
      return (await fetch(`${gateway.gateway}${path}`, init)).status;
    };
    const text = "mutation { x }";
    expect([
      await send("GET", `/api/graphql?query=${encodeURIComponent(text)}`),
      await send("POST", `/api/graphql?query=${encodeURIComponent(text)}`, "application/json", "{}"),
      await send("POST", "/api/graphql", "application/graphql", text),
      await send("POST", "/api/graphql", "application/x-www-form-urlencoded", `query=${text}`),
      await send("POST", "/api/graphql", "text/plain", JSON.stringify({ query: text })),
      await send("PUT", "/api/graphql", "application/json", JSON.stringify({ query: text })),
      await send("POST", "/api/v3/graphql", "application/json", JSON.stringify({ query: text })),
      await send("POST", "/api/graphql/", "application/json", JSON.stringify({ query: text })),
      await send("POST", "/graphql", "application/json", JSON.stringify({ query: text })),
    ]).toEqual([405, 400, 415, 415, 415, 400, 403, 400, 404]);
  });
});

describe("a read", () => {
  it("is masked by what values look like, under any alias [GRAPHQL-12]", async () => {
    const { text, status } = await ask({
      query: `{ repository(owner: "acme", name: "app") { name: object(expression: "HEAD:config/demo.env") { ... on Blob { title: text } } } }`,
    });
    expect(status).toBe(200);
    expect(text).toMatch(/ghp_\*{36}/);
    expect(text).not.toMatch(/ghp_[A-Za-z0-9]{36}/);
  });

  it("of the schema passes and is recorded [GRAPHQL-14]", async () => {
    const { status } = await ask({ query: "{ __schema { types { name } } }" });
    expect(status).toBe(200);
  });

  it.each([
    `{ repository(owner: "acme", name: "vault") { id } }`,
    `{ a: repository(owner: "acme", name: "app") { id } b: repository(owner: "acme", name: "vault") { id } }`,
    `{ repository(owner: "ACME", name: "VAULT") { id } }`,
    `query (£n: String = "vault") { repository(owner: "acme", name: £n) { id } }`,
    `{ repository(owner: "acme", name: "app") { owner { ... on Organization { repositories(first: 9) { nodes { name } } } } } }`,
    `{ viewer { organizations(first: 1) { nodes { repositories(first: 9) { nodes { name } } } } } }`,
    `{ search(query: "repo:acme/vault", type: CODE, first: 1) { codeCount } }`,
    `{ node(id: "£{pull}") { ... on PullRequest { repository { forks(first: 9) { nodes { name } } } } } }`,
    `{ repository(owner: "acme", name: "app") { ... @include(if: true) { parent { name } forks(first: 1) { nodes { name } } } } }`,
  ])("does not leave the repositories of its caller: %s", async (query) => {
    expect(await code(query)).toBe("GH_DENIED");
  });
});
