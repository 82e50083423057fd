// What holds for every verdict, whatever the refs and whatever is known about them.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RefChange } from "../../lambda/model/action.ts";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { aProtectedPush, aPush, oids, shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const ask = (input: PolicyInput) => decide(policies, input);

describe("every verdict", () => {
  const ref = fc.record({
    ref: fc.constantFrom("refs/heads/main", "refs/heads/dev", "refs/heads/release/1", "refs/tags/v1"),
    change: fc.constantFrom("create" as const, "update" as const, "delete" as const),
    force: fc.constantFrom("yes" as const, "no" as const, "unknown" as const),
  });
  const fact = fc.record({
    ref: fc.constantFrom("refs/heads/main", "refs/heads/dev", "refs/heads/release/1"),
    isProtected: fc.boolean(),
    isDefault: fc.boolean(),
    because: fc.constant("x"),
  });

  it("allows a branch write only when each of its refs is known not to be protected", () => {
    fc.assert(
      fc.property(
        fc.array(ref, { maxLength: 4 }),
        fc.array(fact, { maxLength: 4 }),
        fc.boolean(),
        (refs, protection, all) => {
          const verdict = ask(aPush({ refs, protection, touchesAllBranches: all }));
          const isFree = ({ ref: name }: { ref: string }) =>
            name !== "refs/heads/main" &&
            protection.some((one) => one.ref === name) &&
            protection.every((one) => one.ref !== name || (!one.isProtected && !one.isDefault));
          expect(verdict.is).toBe(refs.length > 0 && !all && refs.every(isFree) ? "allow" : "hold");
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names at most three targets in its one-line reason", () => {
    const refs = Array.from({ length: 40 }, (_, index): RefChange => ({
      ref: `refs/heads/b${index}`,
      change: "update",
      old: oids.old,
      new: oids.new,
      force: "no",
    }));
    expect(ask(aPush({ refs, protection: [] })).reason).toBe(
      "writes to b0, b1, b2 and 37 more need a second person",
    );
  });

  it("keeps a branch name out of the reason's own syntax", () => {
    expect(ask(aProtectedPush("$&{target}$1")).reason).toBe("writes to $&{target}$1 need a second person");
  });
});
