// A name that does not exist is reported once, with file and line and the name that was meant.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { nearest } from "../../lambda/policy/nearest.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { PolicyError } from "../../lambda/policy/policy-error.ts";
import { shipped } from "./shipped.ts";

const line = shipped.approvals.text.split("\n").length + 1;

/** Of a rule on the second line after the shipped ones. */
function problemsOf(rule: string): readonly string[] {
  const text = `${shipped.approvals.text}@id("t") @reviewers("platform-team") @ttl("1h")\n${rule}\n`;
  try {
    loadPolicies({ ...shipped, approvals: { ...shipped.approvals, text } });
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}

const branchWrite = 'action in Gatehouse::Action::"branchWrite"';

describe("a rule with a name that does not exist", () => {
  it.each([
    [
      'forbid (principal, action == Gatehouse::Action::"psh", resource);',
      'unrecognized action `Gatehouse::Action::"psh"` (did you mean `Gatehouse::Action::"push"`?)',
    ],
    [
      'forbid (principal, action in Action::"branchWrite", resource);',
      'unrecognized action `Action::"branchWrite"` (did you mean `Gatehouse::Action::"branchWrite"`?)',
    ],
    [
      `forbid (principal, ${branchWrite}, resource is Gatehouse::Brnch);`,
      "unrecognized entity type `Gatehouse::Brnch` (did you mean `Gatehouse::Branch`?)",
    ],
    [
      `forbid (principal, ${branchWrite}, resource is Gatehouse::Branch) when { resource.isProteced };`,
      "attribute `isProteced` on entity type `Gatehouse::Branch` not found (did you mean `isProtected`?)",
    ],
    [
      `forbid (principal, ${branchWrite}, resource is Gatehouse::Branch) when { context.touchesWorkflow };`,
      "attribute `touchesWorkflow` in the context not found (did you mean `touchesWorkflows`?)",
    ],
    [
      `forbid (principal, ${branchWrite}, resource) when { principal.email == "x" };`,
      "attribute `email` on entity type `Gatehouse::User` not found (Gatehouse::User has no attributes)",
    ],
  ])("%s", (rule, problem) => {
    expect(problemsOf(rule)).toEqual([`policies/approvals.cedar:${line}: policy "t": ${problem}`]);
  });

  it("in an annotation is told what was meant", () => {
    const [problem = ""] = problemsOf(
      `forbid (principal, ${branchWrite}, resource);\n@id("u") @reviewrs("a") @ttl("1h") forbid (principal, action, resource);`,
    );
    expect(problem).toContain("@reviewrs, which does nothing here. Did you mean @reviewers? Expected: ");
  });
});

describe("the nearest name", () => {
  it("is one with a typing error, in whatever case", () => {
    expect(nearest("isprotectd", ["isDefault", "isProtected"])).toBe("isProtected");
  });

  it("is none when all are far away", () => {
    expect(nearest("email", ["isDefault", "isProtected"])).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
  });

  it("of a known name is that name", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(names, (known) => {
        for (const name of known) expect(nearest(name, known)).toBe(name);
      }),
    );
  });
});
