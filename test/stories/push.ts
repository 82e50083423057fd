// The main job: a real `git push` is identified, held, approved, recorded and replayed.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ApprovalView, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";

export function pushStories(start: StartGateway): void {
  let gateway: GatewayUnderTest;
  let work: WorkTree;
  let url: string;
  const session = "ses-push-story";

  beforeAll(async () => {
    gateway = await start();
    url = remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app");
    work = await clone(url);
  });
  afterAll(() => discard(gateway));

  async function upstreamHead(branch: string): Promise<string | undefined> {
    const { json, status } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
    return status === 200 ? (json as { object: { sha: string } }).object.sha : undefined;
  }

  async function upstreamPushes(): Promise<number> {
    return (await gateway.upstream()).filter(
      ({ method, path }) => method === "POST" && path.endsWith("/git-receive-pack"),
    ).length;
  }

  describe("a push to a protected branch", () => {
    it("waits with remote lines that carry the link, and lands when a reviewer approves", async () => {
      const commit = await work.commit({ "src/totals.txt": "rounded\n" }, "Round the totals");
      const before = await upstreamHead("main");
      const push = work.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(gateway, "carol");
      await push.saw(`${gateway.console}/approvals/${card.id}`);
      await push.saw("platform-team");
      expect(await upstreamHead("main")).toBe(before);

      const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json as ApprovalView;
      expect(view.sentence).toContain("main of acme/app");
      expect(view.change?.refs[0]?.files.map(({ path }) => path)).toEqual(["src/totals.txt"]);
      expect(view.change?.refs[0]?.commits.map(({ message }) => message.trim())).toEqual([
        "Round the totals",
      ]);

      expect((await decide(gateway, "carol", card, "approve")).status).toBe(200);
      const result = await push.done;
      expect(result.stderr).toContain("HEAD -> main");
      expect(result.code).toBe(0);
      expect(await upstreamHead("main")).toBe(commit);
      await approvalIn(gateway, "carol", card.id, "done");
    });

    it("is refused per ref with the reviewer's reason, and moves nothing, when denied", async () => {
      const before = await upstreamHead("main");
      const pushes = await upstreamPushes();
      await work.commit({ "src/no.txt": "no\n" }, "Not wanted");
      const push = work.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(gateway, "dave");
      await decide(gateway, "dave", card, "deny", "please open a pull request");
      const result = await push.done;
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("please open a pull request");
      expect(result.stderr).toContain("[remote rejected]");
      expect(await upstreamHead("main")).toBe(before);
      expect(await upstreamPushes()).toBe(pushes);
    });

    it("is one plan for several refs, and all of them land together", async () => {
      await work.git("reset", "--hard", "origin/main");
      const commit = await work.commit({ "src/both.txt": "both\n" }, "Two at once");
      const push = work.start("push", "origin", "HEAD:main", "HEAD:refs/heads/feature/both");
      const card = await pendingApproval(gateway, "carol");
      expect(card.refs.map(({ ref }) => ref).sort()).toEqual(["refs/heads/feature/both", "refs/heads/main"]);
      await decide(gateway, "carol", card, "approve");
      expect((await push.done).code).toBe(0);
      expect([await upstreamHead("main"), await upstreamHead("feature/both")]).toEqual([commit, commit]);
    });

    it("cannot be approved by the one who asked, whatever teams they are in", async () => {
      const carols = await clone(
        remoteUrl(gateway.gateway, "carol", await gateway.token("carol"), "acme/app"),
      );
      await carols.commit({ "src/own.txt": "own\n" }, "Approve my own");
      const push = carols.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(gateway, "carol");
      const own = await decide(gateway, "carol", card, "approve");
      expect([own.status, (own.json as { code: string }).code]).toEqual([403, "GH_OWN_REQUEST"]);
      const outsider = await decide(gateway, "bob", card, "approve");
      expect(outsider.status).toBe(404);
      expect((await decide(gateway, "dave", card, "approve")).status).toBe(200);
      expect((await push.done).code).toBe(0);
    });
  });

  describe("a push that needs nobody", () => {
    it("to a feature branch passes at once", async () => {
      await work.git("fetch", "--quiet", "origin");
      await work.git("reset", "--hard", "origin/main");
      const commit = await work.commit({ "src/feature.txt": "feature\n" }, "A feature");
      const result = await work.git("push", "origin", "HEAD:refs/heads/feature/quick");
      expect(result.code).toBe(0);
      expect(await upstreamHead("feature/quick")).toBe(commit);
    });

    it("of a branch that changes a workflow file waits for a person all the same", async () => {
      await work.commit({ ".github/workflows/evil.yml": "on: push\n" }, "A workflow");
      const push = work.start("push", "origin", "HEAD:refs/heads/feature/workflow");
      const card = await pendingApproval(gateway, "erin");
      expect(card.demands.map(({ rule }) => rule)).toContain("workflow-files");
      await decide(gateway, "erin", card, "deny", "not from an agent");
      expect((await push.done).code).toBe(1);
      expect(await upstreamHead("feature/workflow")).toBeUndefined();
    });

    it("that carries a private key is refused, naming the file and the line", async () => {
      await work.git("reset", "--hard", "origin/main");
      const body = Buffer.alloc(900, 7)
        .toString("base64")
        .replace(/(.{64})/g, "$1\n");
      const label = ["RSA", "PRIVATE", "KEY"].join(" ");
      await work.commit(
        { "deploy/key.pem": `# key\n-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n` },
        "Oops",
      );
      const result = await work.git("push", "origin", "HEAD:refs/heads/feature/oops");
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("deploy/key.pem:2");
      expect(await upstreamHead("feature/oops")).toBeUndefined();
    });
  });

  describe("who may not", () => {
    it("a person in no team is told so before the push is uploaded", async () => {
      const result = await work.git(
        "push",
        remoteUrl(gateway.gateway, "mallory", await gateway.token("mallory"), "acme/app"),
        "HEAD:refs/heads/x",
      );
      expect(result.code).not.toBe(0);
      expect(result.stderr).toMatch(/Refused by policy/);
    });

    it("a request without a token gets a challenge that git answers with its credentials", async () => {
      const answer = await fetch(`${gateway.gateway}/acme/app.git/info/refs?service=git-upload-pack`);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toMatch(/Basic realm=/);
    });
  });

  describe("the record of it", () => {
    it("shows the session with every call, verdict, rule, approval and commit", async () => {
      const view = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView;
      expect(view.login).toBe("alice");
      expect(view.commits).toBeGreaterThanOrEqual(3);
      const held = view.entries.filter(
        ({ intent }) => intent.verdict.is === "hold" && intent.action.operation === "git/receive-pack",
      );
      expect(held.length).toBeGreaterThanOrEqual(3);
      expect(held[0]?.intent.verdict.rules).toContain("protected-branch");
      expect(held[0]?.approvals.map(({ event }) => event)).toContain("vote");
      const executed = view.entries.find(({ entry }) => entry.startsWith("exe_"));
      expect(executed?.outcome?.refResults).toEqual([{ ref: "refs/heads/main", ok: true }]);
      expect(view.entries.every(({ outcome }) => outcome !== undefined)).toBe(true);
    });

    it("keeps the pushed change as commits and a diff, and says that an auditor read it", async () => {
      const view = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView;
      const push = view.entries.find(({ plan }) => plan !== undefined);
      const change = await gateway.review("erin", "GET", `/entries/${push?.entry ?? ""}/change`);
      expect(change.text).toContain("src/totals.txt");
    });

    it("holds nothing of the upstream's token", async () => {
      const token = await gateway.upstreamToken();
      expect((await gateway.stored()).filter((bytes) => bytes.includes(token))).toEqual([]);
      expect(gateway.stderr()).not.toContain(token);
    });

    it("leaves nothing in escrow once every plan has ended", async () => {
      expect(await gateway.escrowed()).toEqual([]);
    });
  });
}
