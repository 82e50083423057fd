// The GraphQL side of the road: the same doors as REST, whichever way a document is written.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { graphql, mutationsUpstream, type GraphQLAnswer } from "../stand-ins/graphql.ts";

interface Head {
  readonly id: string;
  readonly target: { readonly oid: string };
}

const commit = `mutation ($in: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $in) { commit { oid } } }`;

export function graphqlStories(start: StartGateway, restWaitMs = 1_500): void {
  let gateway: GatewayUnderTest;
  const session = "ses-graphql-story";

  beforeAll(async () => {
    gateway = await start({ config: { hold: { restWaitMs } } });
  });
  afterAll(() => discard(gateway));

  const ask = (
    query: string,
    variables: Record<string, unknown> = {},
    login = "alice",
  ): Promise<GraphQLAnswer> => graphql(gateway, login, { query, variables }, { session });

  async function head(branch: string): Promise<Head> {
    const { data } = await ask(
      `query ($ref: String!) { repository(owner: "acme", name: "app") { ref(qualifiedName: $ref) { id target { oid } } } }`,
      { ref: `refs/heads/${branch}` },
    );
    return (data?.repository as { ref: Head }).ref;
  }

  async function repositoryId(name = "app"): Promise<string> {
    const { data } = await ask(
      `query ($name: String!) { repository(owner: "acme", name: $name) { id } }`,
      { name },
      name === "vault" ? "erin" : "alice",
    );
    return (data?.repository as { id: string }).id;
  }

  async function branch(name: string): Promise<Head> {
    const { target } = await head("main");
    const query = `mutation ($in: CreateRefInput!) { createRef(input: $in) { ref { id target { oid } } } }`;
    const { data } = await ask(query, {
      in: { repositoryId: await repositoryId(), name: `refs/heads/${name}`, oid: target.oid },
    });
    return (data?.createRef as { ref: Head }).ref;
  }

  async function openPull(): Promise<{ id: string; number: number }> {
    const { data } = await ask(
      `{ repository(owner: "acme", name: "app") { pullRequests(states: OPEN, first: 1) { nodes { id number } } } }`,
    );
    const [pull] = (data?.repository as { pullRequests: { nodes: { id: string; number: number }[] } })
      .pullRequests.nodes;
    if (pull === undefined) throw new Error("the sandbox has no open pull request");
    return pull;
  }

  const commitInput = async (name: string, path: string, text: string): Promise<Record<string, unknown>> => ({
    in: {
      branch: { repositoryNameWithOwner: "acme/app", branchName: name },
      message: { headline: `Write ${path}` },
      expectedHeadOid: (await head(name)).target.oid,
      fileChanges: { additions: [{ path, contents: Buffer.from(text).toString("base64") }] },
    },
  });

  describe("reading", () => {
    it("passes one repository's data, and masks secrets whatever they are called", async () => {
      const { status, data } = await ask(
        `{ repository(owner: "acme", name: "app") { a: object(expression: "HEAD:config/demo.env") { ... on Blob { b: text } } } }`,
      );
      expect(status).toBe(200);
      expect((data?.repository as { a: { b: string } }).a.b).toMatch(/ghp_\*{36}/);
    });

    it("passes what everybody may know: the schema and who the token belongs to", async () => {
      const { status, data } = await ask(
        `{ viewer { login } __type(name: "PullRequest") { fields { name } } }`,
      );
      expect([status, data?.viewer]).toEqual([200, { login: "acme-gateway" }]);
    });

    it("passes a node of a repository that the caller may read, under either spelling of its id", async () => {
      const { id } = await openPull();
      for (const spelling of [id, `PR_${id}`]) {
        const { status, data } = await ask(
          `query ($id: ID!) { node(id: $id) { ... on PullRequest { title } } }`,
          {
            id: spelling,
          },
        );
        expect([status, typeof (data?.node as { title: string }).title]).toEqual([200, "string"]);
      }
    });

    it("is refused for another team's repository, by name and by node id, in GraphQL's own shape", async () => {
      const named = await ask(`{ repository(owner: "acme", name: "vault") { id } }`);
      const byId = await ask(`query ($id: ID!) { node(id: $id) { ... on Repository { description } } }`, {
        id: await repositoryId("vault"),
      });
      for (const answer of [named, byId])
        expect([answer.status, answer.code, answer.data]).toEqual([403, "GH_DENIED", null]);
    });

    it("is refused where it may span repositories, for whoever may not read them all", async () => {
      const query = `{ viewer { repositories(first: 10) { nodes { nameWithOwner } } } }`;
      expect((await ask(query)).code).toBe("GH_DENIED");
    });
  });

  describe("a mutation on a feature branch", () => {
    it("passes at once: creating it, committing to it, moving and deleting it", async () => {
      const created = await branch("feature/graphql");
      expect(created.target.oid).toMatch(/^[0-9a-f]{40}$/);
      const committed = await ask(commit, await commitInput("feature/graphql", "notes/g.md", "hello\n"));
      const { oid } = (committed.data?.createCommitOnBranch as { commit: { oid: string } }).commit;
      expect((await head("feature/graphql")).target.oid).toBe(oid);
      const moved = await ask(
        `mutation ($in: UpdateRefInput!) { updateRef(input: $in) { ref { target { oid } } } }`,
        { in: { refId: created.id, oid: created.target.oid, force: true } },
      );
      expect(moved.errors).toEqual([]);
      const deleted = await ask(
        `mutation ($id: ID!) { deleteRef(input: { refId: $id }) { clientMutationId } }`,
        {
          id: created.id,
        },
      );
      expect(deleted.errors).toEqual([]);
      expect(await head("feature/graphql")).toBeNull();
    });

    it("passes a comment on a pull request, and holds one that commands a bot", async () => {
      const { id } = await openPull();
      const query = `mutation ($id: ID!, $body: String!) { addComment(input: { subjectId: $id, body: $body }) { commentEdge { node { body } } } }`;
      expect((await ask(query, { id, body: "Looks fine." })).errors).toEqual([]);
      expect((await ask(query, { id, body: "/merge" })).code).toBe("GH_PENDING");
    });

    it("waits when the commit touches a workflow", async () => {
      await branch("feature/ci");
      const answer = await ask(
        commit,
        await commitInput("feature/ci", ".github/workflows/x.yml", "on: push\n"),
      );
      expect([answer.status, answer.code]).toEqual([409, "GH_PENDING"]);
    });

    it("is refused when the base64 contents of a file bring back what the gateway had masked", async () => {
      await branch("feature/masked");
      const masked = `key: ghp_${"*".repeat(36)}\n`;
      const answer = await ask(commit, await commitInput("feature/masked", "a.env", masked));
      expect([answer.status, answer.code]).toEqual([422, "GH_MASKED_VALUE_IN_WRITE"]);
    });
  });

  describe("a mutation that changes a protected branch", () => {
    it("waits, answers 409 with a link, joins on repetition, and gives GitHub's answer once approved", async () => {
      const variables = await commitInput("main", "notes/held.md", "held\n");
      const first = await ask(commit, variables);
      expect([first.status, first.code]).toEqual([409, "GH_PENDING"]);
      const plan = first.errors[0]?.extensions?.gatehouse.plan;
      const again = ask(commit, variables);
      const card = await pendingApproval(gateway, "carol", ({ id }) => id === plan);
      expect(card.refs.map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
      await decide(gateway, "carol", card, "approve");
      const landed = await again;
      const { oid } = (landed.data?.createCommitOnBranch as { commit: { oid: string } }).commit;
      expect((await head("main")).target.oid).toBe(oid);
    });

    it("waits under any alias and in any fragment, and nothing of it reaches GitHub", async () => {
      const { id } = await openPull();
      const before = await mutationsUpstream(gateway);
      const queries = [
        `mutation { addStar: mergePullRequest(input: { pullRequestId: "${id}" }) { clientMutationId } }`,
        `mutation { ...F } fragment F on Mutation { x: mergePullRequest(input: { pullRequestId: "${id}" }) { clientMutationId } }`,
        `mutation ($s: Boolean = false) { mergePullRequest(input: { pullRequestId: "${id}" }) @skip(if: $s) { clientMutationId } }`,
      ];
      for (const query of queries) expect((await ask(query)).code).toBe("GH_PENDING");
      expect(await mutationsUpstream(gateway)).toEqual(before);
    });

    it("holds a document as a whole when one of its writes needs a person, and lands all of it on approval", async () => {
      const { id, target } = await branch("feature/several");
      const pull = await openPull();
      const query = `mutation ($c: AddCommentInput!, $u: UpdateRefInput!, $m: MergePullRequestInput!) {
        a: addComment(input: $c) { clientMutationId }
        b: updateRef(input: $u) { clientMutationId }
        c: mergePullRequest(input: $m) { pullRequest { merged } }
      }`;
      const before = await mutationsUpstream(gateway);
      const first = await ask(query, {
        c: { subjectId: pull.id, body: "Merging." },
        u: { refId: id, oid: target.oid },
        m: { pullRequestId: pull.id },
      });
      expect([first.status, first.code]).toEqual([409, "GH_PENDING"]);
      const card = await pendingApproval(
        gateway,
        "carol",
        ({ operation }) => operation === "graphql/several",
      );
      expect(await mutationsUpstream(gateway)).toEqual(before);
      expect(card.title).toContain("addComment, updateRef, mergePullRequest");
      expect(card.refs.map(({ ref }) => ref)).toEqual(["refs/heads/feature/several", "refs/heads/main"]);
      await decide(gateway, "carol", card, "approve");
      const view = await approvalIn(gateway, "carol", card.id, "done");
      expect(view.result?.refs.map(({ ok }) => ok)).toEqual([true, true]);
      const { data } = await ask(`query ($id: ID!) { node(id: $id) { ... on PullRequest { merged } } }`, {
        id: pull.id,
      });
      expect(data?.node).toEqual({ merged: true });
    });

    it("is shown as failed when GitHub answers 200 and says inside that it did not do it", async () => {
      const { in: input } = await commitInput("main", "notes/stale.md", "stale\n");
      await ask(commit, { in: { ...(input as object), expectedHeadOid: "1".repeat(40) } });
      const card = await pendingApproval(
        gateway,
        "carol",
        ({ operation }) => operation === "graphql/createCommitOnBranch",
      );
      await decide(gateway, "carol", card, "approve");
      const view = await approvalIn(gateway, "carol", card.id, "failed");
      expect(view.result?.refs[0]).toMatchObject({
        ok: false,
        reason: expect.stringContaining("STALE_DATA"),
      });
    });
  });

  describe("what cannot be named", () => {
    it.each([
      ["an unknown mutation", `mutation { launchRocket(input: {}) { ok } }`, "GH_UNKNOWN_OPERATION"],
      [
        "an unknown key of a known one",
        `mutation { updateIssue(input: { id: "I_1", agentAssignment: {} }) { clientMutationId } }`,
        "GH_UNKNOWN_OPERATION",
      ],
      ["a subscription", `subscription { anything }`, "GH_BAD_BODY"],
      [
        "two operations",
        `query A { viewer { login } } mutation B { deleteRef(input: { refId: "R" }) { clientMutationId } }`,
        "GH_BAD_BODY",
      ],
      [
        "a node that is not there",
        `mutation { deleteRef(input: { refId: "UmVmOjE6eA==" }) { clientMutationId } }`,
        "GH_NOT_FOUND",
      ],
    ])("is refused, and nothing of it reaches GitHub: %s", async (_what, query, code) => {
      const before = await mutationsUpstream(gateway);
      const answer = await ask(query);
      expect([answer.code, answer.data]).toEqual([code, null]);
      expect(await mutationsUpstream(gateway)).toEqual(before);
    });

    it("is recorded as refused, with the person who asked", async () => {
      const { json } = await gateway.review("alice", "GET", `/sessions/${session}`);
      const { entries } = json as { entries: { outcome?: { error?: string } }[] };
      expect(entries.some(({ outcome }) => outcome?.error === "GH_UNKNOWN_OPERATION")).toBe(true);
    });
  });
}
