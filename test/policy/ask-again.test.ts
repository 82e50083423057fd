// Answers are remembered: a remembered one must never stand in for a question that differs in anything.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ask } from "../../lambda/policy/ask.ts";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { questionsOf } from "../../lambda/policy/questions.ts";
import { aProtectedPush, aPush, aRead, shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const teams = fc.subarray(["engineering", "platform-team", "security-team"]);
const anyInput: fc.Arbitrary<PolicyInput> = fc
  .record({
    make: fc.constantFrom(aRead, aPush, (change: Partial<PolicyInput>) => aProtectedPush("main", change)),
    caller: fc.record({ subject: fc.constantFrom("ana", "ben"), teams }),
    access: fc.record({ readers: teams, writers: teams }),
    touchesWorkflows: fc.boolean(),
    touchesAllBranches: fc.boolean(),
  })
  .map(({ make, ...change }) => make(change));

describe("asking again", () => {
  it("gives the verdict that policies which were never asked give, whatever was asked before", () => {
    const fresh = fc.sample(anyInput, { numRuns: 8, seed: 7 });
    fc.assert(
      fc.property(fc.array(anyInput, { minLength: 1, maxLength: 12 }), (inputs) => {
        for (const input of [...inputs, ...inputs]) decide(policies, input);
      }),
      { numRuns: 25 },
    );
    for (const input of fresh) expect(decide(policies, input)).toEqual(decide(loadPolicies(shipped), input));
  });

  it("about both files together allows what each allows alone, by the same rules, and nothing else", () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        for (const question of questionsOf(input)) {
          const [both, guarded, held] = (["all", "guardrails", "approvals"] as const).map((set) =>
            ask(policies, set, question),
          );
          if (guarded?.is === "allow" && held?.is === "allow") expect(both).toEqual(guarded);
          else expect(both?.is).toBe("deny");
        }
      }),
      { numRuns: 100, examples: [[aRead()], [aPush()], [aProtectedPush("main")]] },
    );
  });

  it("follows the policies when they change", () => {
    const locked = {
      ...shipped,
      guardrails: {
        ...shipped.guardrails,
        text: `${shipped.guardrails.text}\n@id("locked") forbid (principal, action, resource);`,
      },
    };
    expect(decide(policies, aRead()).is).toBe("allow");
    expect(decide(loadPolicies(locked), aRead())).toMatchObject({ is: "deny", rules: ["locked"] });
    expect(decide(policies, aRead()).is).toBe("allow");
  });
});
