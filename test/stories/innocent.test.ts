// A gateway that stops what is harmless is switched off within a week: recorded traffic of Octokit's own fixtures and
// what gh, Octokit and git send every day passes, except for the calls listed here, each of which is due by policy.
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { graphql } from "../stand-ins/graphql.ts";
import { mcpClient, textOf } from "../stand-ins/mcp.ts";
import { entriesOf } from "../stand-ins/oracle.ts";

let gateway: GatewayUnderTest;
/** The fixtures have numbers in place of commits; nobody can look at a commit that is not there. */
let main: string;
const session = "ses-innocent";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 500 } } });
  const { json } = await gateway.api("erin", "GET", "/repos/acme/app/git/ref/heads/main");
  main = (json as { object: { sha: string } }).object.sha;
});
afterAll(() => discard(gateway));

interface Recorded {
  readonly method: string;
  readonly scope: string;
  readonly path: string;
  readonly body: unknown;
}

const folder = join(
  dirname(createRequire(import.meta.url).resolve("@octokit/fixtures")),
  "scenarios/api.github.com",
);
const scenarios = await Promise.all(
  (await readdir(folder)).map(async (name) => {
    const text = await readFile(join(folder, name, "normalized-fixture.json"), "utf8");
    return [name, JSON.parse(text) as Recorded[]] as const;
  }),
);

/** The fixtures' own organisation, repositories and numbers, as the sandbox has them. */
function athome(path: string): string {
  return path
    .replace(/^\/repos\/octokit-fixture-org\/[^/?]+/, "/repos/acme/app")
    .replace("/orgs/octokit-fixture-org", "/orgs/acme")
    .replace(/octokit-fixture-org%2F[\w-]+/, "acme%2Fapp")
    .replace(/^\/repositories\/1000/, "/repositories/710001");
}

/** What of the recorded traffic a person has to approve, or may not be done here, and why. */
const due: readonly (readonly [RegExp, string])[] = [
  // Who may do what is not the agent's to change.
  [/^(?:PUT|DELETE) .*\/collaborators\//, "GH_DENIED"],
  [/^PATCH \/user\/repository_invitations\//, "GH_DENIED"],
  [/^(?:PUT|DELETE) .*\/branches\/main\/protection/, "GH_DENIED"],
  [/^PATCH \/repos\/acme\/app$|^PATCH \/repositories\/710001$/, "GH_DENIED"],
  // Evidence that a protected branch may rely on.
  [/^POST .*\/statuses\//, "GH_DENIED"],
  // The default branch.
  [/^PUT .*\/contents\//, "GH_PENDING"],
  // Somebody else acts on them.
  [/^(?:PATCH|DELETE) .*\/releases\/assets\//, "GH_PENDING"],
  // May show what lies in other repositories.
  [/^GET \/search\/|^GET \/orgs\/acme$/, "GH_DENIED"],
  [/^POST \/markdown$/, "GH_DENIED"],
  // GitHub does not describe them any more: such a read may show anything, such a write may do anything.
  [/^GET .*\/git\/refs\/$|^GET \/projects\/columns\//, "GH_DENIED"],
  [/^\w+ \/projects\/columns\//, "GH_UNKNOWN_OPERATION"],
  // Belong to no repository.
  [/^PUT \/notifications/, "GH_DENIED"],
];

const dueCode = (line: string): string | undefined => due.find(([pattern]) => pattern.test(line))?.[1];

async function codeOf(login: string, method: string, path: string, body?: unknown): Promise<string> {
  const isText = typeof body === "string" && body !== "";
  const { status, json } = await gateway.api(login, method, path, body === "" ? undefined : body, {
    session,
    ...(isText ? { headers: { "content-type": "text/plain" } } : {}),
  });
  return (json as { gatehouse?: { code?: string } } | undefined)?.gatehouse?.code ?? `passed ${status}`;
}

describe("recorded traffic of Octokit", () => {
  it.each(scenarios)("passes but for what is due: %s", async (_name, requests) => {
    // Uploads and archives have other hosts.
    for (const { method, path, body: recorded } of requests.filter(({ scope }) => scope.includes("//api."))) {
      const line = `${method.toUpperCase()} ${athome(path)}`;
      const body: unknown = JSON.parse(JSON.stringify(recorded).replace(/0{39}[12]/, main));
      const code = await codeOf("alice", method.toUpperCase(), athome(path), body);
      expect([line, code]).toEqual([line, dueCode(line) ?? expect.stringMatching(/^passed/)]);
    }
  });
});

describe("what gh and Octokit send every day", () => {
  const repo = "/repos/acme/app";

  it.each([
    "/",
    "/user",
    "/rate_limit",
    "/meta",
    "/users/alice",
    repo,
    `${repo}/branches?per_page=100`,
    `${repo}/branches/main`,
    `${repo}/pulls?state=open&per_page=30`,
    `${repo}/pulls/1`,
    `${repo}/pulls/1/files`,
    `${repo}/pulls/1/commits`,
    `${repo}/pulls/1/reviews`,
    `${repo}/pulls/1/comments`,
    `${repo}/issues?state=all&labels=bug`,
    `${repo}/issues/1`,
    `${repo}/issues/1/comments`,
    `${repo}/commits?sha=main`,
    `${repo}/commits/main`,
    `${repo}/commits/main/status`,
    `${repo}/commits/main/check-runs`,
    `${repo}/compare/main...feature/discounts`,
    `${repo}/contents`,
    `${repo}/contents/README.md?ref=main`,
    `${repo}/readme`,
    `${repo}/git/ref/heads/main`,
    `${repo}/git/matching-refs/heads/feature`,
    `${repo}/git/trees/main?recursive=1`,
    `${repo}/languages`,
    `${repo}/labels`,
    `${repo}/milestones`,
    `${repo}/tags`,
    `${repo}/releases`,
    `${repo}/releases/latest`,
    `${repo}/actions/runs?branch=main&per_page=20`,
    `${repo}/actions/runs/1`,
    `${repo}/actions/runs/1/jobs?per_page=100`,
    `${repo}/actions/workflows`,
    `${repo}/contributors`,
    `${repo}/topics`,
  ])("passes: GET %s", async (path) => {
    expect(await codeOf("alice", "GET", path)).toMatch(/^passed/);
  });

  it("passes from the issue to the branch: comments, labels, and files on a branch of one's own", async () => {
    const sha = main;
    const content = Buffer.from("x\n").toString("base64");
    const calls: readonly (readonly [string, string, unknown])[] = [
      ["POST", `${repo}/issues`, { title: "Round half a cent", body: "It rounds down.", labels: ["bug"] }],
      ["POST", `${repo}/issues/1/comments`, { body: "I look into it." }],
      ["PATCH", `${repo}/issues/1`, { title: "Round half a cent up" }],
      ["POST", `${repo}/issues/1/labels`, { labels: ["bug"] }],
      ["POST", `${repo}/issues/1/assignees`, { assignees: ["alice"] }],
      ["POST", `${repo}/git/refs`, { ref: "refs/heads/feature/innocent", sha }],
      ["PUT", `${repo}/contents/a.md`, { message: "m", content, branch: "feature/innocent" }],
      ["POST", `${repo}/pulls`, { title: "Mine", head: "feature/innocent", base: "main", body: "Text" }],
      ["POST", `${repo}/git/blobs`, { content: "x", encoding: "utf-8" }],
      ["PATCH", `${repo}/pulls/1`, { title: "Add discounts", body: "Rounds up." }],
      ["POST", `${repo}/pulls/1/comments`, { body: "Why?", commit_id: sha, path: "README.md", line: 1 }],
      ["POST", `${repo}/pulls/1/reviews`, { event: "COMMENT", body: "Looks good." }],
      ["POST", `${repo}/issues/1/reactions`, { content: "+1" }],
      ["DELETE", `${repo}/git/refs/heads/feature/innocent`, undefined],
    ];
    for (const [method, path, body] of calls)
      expect([path, await codeOf("alice", method, path, body)]).toEqual([
        path,
        expect.stringMatching(/^passed/),
      ]);
  });
});

describe("closing a pull request, opening it again, and whatever else ends what waits for it", () => {
  const place = { owner: "acme", repo: "app", pullNumber: 1 };
  const state = async (): Promise<unknown> => {
    const { json } = await gateway.api("alice", "GET", "/repos/acme/app/pulls/1", undefined, { session });
    return (json as { state: string }).state;
  };

  it("passes by REST, as does asking people for a review", async () => {
    for (const next of ["closed", "open"]) {
      expect(await codeOf("alice", "PATCH", "/repos/acme/app/pulls/1", { state: next })).toBe("passed 200");
      expect(await state()).toBe(next);
    }
    const asked = { reviewers: ["bob"], team_reviewers: ["platform-team"] };
    const path = "/repos/acme/app/pulls/1/requested_reviewers";
    expect(await codeOf("alice", "POST", path, asked)).toMatch(/^passed/);
  });

  it("passes by GraphQL, as does leaving a merge queue, ending an auto-merge, and being a draft or not", async () => {
    const { json } = await gateway.api("alice", "GET", "/repos/acme/app/pulls/1", undefined, { session });
    const { node_id: id } = json as { node_id: string };
    const call = async (field: string): Promise<string | undefined> =>
      (await graphql(gateway, "alice", { query: `mutation { ${field} { clientMutationId } }` }, { session }))
        .code;
    for (const [name, next] of [
      ["closePullRequest", "closed"],
      ["reopenPullRequest", "open"],
    ] as const) {
      expect(await call(`${name}(input: { pullRequestId: "${id}" })`)).toBeUndefined();
      expect(await state()).toBe(next);
    }
    for (const field of [
      `disablePullRequestAutoMerge(input: { pullRequestId: "${id}" })`,
      `dequeuePullRequest(input: { id: "${id}" })`,
      `convertPullRequestToDraft(input: { pullRequestId: "${id}" })`,
      `markPullRequestReadyForReview(input: { pullRequestId: "${id}" })`,
      `updatePullRequest(input: { pullRequestId: "${id}", state: OPEN, title: "Add discounts" })`,
    ])
      expect([field, await call(field)]).toEqual([field, undefined]);
  });

  it("passes by MCP", async () => {
    const client = await mcpClient(gateway, "alice", { session });
    for (const next of ["closed", "open"]) {
      const result = await client.callTool({
        name: "update_pull_request",
        arguments: { ...place, state: next },
      });
      expect([textOf(result), await state()]).toEqual([expect.stringContaining(`"state":"${next}"`), next]);
    }
    await client.close();
  });
});

describe("git on a branch of one's own", () => {
  it("clones, fetches, pushes, pushes again, rewrites and deletes, and nothing waits", async () => {
    const token = await gateway.token("alice", { session });
    const url = remoteUrl(gateway.gateway, "alice", token, "acme/app");
    const work = await clone(url);
    await clone(url, "--depth", "1");
    await work.commit({ "src/own.ts": "export {};\n" }, "Start");
    const steps = [
      ["fetch", "--all", "--prune"],
      ["ls-remote"],
      ["push", "origin", "HEAD:feature/own"],
      ["commit", "--amend", "-m", "Start again"],
      ["push", "--force-with-lease", "origin", "HEAD:feature/own"],
      ["push", "--dry-run", "origin", "HEAD:main"],
      ["pull", "origin", "feature/own"],
      ["push", "origin", ":feature/own"],
    ];
    for (const step of steps) {
      const { code, stderr } = await work.git(...step);
      expect([step.join(" "), code, stderr]).toEqual([
        step.join(" "),
        0,
        expect.not.stringMatching(/Waiting for approval|Refused/),
      ]);
    }
    const pushes = (await entriesOf(gateway, session)).filter(
      ({ intent }) => intent.action.surface === "git",
    );
    expect(new Set(pushes.map(({ intent }) => intent.verdict.is))).toEqual(new Set(["allow"]));
  });
});
