// A policy file that says one thing and does another is worse than none: the loader refuses it, by file and line.
import { describe, expect, it } from "@jest/globals";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { PolicyError } from "../../lambda/policy/policy-error.ts";
import { shipped } from "./shipped.ts";

const reviewed = '@reviewers("platform-team") @ttl("1h")';
const anyWrite = '(principal, action in Gatehouse::Action::"write", resource)';

function problemsOf(change: { guardrails?: string; approvals?: string; schema?: string }): readonly string[] {
  const text = (name: "guardrails" | "approvals" | "schema") =>
    change[name] === undefined ? shipped[name] : { name: shipped[name].name, text: change[name] };
  try {
    loadPolicies({ guardrails: text("guardrails"), approvals: text("approvals"), schema: text("schema") });
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}

/** The shipped approvals, and this rule below them, on line `last`. */
function withApproval(rule: string): { approvals: string } {
  return { approvals: `${shipped.approvals.text}${rule}\n` };
}
const last = shipped.approvals.text.split("\n").length;

describe("loadPolicies", () => {
  it("takes the policies as they are shipped", () => {
    const policies = loadPolicies(shipped);
    expect([...policies.approvals.keys()].sort()).toEqual([
      "indirect-writes",
      "protected-branch",
      "workflow-files",
    ]);
    expect(policies.approvals.get("protected-branch")).toMatchObject({
      reviewers: ["platform-team"],
      quorum: 1,
      ttlSeconds: 3600,
    });
    expect(policies.reviewerTeams).toEqual(["platform-team", "security-team"]);
  });

  it.each(["guardrails", "approvals", "schema"] as const)(
    "gives another hash when a comment in %s changes",
    (file) => {
      const other = { ...shipped, [file]: { ...shipped[file], text: `${shipped[file].text}// more\n` } };
      expect(loadPolicies(other).hash).not.toBe(loadPolicies(shipped).hash);
      expect(loadPolicies(shipped).hash).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it.each([
    ["without @id", `${reviewed} forbid ${anyWrite};`, "a policy has no @id; every rule needs one."],
    [
      "with an empty @id",
      `@id ${reviewed} forbid ${anyWrite};`,
      "a policy has no @id; every rule needs one.",
    ],
    [
      "without @reviewers",
      `@id("x") @ttl("1h") forbid ${anyWrite};`,
      'policy "x" has no @reviewers; every approval rule needs one.',
    ],
    [
      "with nobody in @reviewers",
      `@id("x") @reviewers(" , ") @ttl("1h") forbid ${anyWrite};`,
      'policy "x" has no @reviewers; every approval rule needs one.',
    ],
    [
      "without @ttl",
      `@id("x") @reviewers("a") forbid ${anyWrite};`,
      'policy "x" has no @ttl; every approval rule needs one.',
    ],
    [
      "with a @ttl of no unit",
      `@id("x") @reviewers("a") @ttl("60") forbid ${anyWrite};`,
      'policy "x" has @ttl("60"). Expected: 90s, 30m, 1h or 2d, 30 days at most.',
    ],
    [
      "with a @ttl of zero",
      `@id("x") @reviewers("a") @ttl("0h") forbid ${anyWrite};`,
      'policy "x" has @ttl("0h"). Expected: 90s, 30m, 1h or 2d, 30 days at most.',
    ],
    [
      "with a @quorum of zero",
      `@id("x") ${reviewed} @quorum("0") forbid ${anyWrite};`,
      'policy "x" has @quorum("0"). Expected: a number from 1 to 20.',
    ],
    [
      "with an annotation that does nothing",
      `@id("x") ${reviewed} @notify("slack") forbid ${anyWrite};`,
      'policy "x" has @notify, which does nothing here. Expected: @id, @reviewers, @quorum, @ttl, @remind, @escalate, @escalateAfter, @window, @reason.',
    ],
    [
      "that permits",
      `@id("x") ${reviewed} permit ${anyWrite};`,
      'policy "x" is a permit; approval rules are forbids. What is possible belongs into the guardrails.',
    ],
    [
      "of an id that exists",
      `@id("protected-branch") ${reviewed} forbid ${anyWrite};`,
      'policy "protected-branch" exists twice; ids are unique.',
    ],
    [
      "with an unknown placeholder",
      `@id("x") ${reviewed} @reason("see {branch}") forbid ${anyWrite};`,
      'policy "x" uses {branch} in its @reason. Known: {target}.',
    ],
  ])("refuses an approval rule %s, naming file and line", (_what, rule, message) => {
    expect(problemsOf(withApproval(rule))).toEqual([`policies/approvals.cedar:${last}: ${message}`]);
  });

  it.each([
    [
      "an unknown mask set",
      '@id("x") @mask("emails") permit (principal, action, resource);',
      'asks for the mask set "emails". Known: secrets.',
    ],
    [
      "@reviewers",
      '@id("x") @reviewers("a") forbid (principal, action, resource);',
      "has @reviewers, which does nothing here",
    ],
    [
      "@mask on a forbid",
      '@id("x") @mask("secrets") forbid (principal, action, resource);',
      "has @mask, which does nothing here",
    ],
  ])("refuses a guardrail with %s", (_what, rule, message) => {
    expect(problemsOf({ guardrails: rule })).toEqual([expect.stringContaining(message)]);
    expect(problemsOf({ guardrails: rule })[0]).toMatch(/^policies\/guardrails\.cedar:1: policy "x" /);
  });

  it("refuses an id that stands in both files, because the record names rules by id", () => {
    const rule = `@id("never-administer") ${reviewed} forbid ${anyWrite};`;
    expect(problemsOf(withApproval(rule))).toEqual([
      expect.stringContaining('policy "never-administer" exists in'),
    ]);
  });

  it("refuses an effect that is neither permit nor forbid [POLICY-03]", () => {
    const rule = '@id("x") @reviewers("platform-team") @ttl("1h") approve (principal, action, resource);';
    expect(() => loadPolicies({ ...shipped, approvals: { name: "approvals.cedar", text: rule } })).toThrow(
      /approvals\.cedar:1/,
    );
  });

  it("names the line of a syntax error by lines, although Cedar counts bytes", () => {
    const text = '// naïve – “quotes”\n@id("x")\npermit (principal, action resource);\n';
    expect(problemsOf({ guardrails: text })).toEqual([
      expect.stringMatching(/^policies\/guardrails\.cedar:3: unexpected token `resource`/),
    ]);
  });

  it("names the line of a typing error inside its rule", () => {
    const rule = `@id("x") ${reviewed}\nforbid ${anyWrite}\nwhen { context.touchesWorkflow };`;
    const [problem] = problemsOf(withApproval(rule));
    expect(problem).toMatch(
      new RegExp(`^policies/approvals\\.cedar:${last + 2}: policy "x": .*touchesWorkflow`),
    );
  });

  it("refuses a rule that can never apply", () => {
    const rule = `@id("x") ${reviewed} forbid (principal == Gatehouse::Team::"x", action, resource);`;
    expect(problemsOf(withApproval(rule)).join("\n")).toContain("policy is impossible");
  });

  it("refuses an action that the schema does not have", () => {
    const rule = `@id("x") ${reviewed} forbid (principal, action == Gatehouse::Action::"psuh", resource);`;
    expect(problemsOf(withApproval(rule)).join("\n")).toContain("psuh");
  });

  it("refuses a schema that cannot be read", () => {
    expect(problemsOf({ schema: "namespace Gatehouse {\n entit Team;\n}" })).toEqual([
      expect.stringMatching(/^policies\/schema\.cedarschema:2: unexpected token `entit`/),
    ]);
  });

  it("refuses templates", () => {
    const rule = '@id("x") permit (principal == ?principal, action, resource);';
    expect(problemsOf({ guardrails: `${shipped.guardrails.text}\n${rule}` })).toEqual([
      "policies/guardrails.cedar: templates (?principal, ?resource) are not supported.",
    ]);
  });

  it.each(["guardrails", "approvals"] as const)("refuses %s without a rule", (file) => {
    expect(problemsOf({ [file]: "// nothing yet\n" })).toEqual([
      `policies/${file}.cedar: there is no policy in this file; an empty one is taken for a mistake.`,
    ]);
  });

  it("reports every problem at once", () => {
    const rules = `@ttl("1h") forbid ${anyWrite};\n@id("y") @ttl("1h") forbid ${anyWrite};`;
    expect(
      problemsOf({ ...withApproval(rules), guardrails: "@id permit (principal, action, resource);" }),
    ).toHaveLength(3);
  });

  it("keeps twelve rules apart, although Cedar lists policy10 before policy2 [POLICY-02]", () => {
    const rules = Array.from(
      { length: 12 },
      (_, index) => `@id("r${index}") @reviewers("team-${index}") @ttl("1h") forbid ${anyWrite};`,
    );
    const { approvals } = loadPolicies({ ...shipped, approvals: { name: "a", text: rules.join("\n") } });
    expect([...approvals.values()].every(({ id, reviewers }) => reviewers[0] === `team-${id.slice(1)}`)).toBe(
      true,
    );
    expect(approvals.size).toBe(12);
  });
});
