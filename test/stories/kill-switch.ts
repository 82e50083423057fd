// The kill switch: a person stops a session, and what it has under way ends at once, whoever serves it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { SessionView } from "../../lambda/model/api.ts";
import { decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";

export function killSwitchStories(start: StartGateway): void {
  let gateway: GatewayUnderTest;
  let work: WorkTree;
  const session = "ses-kill-switch-story";

  beforeAll(async () => {
    gateway = await start({ config: { hold: { restWaitMs: 20_000 } } });
    work = await clone(
      remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app"),
    );
  });
  afterAll(() => discard(gateway));

  const stop = async (login: string): Promise<number> =>
    (await gateway.review(login, "POST", `/sessions/${session}/stop`, { reason: "looks odd" })).status;

  describe("a stopped session", () => {
    it("ends its waiting push and its waiting call, says why, and voids what they waited for", async () => {
      const commit = await work.commit({ "stop.txt": "stop\n" }, "Stop me");
      const push = work.start("push", "origin", "HEAD:main");
      const card = await pendingApproval(gateway, "carol", ({ refs }) =>
        refs.some((ref) => ref.new === commit),
      );
      await push.saw("/approvals/");
      const call = gateway.api(
        "alice",
        "PUT",
        "/repos/acme/app/contents/stop.md",
        { message: "Stop", content: "c3RvcA==" },
        { session },
      );
      await pendingApproval(gateway, "carol", ({ operation }) =>
        operation.startsWith("repos/create-or-update"),
      );
      expect(await stop("bob")).toBeGreaterThanOrEqual(403);
      expect(await stop("erin")).toBeLessThan(300);
      const [result, answer] = await Promise.all([push.done, call]);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain("stopped");
      // Whoever hears first: that the session is stopped, or that what the call waited for is void because of it.
      expect([403, 409]).toContain(answer.status);
      expect(answer.text).toContain("stopped");
      expect((await decide(gateway, "carol", card, "approve")).status).toBe(409);
      expect(await gateway.escrowed()).toEqual([]);
    });

    it("is refused from then on, git and REST alike, and the same person's other sessions are not", async () => {
      const after = await work.git("fetch", "origin");
      expect(after.code).not.toBe(0);
      const [same, other] = await Promise.all([
        gateway.api("alice", "GET", "/repos/acme/app", undefined, { session }),
        gateway.api("alice", "GET", "/repos/acme/app", undefined, { session: "ses-another" }),
      ]);
      expect([same.status, other.status]).toEqual([403, 200]);
    });

    it("is shown as stopped, with an outcome for everything that it did", async () => {
      const view = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView;
      expect(view.isStopped).toBe(true);
      expect(view.entries.filter(({ outcome }) => outcome === undefined)).toEqual([]);
    });
  });
}
