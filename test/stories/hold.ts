// A hold outlives its client and its connection, and is never carried out twice or in a changed world.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ApprovalCard, Blame, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type RunningGit, type WorkTree } from "../stand-ins/git.ts";

export function holdStories(start: StartGateway): void {
  let gateway: GatewayUnderTest;
  let work: WorkTree;
  let session: string;
  let told = 0;

  beforeAll(async () => {
    gateway = await start();
  });
  /** Each story is a sitting of its own, at the branch as it stands. */
  beforeEach(async () => {
    session = `ses-hold-story-${(told += 1)}`;
    work = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
    );
  });
  afterAll(() => discard(gateway));

  async function head(branch = "main"): Promise<string> {
    const { json } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
    return (json as { object: { sha: string } }).object.sha;
  }

  async function receivedPushes(): Promise<number> {
    return (await gateway.upstream()).filter(
      ({ method, path }) => method === "POST" && path.endsWith("/git-receive-pack"),
    ).length;
  }

  async function heldPush(name = "a"): Promise<{ push: RunningGit; commit: string; card: ApprovalCard }> {
    const file = `${session}/${name}.txt`;
    const commit = await work.commit({ [file]: `${file}\n` }, `Add ${file}`);
    const push = work.start("push", "origin", "HEAD:main");
    const card = await pendingApproval(gateway, "carol", ({ refs }) =>
      refs.some((ref) => ref.new === commit),
    );
    await push.saw("/approvals/");
    return { push, commit, card };
  }

  describe("a held push", () => {
    it("lands from escrow when its client was killed, and its entry has its outcome", async () => {
      const { push, commit, card } = await heldPush();
      push.kill();
      await push.done;
      expect(await gateway.escrowed()).not.toEqual([]);
      await decide(gateway, "carol", card, "approve");
      await approvalIn(gateway, "carol", card.id, "done");
      expect(await head()).toBe(commit);
      expect(await gateway.escrowed()).toEqual([]);
      const entry = await eventually("an outcome", async () => {
        const view = (await gateway.review("erin", "GET", `/entries/${card.entry}`))
          .json as SessionView["entries"][number];
        return view.outcome;
      });
      // Lambda is never told that a client left: its invocation ran on until the push had landed.
      expect(["cut", "answered"]).toContain(entry.result);
      const path = `/blame?repository=ACME/app&commit=${commit.slice(0, 10)}`;
      const found = (await gateway.review("alice", "GET", path)).json as Blame;
      expect(found).toMatchObject({ commit, repository: "acme/app", requested: { entry: card.entry } });
      expect(found.landed.entry).toMatch(/^exe_/);
    });

    it("is refused per ref with the reviewer's reason, and nothing is sent, when denied", async () => {
      const { push, card } = await heldPush();
      const [before, pushes] = [await head(), await receivedPushes()];
      await decide(gateway, "dave", card, "deny", "please open a pull request");
      const result = await push.done;
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("please open a pull request");
      expect([await head(), await receivedPushes()]).toEqual([before, pushes]);
      expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
      expect(await gateway.escrowed()).toEqual([]);
    });

    it("is void when the branch moved meanwhile, and nothing is sent", async () => {
      const { push, card } = await heldPush();
      const other = await clone(remoteUrl(gateway.gateway, "bob", await gateway.token("bob"), "acme/app"));
      const commit = await other.commit({ [`${session}/b.txt`]: "b\n" }, "Faster");
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

    it("cannot be approved by the one who asked, nor by way of another plan's hash", async () => {
      const own = await clone(remoteUrl(gateway.gateway, "carol", await gateway.token("carol"), "acme/app"));
      const commit = await own.commit({ [`${session}/own.txt`]: "own\n" }, "Approve my own");
      const push = own.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(gateway, "dave", ({ refs }) =>
        refs.some((ref) => ref.new === commit),
      );
      const codeOf = async (answer: ReturnType<typeof decide>): Promise<unknown> => {
        const { status, json } = await answer;
        return [status, (json as { code: string }).code];
      };
      expect(await codeOf(decide(gateway, "carol", card, "approve"))).toEqual([403, "GH_OWN_REQUEST"]);
      const stale = { id: card.id, planHash: "0".repeat(64) };
      expect(await codeOf(decide(gateway, "dave", stale, "approve"))).toEqual([409, "GH_PLAN_CHANGED"]);
      await decide(gateway, "dave", card, "approve");
      expect((await push.done).code).toBe(0);
      expect(await head()).toBe(commit);
    });

    it("is decided once when two reviewers are quick at the same time", async () => {
      const { push, card } = await heldPush();
      const pushes = await receivedPushes();
      const answers = await Promise.all([
        decide(gateway, "carol", card, "approve"),
        decide(gateway, "dave", card, "approve"),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await push.done).code).toBe(0);
      expect(await receivedPushes()).toBe(pushes + 1);
    });

    it("ends for the client when the requester takes it back", async () => {
      const { push, card } = await heldPush();
      expect((await gateway.review("bob", "POST", `/approvals/${card.id}/withdraw`, {})).status).toBe(404);
      expect((await gateway.review("alice", "POST", `/approvals/${card.id}/withdraw`, {})).status).toBe(200);
      const result = await push.done;
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("withdrawn");
      expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
      expect(await gateway.escrowed()).toEqual([]);
    });

    it("gives way to a newer push by the same person to the same branch", async () => {
      const first = await heldPush("first");
      const second = await heldPush("second");
      const result = await first.push.done;
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("superseded");
      await decide(gateway, "carol", second.card, "approve");
      expect((await second.push.done).code).toBe(0);
      expect(await head()).toBe(second.commit);
    });

    it("is joined by the same push again, and both clients see it land", async () => {
      const { push, card } = await heldPush();
      const pushes = await receivedPushes();
      const again = work.start("push", "origin", "HEAD:main");
      await again.saw(card.id);
      await decide(gateway, "carol", card, "approve");
      expect([(await push.done).code, (await again.done).code]).toEqual([0, 0]);
      expect(await receivedPushes()).toBe(pushes + 1);
    });
  });
}
