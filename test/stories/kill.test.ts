// The gateway is killed, as by a power cut, at each step of a push; what was promised holds after it starts again.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import type { ApprovalCard, EntryView, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type RunningGit, type WorkTree } from "../stand-ins/git.ts";

let gateway: GatewayUnderTest;
let work: WorkTree;
const session = "ses-kill-story";
const receivePack = "/acme/app.git/git-receive-pack";

beforeEach(async () => {
  gateway = await startGateway();
  work = await clone(
    remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
  );
});
afterEach(() => discard(gateway));

async function head(branch: string): Promise<string | undefined> {
  const { json, status } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
  return status === 200 ? (json as { object: { sha: string } }).object.sha : undefined;
}

async function powerCut(): Promise<void> {
  await gateway.stop("SIGKILL");
  gateway = await startGateway({ dataDir: gateway.dataDir });
}

async function held(): Promise<{ push: RunningGit; commit: string; card: ApprovalCard }> {
  const commit = await work.commit({ "a.txt": "a\n" }, "Add a");
  const push = work.start("push", "origin", "HEAD:main");
  const card = await pendingApproval(gateway, "carol");
  await push.saw("/approvals/");
  return { push, commit, card };
}

async function entries(): Promise<readonly EntryView[]> {
  return ((await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView).entries;
}

async function escrowFiles(): Promise<string[]> {
  const items = await readdir(`${gateway.dataDir}/escrow`, { recursive: true, withFileTypes: true });
  return items.filter((item) => item.isFile()).map(({ name }) => name);
}

async function everythingIsTidy(): Promise<void> {
  expect((await entries()).filter(({ outcome }) => outcome === undefined)).toEqual([]);
  expect(await escrowFiles()).toEqual([]);
  expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
}

describe("a power cut", () => {
  it("while the pack is still arriving leaves no ref moved and nothing behind", async () => {
    const { port, hostname } = new URL(gateway.gateway);
    const line = `${"0".repeat(40)} ${"1".repeat(40)} refs/heads/cut\0 report-status side-band-64k agent=test`;
    const length = (Buffer.byteLength(line) + 4).toString(16).padStart(4, "0");
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(
      `POST ${receivePack} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${await gateway.token("alice", { session })}\r\n` +
        `Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n${length}${line}0000PACK`,
    );
    await eventually("bytes in escrow", async () => ((await escrowFiles()).length > 0 ? true : undefined));
    await powerCut();
    expect(await head("cut")).toBeUndefined();
    await everythingIsTidy();
  });

  it("while the push waits keeps it waiting, and it lands on approval", async () => {
    const { commit, card } = await held();
    await powerCut();
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
    await everythingIsTidy();
  });

  it("right after the approval, before anything was sent, still carries it out, once", async () => {
    const { commit, card } = await held();
    await gateway.fault({ path: "api/v3/.*git/ref", delayMs: 60_000 });
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "approved");
    await powerCut();
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
    expect((await gateway.upstream()).filter(({ path }) => path === receivePack).length).toBe(1);
    await everythingIsTidy();
  });

  it("while GitHub has the push and has not acted yet is resumed, because the branch tells that nothing happened", async () => {
    const { commit, card } = await held();
    await gateway.fault({ path: receivePack, delayMs: 60_000, times: 1 });
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "executing");
    await powerCut();
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
    await everythingIsTidy();
  });

  it("of GitHub's answer, after it acted, is no double push: the branch tells that it landed [APPROVAL-05]", async () => {
    const { push, commit, card } = await held();
    await gateway.fault({ path: receivePack, cutAfterBytes: 5, times: 1 });
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "done");
    expect((await push.done).code).toBe(0);
    expect(await head("main")).toBe(commit);
    expect((await gateway.upstream()).filter(({ path }) => path === receivePack).length).toBe(1);
    await everythingIsTidy();
  });

  it("of the connection to GitHub before it acted ends as unknown, is shown so, and is never sent again", async () => {
    const { push, card } = await held();
    const before = await head("main");
    await gateway.fault({ path: receivePack, reset: true, times: 1 });
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "unknown");
    const result = await push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/does not tell whether it landed/);
    expect(await head("main")).toBe(before);
    await powerCut();
    await approvalIn(gateway, "carol", card.id, "unknown");
    await everythingIsTidy();
  });
});

describe("a client that is killed", () => {
  it("while GitHub works on its approved push changes nothing: it lands", async () => {
    const { push, commit, card } = await held();
    await gateway.fault({ path: receivePack, delayMs: 1_500, times: 1 });
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "executing");
    push.kill();
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head("main")).toBe(commit);
    await eventually("the outcome of the killed client", async () =>
      (await entries()).every(({ outcome }) => outcome !== undefined) ? true : undefined,
    );
    await everythingIsTidy();
  });

  it("during a push that needs nobody does not keep it from landing, and its outcome says that the client left", async () => {
    const commit = await work.commit({ "b.txt": "b\n" }, "Add b");
    await gateway.fault({ path: receivePack, delayMs: 1_500, times: 1 });
    const push = work.start("push", "origin", "HEAD:refs/heads/feature/left");
    await eventually("the push at GitHub", async () =>
      (await gateway.upstream()).some(({ path }) => path === receivePack) ? true : undefined,
    );
    push.kill();
    await eventually("the branch", async () => ((await head("feature/left")) === commit ? true : undefined));
    const outcome = await eventually(
      "the outcome",
      async () =>
        (await entries()).find(({ intent }) => intent.action.operation === "git/receive-pack")?.outcome,
    );
    expect([outcome.result, outcome.refResults]).toEqual([
      "cut",
      [{ ref: "refs/heads/feature/left", ok: true }],
    ]);
  });
});
