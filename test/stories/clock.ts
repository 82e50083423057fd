// The approval clock: nobody decides, so more people may, and at last the plan expires. It never approves.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { ApprovalView } from "../../lambda/model/api.ts";
import { approvalIn, decide, eventually, pendingApproval } from "../stand-ins/eventually.ts";
import { discard, type GatewayUnderTest, type StartGateway } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { policiesWith, type PolicyFolder } from "../stand-ins/policies.ts";

export function clockStories(start: StartGateway): void {
  let gateway: GatewayUnderTest;
  let policies: PolicyFolder;

  beforeAll(async () => {
    policies = await policiesWith({
      "protected-branch": { remind: "1s", escalateAfter: "2s" },
      "workflow-files": { ttl: "3s", remind: undefined },
    });
    gateway = await start({ config: { hold: { restWaitMs: 1_000 }, policies: policies.folder } });
  });
  afterAll(async () => {
    await discard(gateway);
    await policies.remove();
  });

  it("ends a push that nobody decided about, for its client too, and moves nothing", async () => {
    const work = await clone(remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app"));
    const commit = await work.commit({ ".github/workflows/late.yml": "on: push\n" }, "Nobody looks");
    const push = work.start("push", "origin", "HEAD:refs/heads/feature/late");
    const card = await pendingApproval(gateway, "erin", ({ refs }) => refs.some((ref) => ref.new === commit));
    const result = await push.done;
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("Nobody approved this in time");
    await approvalIn(gateway, "erin", card.id, "expired");
    expect((await decide(gateway, "erin", card, "approve")).status).toBe(409);
    expect(await gateway.escrowed()).toEqual([]);
  });

  it("lets a second team decide as well after a while, whose approval counts", async () => {
    const answer = await gateway.api("alice", "PUT", "/repos/acme/app/contents/notes/late.md", {
      message: "Nobody looks",
      content: "bGF0ZQ==",
    });
    expect(answer.status).toBe(409);
    const { plan } = (answer.json as { gatehouse: { plan: string } }).gatehouse;
    const view = await eventually("the escalation", async () => {
      const seen = (await gateway.review("erin", "GET", `/approvals/${plan}`)).json as Partial<ApprovalView>;
      return seen.demands?.some(({ reviewers }) => reviewers.includes("security-team")) === true
        ? (seen as ApprovalView)
        : undefined;
    });
    expect(view.mayDecide).toBe(true);
    expect((await decide(gateway, "erin", view, "approve")).status).toBe(200);
    await approvalIn(gateway, "erin", plan, "done");
  });
}
