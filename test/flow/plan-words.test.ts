// Each way in which a plan ends has its own words for the one who asked.
import { describe, expect, it } from "@jest/globals";
import { planLink, planRefusal } from "../../lambda/flow/plan-words.ts";
import type { PlanState } from "../../lambda/model/plan.ts";
import { aPlan, carol, openedAtMs } from "../approval/a-plan.ts";

const link = "https://console.example/approvals/pln_1";

describe("a plan that did not reach GitHub", () => {
  it.each<[PlanState, number, string, string]>([
    ["expired", 403, "GH_EXPIRED", link],
    ["withdrawn", 409, "GH_WITHDRAWN", "withdrawn"],
    ["superseded", 409, "GH_WITHDRAWN", "superseded"],
    ["void", 409, "GH_PLAN_VOID", "main has moved since"],
    ["unknown", 502, "GH_PLAN_UNKNOWN", link],
    ["pending", 409, "GH_PENDING", "platform-team"],
  ])("and is %s is answered with %i %s", (state, status, code, words) => {
    const refusal = planRefusal(aPlan({ state, endReason: "main has moved since" }), link);
    expect([refusal.status, refusal.code]).toEqual([status, code]);
    expect(refusal.message).toContain(words);
  });

  it("and is denied is answered with who said no, and why", () => {
    const vote = { ...carol, decision: "deny" as const, reason: "not on a Friday", atMs: openedAtMs };
    const plan = aPlan({ state: "denied", votes: [vote] });
    expect(planRefusal(plan, link).message).toContain("carol");
    expect(planRefusal(plan, link).message).toContain("not on a Friday");
  });

  it("is linked at the console, whose host is not the road's", () => {
    const config = { console: { url: "https://console.example" } };
    expect(planLink({ config } as Parameters<typeof planLink>[0], { id: "pln_1" })).toBe(link);
  });
});
