// A push may carry a thousand refs: policy must not hold up everybody else, and must not overlook one of them.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { RefChange } from "../../lambda/model/action.ts";
import type { ProtectionFact } from "../../lambda/model/verdict.ts";
import { decide } from "../../lambda/policy/decide.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { aPush, oids, shipped } from "./shipped.ts";

const byState = loadPolicies(shipped);
/** The same rules, and one more that looks at a name: so every ref is asked about alone. */
const byName = loadPolicies({
  ...shipped,
  guardrails: {
    ...shipped.guardrails,
    text: `${shipped.guardrails.text}
@id("never-this-branch")
forbid (principal, action in Gatehouse::Action::"branchWrite", resource is Gatehouse::Branch)
when { resource.name == "no-such-branch" };`,
  },
});

interface Ref {
  readonly change: RefChange["change"];
  readonly force: RefChange["force"];
  readonly isProtected: boolean;
}

function pushOf(refs: readonly Ref[]): ReturnType<typeof aPush> {
  return aPush({
    refs: refs.map(({ change, force }, at) => ({ ref: nameOf(at), change, force, ...oids })),
    protection: refs.map(({ isProtected }, at): ProtectionFact => ({
      ref: nameOf(at),
      isProtected,
      isDefault: false,
      because: "",
    })),
  });
}

const nameOf = (at: number): string => `refs/heads/b${at}`;
const plain: Ref = { change: "update", force: "no", isProtected: false };

describe("a push of many refs", () => {
  it("is decided as if each ref had been asked about alone", () => {
    const ref = fc.record({
      change: fc.constantFrom("create", "update", "delete"),
      force: fc.constantFrom("yes", "no", "unknown"),
      isProtected: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(ref, { minLength: 1, maxLength: 8 }), (refs) => {
        const together = { ...decide(byState, pushOf(refs)), policyHash: "", reason: "" };
        const alone = { ...decide(byName, pushOf(refs)), policyHash: "", reason: "" };
        expect(together).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });

  it("is held when the last of a thousand is protected, and the reason names that one", () => {
    const refs = [...Array.from({ length: 999 }, () => plain), { ...plain, isProtected: true }];
    const verdict = decide(byState, pushOf(refs));
    expect(verdict).toMatchObject({ is: "hold", rules: ["protected-branch"] });
    expect(verdict.reason).toBe("writes to b999 need a second person");
  });

  it("names three of the protected ones and counts the others", () => {
    const refs = Array.from({ length: 1_000 }, () => ({ ...plain, isProtected: true }));
    expect(decide(byState, pushOf(refs)).reason).toContain("b0, b1, b2 and 997 more");
  });

  it("asks about each name where a rule names branches, and the rule is not overlooked", () => {
    const policies = loadPolicies({
      ...shipped,
      guardrails: {
        ...shipped.guardrails,
        text: shipped.guardrails.text.concat(`
@id("never-this-branch")
forbid (principal, action in Gatehouse::Action::"branchWrite", resource is Gatehouse::Branch)
when { resource.ref == "refs/heads/b7" };`),
      },
    });
    expect(decide(policies, pushOf(Array.from({ length: 7 }, () => plain))).is).toBe("allow");
    const verdict = decide(policies, pushOf(Array.from({ length: 8 }, () => plain)));
    expect(verdict).toMatchObject({ is: "deny", rules: ["never-this-branch"] });
  });

  it.each([
    ['resource == Gatehouse::Branch::"1:refs/heads/x"', "true"],
    ["resource is Gatehouse::Branch", 'resource in Gatehouse::Branch::"1:refs/heads/x"'],
    ["resource is Gatehouse::Branch", 'resource.name like "docs/*"'],
  ])("counts as naming branches: %s when %s", (resource, condition) => {
    const text = `${shipped.guardrails.text}
@id("by-name")
forbid (principal, action in Gatehouse::Action::"branchWrite", ${resource}) when { ${condition} };`;
    expect(loadPolicies({ ...shipped, guardrails: { ...shipped.guardrails, text } }).tellBranchesByName).toBe(
      true,
    );
  });

  it("is taken up to 200 refs where rules name branches, and refused with 201", () => {
    expect(decide(byName, pushOf(Array.from({ length: 200 }, () => plain))).is).toBe("allow");
    const verdict = decide(byName, pushOf(Array.from({ length: 201 }, () => plain)));
    expect(verdict.is).toBe("deny");
    expect(verdict.reason).toContain("it changes 201 branches at once");
  });
});
