// Cedar is told less where no rule could tell the difference; every rule that could must bring it back.
import { describe, expect, it } from "@jest/globals";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { loadPolicies, type Policies } from "../../lambda/policy/policies.ts";
import { aPush, aRead, shipped } from "./shipped.ts";

function withRule(file: "guardrails" | "approvals", rule: string): Policies {
  return loadPolicies({ ...shipped, [file]: { name: file, text: `${shipped[file].text}\n${rule}` } });
}

function forbidding(head: string, condition = "true"): Policies {
  return withRule("guardrails", `@id("new") forbid (principal, action, ${head}) when { ${condition} };`);
}

function holding(action: string, condition = "true"): Policies {
  return withRule(
    "approvals",
    `@id("new") @reviewers("a") @ttl("1h") forbid (principal, ${action}, resource) when { ${condition} };`,
  );
}

const read = (name: string): string => `Gatehouse::Action::"${name}"`;

describe("a rule that writes down an owner", () => {
  it.each([
    ["the organisation above a repository", 'resource in Gatehouse::Org::"acme"', "true"],
    ["GitHub above the organisation", 'resource in Gatehouse::GitHub::"github"', "true"],
    ["a type and an organisation", 'resource is Gatehouse::Repo in Gatehouse::Org::"acme"', "true"],
    ["an organisation in its condition", "resource", 'resource in Gatehouse::Org::"acme"'],
    ["one of several", "resource", 'resource in [Gatehouse::Org::"other", Gatehouse::Org::"acme"]'],
    ["an attribute of an organisation", "resource", '!(principal in Gatehouse::Org::"acme".readMany)'],
  ])("by %s applies to a repository below", (_, head, condition) => {
    expect(decide(forbidding(head, condition), aRead())).toMatchObject({ is: "deny", rules: ["new"] });
  });

  it.each([
    ["on a branch", 'resource in Gatehouse::Org::"acme"'],
    ["on a branch, by GitHub", 'resource in Gatehouse::GitHub::"github"'],
  ])("applies %s as well", (_, head) => {
    expect(decide(forbidding(head), aPush())).toMatchObject({ is: "deny", rules: ["new"] });
  });

  it("of another organisation does not", () => {
    expect(decide(forbidding('resource in Gatehouse::Org::"other"'), aRead()).is).toBe("allow");
  });
});

describe("a rule that holds", () => {
  it.each([
    ["every action", "action"],
    ["the action itself", `action == ${read("read")}`],
    ["a list with the action in it", `action in [${read("readMany")}, ${read("read")}]`],
  ])("%s holds a read", (_, action) => {
    expect(decide(holding(action), aRead())).toMatchObject({ is: "hold", rules: ["new"] });
  });

  it("every action with a condition on the action holds a read", () => {
    expect(decide(holding("action", `action == ${read("read")}`), aRead())).toMatchObject({ is: "hold" });
  });

  it("a group holds the group's actions, through a group within it too", () => {
    expect(decide(holding(`action in ${read("write")}`), aPush())).toMatchObject({ is: "hold" });
  });

  it("other actions does not hold a read", () => {
    expect(decide(holding(`action in ${read("write")}`), aRead()).is).toBe("allow");
  });
});

describe("what no rule can tell", () => {
  const told = withRule(
    "guardrails",
    '@id("elsewhere") forbid (principal, action, resource in Gatehouse::Org::"elsewhere");',
  );
  const cases: [string, PolicyInput][] = [
    ["a read", aRead()],
    ["a push", aPush()],
    ["a push to a branch of unknown state", aPush({ protection: [] })],
    ["a push of a stranger", aPush({ caller: { subject: "x", teams: [] } })],
    ["a read of a stranger", aRead({ caller: { subject: "x", teams: [] } })],
  ];

  const shippedPolicies = loadPolicies(shipped);

  it.each(cases)("changes nothing about %s: Cedar answers the same when it is told", (_, input) => {
    expect(told.nameOwners).toBe(true);
    expect(shippedPolicies.nameOwners).toBe(false);
    const policyHash = told.hash;
    expect({ ...decide(shippedPolicies, input), policyHash }).toEqual(decide(told, input));
  });
});
