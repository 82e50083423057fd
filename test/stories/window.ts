// A rule with a window: one approval, and what follows in the same session lands at once, each of it recorded.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ApprovalView, EntryView, SessionView } from "../../lambda/model/api.ts";
import { approvalIn, decide, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type ApiAnswer, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { policiesWith, type PolicyFolder } from "../stand-ins/policies.ts";

export function windowStories(start: StartGateway): void {
  let gateway: GatewayUnderTest;
  let policies: PolicyFolder;

  beforeAll(async () => {
    policies = await policiesWith({ "protected-branch": { window: "30m" } });
    gateway = await start({ config: { hold: { restWaitMs: 3_000 }, policies: policies.folder } });
  });
  afterAll(async () => {
    await discard(gateway);
    await policies.remove();
  });

  const put = (login: string, session: string, path: string): Promise<ApiAnswer> =>
    gateway.api(
      login,
      "PUT",
      `/repos/acme/app/contents/${path}`,
      { message: `Add ${path}`, content: Buffer.from(path).toString("base64") },
      { session },
    );

  async function approvedPut(session: string, path: string): Promise<string> {
    const answer = put("alice", session, path);
    const card = await pendingApproval(gateway, "carol", ({ session: of }) => of === session);
    await decide(gateway, "carol", card, "approve");
    expect((await answer).status).toBeLessThan(300);
    return card.id;
  }

  describe("after one approval", () => {
    it("the same session's next write to the branch lands without a person, and the record says why", async () => {
      const first = await approvedPut("ses-window", "notes/one.md");
      expect((await put("alice", "ses-window", "notes/two.md")).status).toBe(201);
      const { json } = await gateway.review("alice", "GET", "/sessions/ses-window");
      const entries = (json as SessionView).entries;
      const covered = entries.filter(({ approvals }) =>
        approvals.some(({ reason }) => reason.startsWith(`covered by ${first} until `)),
      );
      expect(covered.map(({ intent }: EntryView) => intent.request.path)).toEqual([
        "/api/v3/repos/acme/app/contents/notes/two.md",
      ]);
      const plan = covered[0]?.plan?.plan ?? "";
      const view: ApprovalView = await approvalIn(gateway, "carol", plan, "done");
      expect(view.votes).toEqual([]);
      expect(view.coveredBy?.plan).toBe(first);
    });

    it("another session of the same person, and another person, still wait", async () => {
      await approvedPut("ses-window-mine", "notes/three.md");
      expect((await put("alice", "ses-window-other", "notes/four.md")).status).toBe(409);
      expect((await put("bob", "ses-window-bob", "notes/five.md")).status).toBe(409);
    });

    it("a workflow file still waits, because its own rule has no window", async () => {
      await approvedPut("ses-window-ci", "notes/six.md");
      expect((await put("alice", "ses-window-ci", ".github/workflows/new.yml")).status).toBe(409);
    });

    it("a denial ends it", async () => {
      await approvedPut("ses-window-no", "notes/seven.md");
      const held = put("alice", "ses-window-no", ".github/workflows/no.yml");
      const card = await pendingApproval(gateway, "carol", ({ session }) => session === "ses-window-no");
      await decide(gateway, "carol", card, "deny");
      expect((await held).status).toBe(403);
      expect((await put("alice", "ses-window-no", "notes/eight.md")).status).toBe(409);
    });
  });
}
