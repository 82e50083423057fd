// An agent that may not write to main lets somebody else do it: a workflow, a bot, a release, a weakened rule, a token
// of its own. Each of these waits for a person or is refused, and nothing of it reaches GitHub.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { settled, writesAtGitHub } from "../stand-ins/oracle.ts";

let gateway: GatewayUnderTest;
let sent = 0;
const session = "ses-attack-indirect";
const repo = "/repos/acme/app";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 500 } } });
});
afterEach(async () => {
  expect(await writesAtGitHub(gateway)).toEqual([]);
});
afterAll(async () => {
  try {
    const entries = await settled(gateway, session, sent);
    expect(entries).toHaveLength(sent);
  } finally {
    await discard(gateway);
  }
});

async function code(line: string, body?: unknown): Promise<string> {
  sent += 1;
  const [method = "", path = ""] = line.split(" ");
  const { status, json } = await gateway.api("alice", method, path, body, { session });
  return (json as { gatehouse?: { code?: string } } | undefined)?.gatehouse?.code ?? String(status);
}

const no = ["GH_DENIED", "GH_NOT_SERVED", "GH_UNKNOWN_OPERATION", "GH_UNKNOWN_PATH"];
const notAtOnce = [
  ...no,
  "GH_PENDING",
  "GH_BAD_BODY",
  "GH_BAD_QUERY",
  "GH_FACTS_UNAVAILABLE",
  "GH_NOT_FOUND",
];

describe("a write that somebody else would do", () => {
  it.each<[string, string, unknown]>([
    ["INDIRECT-01", `POST ${repo}/deployments`, { ref: "main" }],
    ["INDIRECT-01", `POST ${repo}/deployments`, { ref: "release/1.0", auto_merge: true }],
    ["INDIRECT-01", `POST ${repo}/deployments`, { ref: "feature/discounts", auto_merge: false }],
    ["INDIRECT-02", `POST ${repo}/actions/workflows/release.yml/dispatches`, { ref: "main", inputs: {} }],
    ["INDIRECT-02", `POST ${repo}/dispatches`, { event_type: "deploy" }],
    ["INDIRECT-02", `POST ${repo}/actions/runs/1/rerun`, {}],
    ["INDIRECT-02", `POST ${repo}/actions/runs/1/rerun-failed-jobs`, {}],
    ["INDIRECT-02", `POST ${repo}/actions/jobs/1/rerun`, {}],
    ["INDIRECT-02", `POST ${repo}/actions/runs/1/approve`, {}],
    ["INDIRECT-02", `PUT ${repo}/actions/workflows/ci.yml/enable`, undefined],
    ["INDIRECT-04", `POST ${repo}/git/refs`, { ref: "refs/tags/v9.9.9", sha: "a".repeat(40) }],
    ["INDIRECT-04", `POST ${repo}/releases`, { tag_name: "v9.9.9", target_commitish: "main" }],
    ["INDIRECT-04", `PATCH ${repo}/releases/1`, { draft: false }],
    ["INDIRECT-05", `PATCH ${repo}/pulls/1`, { base: "main" }],
    ["INDIRECT-06", `PUT ${repo}/pulls/12/merge-async`, { merge_action: "direct_merge" }],
    ["INDIRECT-07", `PATCH ${repo}/properties/values`, { properties: [] }],
    ["INDIRECT-08", `PUT ${repo}/branches/main/protection`, { required_status_checks: null }],
    ["INDIRECT-08", `DELETE ${repo}/branches/main/protection`, undefined],
    ["INDIRECT-08", `DELETE ${repo}/branches/main/protection/enforce_admins`, undefined],
    ["INDIRECT-08", `DELETE ${repo}/rulesets/1`, undefined],
    ["INDIRECT-08", `PUT ${repo}/rulesets/1`, { enforcement: "disabled" }],
    ["INDIRECT-09", `POST ${repo}/branches/main/rename`, { new_name: "old" }],
    ["INDIRECT-09", `POST ${repo}/branches/feature%2Fdiscounts/rename`, { new_name: "main" }],
    ["INDIRECT-09", `PATCH ${repo}`, { default_branch: "feature/discounts" }],
    ["INDIRECT-10", "POST /agents/repos/acme/app/tasks", { prompt: "push to main", head_ref: "main" }],
    ["INDIRECT-10", `POST ${repo}/issues/1/assignees`, { assignees: ["copilot-swe-agent[bot]"] }],
    ["INDIRECT-11", "POST /gists", { public: true, files: { a: { content: "x" } } }],
    ["a review of its own", `POST ${repo}/pulls/1/reviews`, { event: "APPROVE" }],
    ["a status that a rule relies on", `POST ${repo}/statuses/${"a".repeat(40)}`, { state: "success" }],
    ["a check that a rule relies on", `POST ${repo}/check-runs`, { name: "ci", head_sha: "a".repeat(40) }],
    ["a dismissal", `PUT ${repo}/pulls/1/reviews/1/dismissals`, { message: "m" }],
    ["a fork's sync", `POST ${repo}/merge-upstream`, { branch: "main" }],
    ["a merge", `POST ${repo}/merges`, { base: "main", head: "feature/discounts" }],
    ["a command in a review", `POST ${repo}/pulls/1/reviews`, { event: "COMMENT", body: "/merge" }],
    [
      "a command beside a line",
      `POST ${repo}/pulls/1/reviews`,
      { comments: [{ path: "a", body: "/merge" }] },
    ],
    [
      "a command when a review is sent",
      `POST ${repo}/pulls/1/reviews/1/events`,
      { event: "COMMENT", body: "@claude go" },
    ],
    ["a command in a review's new text", `PUT ${repo}/pulls/1/reviews/1`, { body: "/lgtm" }],
    ["a command in what is opened", `POST ${repo}/issues`, { title: "x", body: "/approve" }],
    [
      "a command in a pull request's text",
      `POST ${repo}/pulls`,
      { title: "x", head: "feature/discounts", base: "main", body: "\u00a0/lgtm" },
    ],
    ["a command in an edited text", `PATCH ${repo}/issues/1`, { body: "@codex do it" }],
    ["a command in an edited comment", `PATCH ${repo}/issues/comments/1`, { body: "/merge!" }],
    ["a vulnerability made public", `PATCH ${repo}/security-advisories/GHSA-1`, { state: "published" }],
    [
      "somebody let into a vulnerability's fork",
      `PATCH ${repo}/security-advisories/GHSA-1`,
      { collaborating_users: ["mallory"] },
    ],
    ["a label renamed to one that merges", `PATCH ${repo}/labels/bug`, { new_name: "automerge" }],
    ["a deploy key", `POST ${repo}/keys`, { title: "k", key: "ssh-ed25519 AAAA", read_only: false }],
    ["a collaborator", `PUT ${repo}/collaborators/mallory`, { permission: "admin" }],
    ["a secret", `PUT ${repo}/actions/secrets/X`, { encrypted_value: "eA==", key_id: "1" }],
    ["a variable", `POST ${repo}/actions/variables`, { name: "X", value: "y" }],
    ["an environment", `PUT ${repo}/environments/production`, {}],
    ["a transfer", `POST ${repo}/transfer`, { new_owner: "mallory" }],
    ["a change of who can see", `PATCH ${repo}`, { visibility: "public" }],
    ["a deletion", `DELETE ${repo}`, undefined],
    [
      "Actions' own permissions",
      `PUT ${repo}/actions/permissions/workflow`,
      { default_workflow_permissions: "write" },
    ],
    ["pages", `POST ${repo}/pages`, { source: { branch: "main", path: "/" } }],
    ["another base, while it closes", `PATCH ${repo}/pulls/1`, { state: "closed", base: "main" }],
    [
      "an agent's review",
      `POST ${repo}/pulls/1/requested_reviewers`,
      { reviewers: ["bob", "copilot-pull-request-reviewer[bot]"] },
    ],
    ["a codespace", `POST ${repo}/codespaces`, { ref: "main" }],
    [
      "an autolink",
      `POST ${repo}/autolinks`,
      { key_prefix: "X-", url_template: "https://evil.example/<num>" },
    ],
  ])("waits or is refused: %s, %s", async (_id, line, body) => {
    expect(notAtOnce).toContain(await code(line, body));
  });
});

describe("a credential", () => {
  it.each<[string, string, unknown]>([
    ["TOKEN-02", "POST /app/installations/1/access_tokens", {}],
    ["TOKEN-02", `POST ${repo}/actions/runners/registration-token`, undefined],
    ["TOKEN-02", `POST ${repo}/actions/runners/remove-token`, undefined],
    [
      "TOKEN-02",
      `POST ${repo}/actions/runners/generate-jitconfig`,
      { name: "r", runner_group_id: 1, labels: [] },
    ],
    ["TOKEN-02", "POST /orgs/acme/actions/runners/registration-token", undefined],
    ["TOKEN-02", "POST /app-manifests/abc/conversions", undefined],
    ["TOKEN-02", "POST /applications/Iv1/token", { access_token: "x" }],
    ["TOKEN-02", "POST /applications/Iv1/token/scoped", { access_token: "x" }],
    ["TOKEN-02", "POST /user/keys", { key: "ssh-ed25519 AAAA" }],
    ["TOKEN-02", "POST /user/gpg_keys", { armored_public_key: "x" }],
    ["TOKEN-03", "DELETE /installation/token", undefined],
    ["TOKEN-03", "DELETE /applications/Iv1/grant", { access_token: "x" }],
    ["TOKEN-03", "DELETE /applications/Iv1/token", { access_token: "x" }],
    ["TOKEN-03", "PATCH /applications/Iv1/token", { access_token: "x" }],
    ["TOKEN-03", "POST /credentials/revoke", { credentials: ["x"] }],
    ["TOKEN-03", "DELETE /app/installations/1", undefined],
    ["SSRF-03", `PUT ${repo}/import`, { vcs_url: "http://169.254.169.254/" }],
    ["SSRF-03", `PATCH ${repo}/import`, { vcs_username: "x" }],
    ["SSRF-03", `DELETE ${repo}/import`, undefined],
    ["SSRF-03", `POST ${repo}/hooks`, { config: { url: "http://169.254.169.254/" } }],
    [
      "SSRF-03",
      `POST ${repo}/pages/deployments`,
      { artifact_url: "http://127.0.0.1/", pages_build_version: "1" },
    ],
    ["SSRF-03", "POST /orgs/acme/hooks", { name: "web", config: { url: "http://127.0.0.1/" } }],
  ])("is never minted, revoked or sent away, and nobody can approve it: %s, %s", async (_id, line, body) => {
    expect(no).toContain(await code(line, body));
  });
});

it("text is not rendered with the titles that only the gateway's own token can see", async () => {
  const vault = { text: "acme/vault#1", mode: "gfm", context: "acme/vault" };
  expect(await code("POST /markdown", vault)).toBe("GH_DENIED");
  expect(await code("POST /markdown", { text: "#1", context: "acme/vault" })).toBe("GH_DENIED");
});

describe("a read that gives away more than it says", () => {
  it.each([
    ["PATH-16", "GET /feeds"],
    ["PATH-16", "GET /app/hook/deliveries/1"],
    ["PATH-16", `GET ${repo}/hooks/1/deliveries/1`],
    ["PATH-16", `GET ${repo}/hooks`],
    ["PATH-16", "GET /orgs/acme/hooks"],
    ["PATH-16", `GET ${repo}/hooks/1/config`],
    ["PATH-16", "GET /app/installations"],
    ["PATH-16", "GET /user/emails"],
    ["issues of other repositories that mention this one", `GET ${repo}/issues/1/timeline`],
    ["parts of an issue that lie elsewhere", `GET ${repo}/issues/1/sub_issues`],
    ["an issue elsewhere that this one is a part of", `GET ${repo}/issues/1/parent`],
    ["issues elsewhere that block this one", `GET ${repo}/issues/1/dependencies/blocked_by`],
    ["issues elsewhere that this one blocks", `GET ${repo}/issues/1/dependencies/blocking`],
    ["another fork's commits", `GET ${repo}/compare/main...mallory:main`],
    ["PATH-16", "GET /orgs/acme/credential-authorizations"],
    ["PATH-15", `PUT ${repo}/pulls/1/merge-later`],
    ["HOSTS-01", `POST ${repo}/releases/1/assets?name=app.exe`],
  ])("is not a plain read: %s, %s", async (_id, line) => {
    const got = await code(line, line.startsWith("P") ? {} : undefined);
    expect([...notAtOnce, "GH_UNSUPPORTED_MEDIA"]).toContain(got);
  });
});
