import { describe, expect, it } from "@jest/globals";
import * as endings from "../../lambda/approval/endings.ts";
import type { Plan, PlanResult, PlanState } from "../../lambda/model/plan.ts";
import { alice, aPlan, carol, expiresAtMs, oids, person } from "./a-plan.ts";
import { codeOf } from "./refusals.ts";

const result: PlanResult = { atMs: 1, status: 200, refs: [], executionEntry: "exe_1" };
const states: readonly PlanState[] = [
  "pending",
  "approved",
  "executing",
  "done",
  "failed",
  "unknown",
  "denied",
  "expired",
  "withdrawn",
  "superseded",
  "void",
];

const steps: Record<string, { from: readonly PlanState[]; to: PlanState; take: (plan: Plan) => Plan }> = {
  expire: { from: ["pending"], to: "expired", take: (plan) => endings.expire(plan, expiresAtMs) },
  withdraw: { from: ["pending"], to: "withdrawn", take: (plan) => endings.withdraw(plan, alice) },
  supersede: { from: ["pending"], to: "superseded", take: (plan) => endings.supersede(plan, "pln_2") },
  void: {
    from: ["pending", "approved"],
    to: "void",
    take: (plan) => endings.voidPlan(plan, "main has moved"),
  },
  claim: { from: ["approved"], to: "executing", take: (plan) => endings.claim(plan) },
  "finish as done": { from: ["executing"], to: "done", take: (plan) => endings.finish(plan, result, "done") },
  "finish as unknown": {
    from: ["executing"],
    to: "unknown",
    take: (plan) => endings.finish(plan, result, "unknown"),
  },
};
const table = Object.entries(steps).flatMap(([name, step]) =>
  states.map((state) => ({ name, state, ...step })),
);

describe("a step in a plan's life", () => {
  it.each(table)(
    "$name from $state goes only where the drawing has an arrow",
    ({ state, from, to, take }) => {
      const plan = aPlan({ state, version: 7 });
      if (from.includes(state)) expect(take(plan)).toMatchObject({ state: to, version: 8 });
      else expect(codeOf(() => take(plan))).toBe("GH_ALREADY_DECIDED");
    },
  );

  it("leaves the plan it was given as it was", () => {
    const plan = Object.freeze(aPlan());
    endings.withdraw(plan, alice);
    expect(plan).toEqual(aPlan());
  });
});

describe("expire", () => {
  it("works at 10:00 and not a millisecond earlier", () => {
    expect(endings.expire(aPlan(), expiresAtMs).state).toBe("expired");
    expect(codeOf(() => endings.expire(aPlan(), expiresAtMs - 1))).toBe("GH_NOT_PERMITTED");
  });
});

describe("withdraw", () => {
  it("is for the requester through any of their identities, and for nobody else", () => {
    const linked = { ...person("alice-admin"), person: alice.person };
    expect(endings.withdraw(aPlan(), linked).endReason).toBe("withdrawn by alice-admin");
    expect(codeOf(() => endings.withdraw(aPlan(), carol))).toBe("GH_NOT_PERMITTED");
  });
});

describe("isEnded", () => {
  it.each(states)("of %s is so unless somebody can still act on it", (state) => {
    expect(endings.isEnded({ state })).toBe(!["pending", "approved", "executing"].includes(state));
  });
});

describe("supersedes", () => {
  const older = aPlan();
  const newer = aPlan({ id: "pln_2", hash: "decaf" });
  const refs = (...names: string[]) =>
    names.map((ref) => ({
      ref,
      change: "update" as const,
      old: oids.old,
      new: oids.new,
      force: "no" as const,
    }));

  it("is so for a newer push of the same caller to the same ref", () => {
    expect(endings.supersedes(newer, older)).toBe(true);
  });

  it("is so when one of several refs is the same", () => {
    expect(
      endings.supersedes(aPlan({ id: "pln_2" }, { refs: refs("refs/heads/dev", "refs/heads/main") }), older),
    ).toBe(true);
  });

  it.each<[string, Plan, Plan]>([
    ["the plan itself", older, older],
    ["another caller", aPlan({ id: "pln_2", requester: { ...carol, claimedClient: "" } }), older],
    ["another repository", aPlan({ id: "pln_2" }, { repositoryId: 2 }), older],
    ["another ref", aPlan({ id: "pln_2" }, { refs: refs("refs/heads/main2") }), older],
    ["a ref of another case", aPlan({ id: "pln_2" }, { refs: refs("refs/heads/Main") }), older],
    ["a REST call", aPlan({ id: "pln_2" }, { operation: "git/update-ref" }), older],
    ["a push over a REST call", newer, aPlan({}, { operation: "git/update-ref" })],
    ["a push over one that is decided", newer, aPlan({ state: "approved" })],
  ])("is not so for %s", (_what, one, other) => {
    expect(endings.supersedes(one, other)).toBe(false);
  });
});
