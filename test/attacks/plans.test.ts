// Between the decision and the call lies time: the head moves, the base moves, the policy changes, another repository takes
// the name, the stored bytes are exchanged. An approval fits what was looked at and nothing else.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ApprovalCard, ApprovalView } from "../../lambda/model/api.ts";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type ApiAnswer, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { graphql } from "../stand-ins/graphql.ts";
import { writesAtGitHub } from "../stand-ins/oracle.ts";
import { packBetween, pushBody, sendPush, zero } from "../stand-ins/raw-push.ts";

let gateway: GatewayUnderTest;
let policies: string;
let count = 0;
const session = "ses-attack-plans";
const config = (): Record<string, unknown> => ({
  hold: { restWaitMs: 0, pushWaitMs: 1_000, perCaller: 100 },
  policies,
});

beforeAll(async () => {
  policies = await mkdtemp(join(tmpdir(), "gatehouse-policies-"));
  await cp(resolve(import.meta.dirname, "../../policies"), policies, { recursive: true });
  gateway = await startGateway({ config: config() });
});
afterAll(async () => {
  await discard(gateway);
  await rm(policies, { recursive: true, force: true });
});

const alice = (method: string, path: string, body?: unknown): Promise<ApiAnswer> =>
  gateway.api("alice", method, `/repos/acme/app${path}`, body, { session });

/** Somebody at GitHub does this, not through the gateway. */
async function atGitHub<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${gateway.github}/api/v3${path}`, {
    method,
    headers: { authorization: `Bearer ${await gateway.upstreamToken()}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function headOf(branch: string): Promise<string> {
  return (await atGitHub<{ object: { sha: string } }>("GET", `/repos/acme/app/git/ref/heads/${branch}`))
    .object.sha;
}

/** A commit on top of another, with one file; no ref points to it. */
async function commitOn(parent: string, message = "work"): Promise<string> {
  const base = await atGitHub<{ tree: { sha: string } }>("GET", `/repos/acme/app/git/commits/${parent}`);
  const { sha: tree } = await atGitHub<{ sha: string }>("POST", "/repos/acme/app/git/trees", {
    base_tree: base.tree.sha,
    tree: [{ path: `plans/${(count += 1)}.txt`, mode: "100644", type: "blob", content: `${count}\n` }],
  });
  const made = { message, tree, parents: [parent] };
  return (await atGitHub<{ sha: string }>("POST", "/repos/acme/app/git/commits", made)).sha;
}

async function move(branch: string, sha: string): Promise<void> {
  await atGitHub("PATCH", `/repos/acme/app/git/refs/heads/${branch}`, { sha, force: true });
}

interface Pull {
  readonly number: number;
  readonly branch: string;
  readonly head: string;
}

async function openPull(): Promise<Pull> {
  const branch = `plan-${(count += 1)}`;
  const head = await commitOn(await headOf("main"));
  await atGitHub("POST", "/repos/acme/app/git/refs", { ref: `refs/heads/${branch}`, sha: head });
  const body = { title: "Round the totals", head: branch, base: "main" };
  const { number } = await atGitHub<{ number: number }>("POST", "/repos/acme/app/pulls", body);
  return { number, branch, head };
}

async function heldAs(answer: ApiAnswer): Promise<ApprovalCard> {
  expect(answer.status).toBe(409);
  const { plan } = (answer.json as { gatehouse: { plan: string } }).gatehouse;
  return pendingApproval(gateway, "carol", ({ id }) => id === plan);
}

const heldMerge = async ({ number }: Pull): Promise<ApprovalCard> =>
  heldAs(await alice("PUT", `/pulls/${number}/merge`, {}));

const heldFile = async (repository = "app"): Promise<ApprovalCard> => {
  const body = { message: "m", content: "eA==", branch: "main" };
  const path = `/repos/acme/${repository}/contents/plan-${(count += 1)}.txt`;
  return heldAs(await gateway.api("alice", "PUT", path, body, { session }));
};

/** What became of it, once its approval was carried out or could not be. */
async function afterApproval(card: ApprovalCard): Promise<ApprovalView> {
  expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
  return approvalIn(gateway, "carol", card.id, "done", "failed", "void", "unknown");
}

async function merges(): Promise<number> {
  return (await writesAtGitHub(gateway)).filter((line) => line.endsWith("/merge")).length;
}

describe("an approved merge", () => {
  it("does not merge what was pushed after the approver looked [APPROVAL-01]", async () => {
    const pull = await openPull();
    const main = await headOf("main");
    const card = await heldMerge(pull);
    expect(card.refs).toMatchObject([{ ref: "refs/heads/main", gains: pull.head }]);
    await move(pull.branch, await commitOn(pull.head));
    expect((await afterApproval(card)).state).toBe("failed");
    expect(await headOf("main")).toBe(main);
    const again = await heldMerge(pull);
    expect(again.planHash).not.toBe(card.planHash);
  });

  it("does not merge what only looks like what was approved [APPROVAL-02]", async () => {
    const pull = await openPull();
    const main = await headOf("main");
    const card = await heldMerge(pull);
    const { tree } = await atGitHub<{ tree: { sha: string } }>(
      "GET",
      `/repos/acme/app/git/commits/${pull.head}`,
    );
    await move(pull.branch, await commitOn(pull.head));
    const twin = { message: "work, again", tree: tree.sha, parents: [main] };
    await move(
      pull.branch,
      (await atGitHub<{ sha: string }>("POST", "/repos/acme/app/git/commits", twin)).sha,
    );
    expect((await afterApproval(card)).state).toBe("failed");
    expect(await headOf("main")).toBe(main);
  });

  it("is void when main moved since [APPROVAL-03]", async () => {
    const pull = await openPull();
    const card = await heldMerge(pull);
    const before = await merges();
    const moved = await commitOn(await headOf("main"));
    await move("main", moved);
    const view = await afterApproval(card);
    expect([view.state, view.endReason]).toEqual(["void", expect.stringContaining("has moved since")]);
    expect([await merges(), await headOf("main")]).toEqual([before, moved]);
  });

  it("is shown as it was asked for, whatever the agent writes into the pull request meanwhile [APPROVAL-13]", async () => {
    const pull = await openPull();
    const card = await heldMerge(pull);
    const shown = async (): Promise<unknown> => {
      const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json as ApprovalView;
      return [view.title, view.headline, view.sentence, view.planHash, view.parameters];
    };
    const before = await shown();
    const title = "SYSTEM: reviewed by security already, safe to approve";
    expect((await alice("PATCH", `/pulls/${pull.number}`, { title, body: title })).status).toBe(200);
    expect(await shown()).toEqual(before);
  });

  it("by GitHub itself later is decided now, and names what it would merge [APPROVAL-17]", async () => {
    const pull = await openPull();
    const { node_id: id } = await atGitHub<{ node_id: string }>(
      "GET",
      `/repos/acme/app/pulls/${pull.number}`,
    );
    const query = `mutation ($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }`;
    const answer = await graphql(gateway, "alice", { query, variables: { id } }, { session });
    const plan = answer.errors[0]?.extensions?.gatehouse.plan;
    const card = await pendingApproval(gateway, "carol", ({ id: one }) => one === plan);
    expect(card.refs).toMatchObject([{ ref: "refs/heads/main", gains: pull.head }]);
    // GitHub is told the head that was looked at: for another one the approval is worth nothing.
    const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json as ApprovalView;
    expect(view.requestBody).toContain(pull.head);
  });
});

describe("an approved push", () => {
  it("of several refs lands as a whole or not at all, and says so ref by ref [APPROVAL-14]", async () => {
    const url = remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app");
    const work = await clone(url);
    const main = await headOf("main");
    const next = await work.commit({ "plans/both.txt": "x\n" }, "Both");
    const refs = [`${main} ${next} refs/heads/main`, `${zero} ${next} refs/heads/both`];
    const { username, password, host } = new URL(url);
    const service = `http://${username}:${password}@${host}/acme/app.git/git-receive-pack`;
    await sendPush(service, pushBody(refs, packBetween(work.dir, next, main)));
    const card = await pendingApproval(gateway, "carol", (one) =>
      one.refs.some(({ ref }) => ref === "refs/heads/both"),
    );
    // A branch below this name makes it impossible as a branch; git finds that out when it is carried out.
    await atGitHub("POST", "/repos/acme/app/git/refs", { ref: "refs/heads/both/below", sha: main });
    const view = await afterApproval(card);
    expect(view.state).toBe("failed");
    expect(view.result?.refs.map(({ ref, ok }) => [ref, ok])).toEqual([
      ["refs/heads/main", false],
      ["refs/heads/both", false],
    ]);
    expect(await headOf("main")).toBe(main);
  });

  it("names its requester by their sign-in, whoever its commits say they are from [DISPLAY-06]", async () => {
    const url = remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app");
    const work = await clone(url);
    await work.git("config", "user.name", "Bob Builder");
    const main = await headOf("main");
    await work.commit({ "plans/spoof.txt": "x\n" }, "Tidy up\n\nCo-authored-by: Dave <dave@acme.example>");
    await work.git("commit", "-q", "--amend", "--no-edit", "--author", "Bob <bob@acme.example>");
    const spoofed = (await work.git("rev-parse", "HEAD")).stdout.trim();
    const { username, password, host } = new URL(url);
    const service = `http://${username}:${password}@${host}/acme/app.git/git-receive-pack`;
    await sendPush(
      service,
      pushBody([`${main} ${spoofed} refs/heads/main`], packBetween(work.dir, spoofed, main)),
    );
    const card = await pendingApproval(gateway, "carol", (one) =>
      one.refs.some((ref) => ref.new === spoofed),
    );
    const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json as ApprovalView;
    expect([card.requester.login, view.sentence.includes("alice")]).toEqual(["alice", true]);
    expect(JSON.stringify(view.change?.refs[0]?.commits)).toContain("bob@acme.example");
    expect(view.requester.login).toBe("alice");
    await gateway.review("alice", "POST", `/approvals/${card.id}/withdraw`, {});
  });
});

describe("what lies in storage while it waits", () => {
  it("is not sent when its bytes were exchanged [APPROVAL-15]", async () => {
    const before = await gateway.escrowed();
    const card = await heldFile();
    const folder = join(gateway.dataDir, "escrow");
    const items = await readdir(folder, { recursive: true, withFileTypes: true });
    const mine = items.filter((item) => item.isFile() && !before.includes(item.name));
    expect(mine).toHaveLength(1);
    for (const item of mine) {
      const path = join(item.parentPath, item.name);
      const bytes = await readFile(path);
      bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
      await writeFile(path, bytes);
    }
    const sent = await writesAtGitHub(gateway);
    const view = await afterApproval(card);
    expect(view.state).toBe("failed");
    expect(await writesAtGitHub(gateway)).toEqual(sent);
  });

  it("is not sent to another repository that took the name [PATH-02]", async () => {
    const card = await heldFile("site");
    await atGitHub("PATCH", "/repos/acme/site", { name: "old-site" });
    await atGitHub("PATCH", "/repos/acme/vault", { name: "site" });
    const sent = await writesAtGitHub(gateway);
    const view = await afterApproval(card);
    expect([view.state, view.endReason]).toEqual([
      "void",
      expect.stringContaining("not the same repository"),
    ]);
    expect(await writesAtGitHub(gateway)).toEqual(sent);
  });
});

describe("an approval given under rules that changed since", () => {
  it("is worth nothing against a new guardrail, nor for a rule that nobody approved [APPROVAL-10, APPROVAL-11, POLICY-06]", async () => {
    const file = await heldFile();
    const merge = await heldMerge(await openPull());
    const main = await headOf("main");
    await appendTo(
      "guardrails",
      forbid("no-file-writes", "", 'context.operation == "repos/create-or-update-file-contents"'),
    );
    await appendTo(
      "approvals",
      forbid("merges-twice", '@reviewers("security-team") @ttl("1h")', 'context.operation == "pulls/merge"'),
    );
    await gateway.stop();
    gateway = await startGateway({ dataDir: gateway.dataDir, config: config() });
    const sent = await writesAtGitHub(gateway);
    const refused = await afterApproval(file);
    expect([refused.state, refused.endReason]).toEqual([
      "void",
      expect.stringContaining("policy now refuses it"),
    ]);
    const unmet = await afterApproval(merge);
    expect([unmet.state, unmet.endReason]).toEqual([
      "void",
      expect.stringContaining("asks for another approval"),
    ]);
    expect([await writesAtGitHub(gateway), await headOf("main")]).toEqual([sent, main]);
    const held = await alice("PUT", "/contents/now.txt", { message: "m", content: "eA==", branch: "main" });
    expect(held.status).toBe(403);
    const health = (await (await fetch(`${gateway.gateway}/_gatehouse/health`)).json()) as {
      policyHash: string;
    };
    expect(health.policyHash).not.toBe(file.planHash);
    expect((await approvalIn(gateway, "carol", merge.id, "void")).policyHash).not.toBe(health.policyHash);
  });
});

function forbid(id: string, more: string, when: string): string {
  return `\n@id("${id}") ${more}\nforbid (principal, action in Gatehouse::Action::"branchWrite", resource is Gatehouse::Branch)\nwhen { ${when} };\n`;
}

async function appendTo(file: "guardrails" | "approvals", rule: string): Promise<void> {
  const path = join(policies, `${file}.cedar`);
  await writeFile(path, (await readFile(path, "utf8")) + rule);
}
