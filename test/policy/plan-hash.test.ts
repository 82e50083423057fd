import { describe, expect, it } from "@jest/globals";
import type { PlanSubstance } from "../../lambda/model/plan.ts";
import { planHash } from "../../lambda/policy/plan-hash.ts";
import { oids } from "./shipped.ts";

const substance: PlanSubstance = {
  repositoryId: 1296269,
  operation: "git/receive-pack",
  refs: [
    { ref: "refs/heads/main", change: "update", old: oids.old, new: oids.new, force: "no" },
    { ref: "refs/heads/dev", change: "delete", old: oids.old, force: "no" },
  ],
  options: [],
  parameters: { a: "1", b: "2" },
  rules: ["protected-branch"],
};
const hash = planHash(substance);

describe("planHash", () => {
  it("is the SHA-256 of the canonical JSON", () => {
    expect(
      planHash({ repositoryId: 1, operation: "x", refs: [], options: [], parameters: {}, rules: [] }),
    ).toBe("0dea7053398e55df20c8a09216762ae2a08b2f76cd084212a8c3580f37889b29");
  });

  it("does not depend on the order in which parameters were read", () => {
    expect(planHash({ ...substance, parameters: { b: "2", a: "1" } })).toBe(hash);
  });

  it("does not tell an absent body from an undefined one", () => {
    expect(planHash({ ...substance, bodyDigest: undefined })).toBe(hash);
  });

  it.each<[string, Partial<PlanSubstance>]>([
    ["another repository", { repositoryId: 2 }],
    ["another operation", { operation: "git/update-ref" }],
    ["its refs in another order", { refs: [...substance.refs].reverse() }],
    ["one ref less", { refs: substance.refs.slice(0, 1) }],
    ["another new object", { refs: substance.refs.map((ref) => ({ ...ref, new: oids.old })) }],
    ["another old object", { refs: substance.refs.map((ref) => ({ ...ref, old: oids.new })) }],
    ["force", { refs: substance.refs.map((ref) => ({ ...ref, force: "yes" as const })) }],
    ["a push option", { options: ["ci.skip"] }],
    ["a body", { bodyDigest: "00" }],
    ["another parameter", { parameters: { a: "1", b: "3" } }],
    ["another rule", { rules: ["protected-branch", "workflow-files"] }],
  ])("%s is another plan", (_what, change) => {
    expect(planHash({ ...substance, ...change })).not.toBe(hash);
  });

  it("refuses text that two programs could encode differently", () => {
    expect(() => planHash({ ...substance, parameters: { path: "\ud800" } })).toThrow();
  });
});
