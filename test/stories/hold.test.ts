// A hold outlives its client, its connection and its gateway, and is never carried out twice or in a changed world.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readdir } from "node:fs/promises";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type RunningGit, type WorkTree } from "../stand-ins/git.ts";
import type { SessionView } from "../../lambda/model/api.ts";

let gateway: GatewayUnderTest;
let work: WorkTree;
const session = "ses-hold-story";

beforeEach(async () => {
  gateway = await startGateway();
  work = await clone(
    remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
  );
});
afterEach(() => discard(gateway));

async function head(branch = "main"): Promise<string> {
  const { json } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
  return (json as { object: { sha: string } }).object.sha;
}

async function escrowFiles(): Promise<string[]> {
  const items = await readdir(`${gateway.dataDir}/escrow`, { recursive: true, withFileTypes: true });
  return items.filter((item) => item.isFile()).map(({ name }) => name);
}

async function receivedPushes(): Promise<number> {
  return (await gateway.upstream()).filter(
    ({ method, path }) => method === "POST" && path.endsWith("/git-receive-pack"),
  ).length;
}

async function heldPush(
  file = "a.txt",
): Promise<{ push: RunningGit; commit: string; card: Awaited<ReturnType<typeof pendingApproval>> }> {
  const commit = await work.commit({ [file]: `${file}\n` }, `Add ${file}`);
  const push = work.start("push", "origin", "HEAD:main");
  const card = await pendingApproval(gateway, "carol", ({ refs }) => refs.some((ref) => ref.new === commit));
  await push.saw("/approvals/");
  return { push, commit, card };
}

describe("a held push", () => {
  it("lands from escrow when its client was killed, and its first entry says the client left", async () => {
    const { push, commit, card } = await heldPush();
    push.kill();
    await push.done;
    expect(await escrowFiles()).not.toEqual([]);
    await decide(gateway, "carol", card, "approve");
    await approvalIn(gateway, "carol", card.id, "done");
    expect(await head()).toBe(commit);
    expect(await escrowFiles()).toEqual([]);
    const entry = await eventually("an outcome", async () => {
      const view = (await gateway.review("erin", "GET", `/entries/${card.entry}`))
        .json as SessionView["entries"][number];
      return view.outcome;
    });
    expect(entry.result).toBe("cut");
  });

  it("is void when the branch moved meanwhile, and nothing is sent", async () => {
    const { push, card } = await heldPush();
    const other = await clone(remoteUrl(gateway.gateway, "bob", await gateway.token("bob"), "acme/app"));
    const commit = await other.commit({ "b.txt": "b\n" }, "Faster");
    const faster = other.start("push", "origin", "HEAD:main");
    const second = await pendingApproval(gateway, "carol", ({ requester }) => requester.login === "bob");
    await decide(gateway, "carol", second, "approve");
    expect((await faster.done).code).toBe(0);
    const pushes = await receivedPushes();
    await decide(gateway, "carol", card, "approve");
    const result = await push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("has moved since");
    expect(await head()).toBe(commit);
    expect(await receivedPushes()).toBe(pushes);
  });

  it("is decided once when two reviewers are quick at the same time", async () => {
    const { push, card } = await heldPush();
    const answers = await Promise.all([
      decide(gateway, "carol", card, "approve"),
      decide(gateway, "dave", card, "approve"),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await push.done).code).toBe(0);
    expect(await receivedPushes()).toBe(1);
  });

  it("ends for the client when the requester takes it back", async () => {
    const { push, card } = await heldPush();
    expect((await gateway.review("bob", "POST", `/approvals/${card.id}/withdraw`, {})).status).toBe(404);
    expect((await gateway.review("alice", "POST", `/approvals/${card.id}/withdraw`, {})).status).toBe(200);
    const result = await push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("withdrawn");
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
    expect(await escrowFiles()).toEqual([]);
  });

  it("gives way to a newer push by the same person to the same branch", async () => {
    const first = await heldPush("first.txt");
    const second = await heldPush("second.txt");
    const result = await first.push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("superseded");
    await decide(gateway, "carol", second.card, "approve");
    expect((await second.push.done).code).toBe(0);
    expect(await head()).toBe(second.commit);
  });

  it("is joined by the same push again, and both clients see it land", async () => {
    const { push, card } = await heldPush();
    const again = work.start("push", "origin", "HEAD:main");
    await again.saw(card.id);
    await decide(gateway, "carol", card, "approve");
    expect([(await push.done).code, (await again.done).code]).toEqual([0, 0]);
    expect(await receivedPushes()).toBe(1);
  });

  it("is void at once when its session is stopped, and the client hears why", async () => {
    const { push, card } = await heldPush();
    expect(
      (await gateway.review("bob", "POST", `/sessions/${session}/stop`, { reason: "x" })).status,
    ).toBeGreaterThanOrEqual(403);
    expect(
      (await gateway.review("erin", "POST", `/sessions/${session}/stop`, { reason: "looks odd" })).status,
    ).toBeLessThan(300);
    const result = await push.done;
    expect(result.code).toBe(1);
    expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
    const after = await work.git("fetch", "origin");
    expect(after.stderr).toContain("stopped by a person");
  });

  it("says that it is still pending when the gateway shuts down, and stays pending", async () => {
    const { push, card } = await heldPush();
    await gateway.stop("SIGTERM");
    const result = await push.done;
    expect(result.stderr).toContain("it will land when approved");
    expect(result.stderr).toContain("[remote rejected]");
    expect(result.stderr).not.toContain("RPC failed");
    gateway = await startGateway({ dataDir: gateway.dataDir });
    await pendingApproval(gateway, "carol", ({ id }) => id === card.id);
  });
});
