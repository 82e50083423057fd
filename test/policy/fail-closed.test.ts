// Cedar skips what it cannot evaluate, and a forbid that is skipped allows. Whatever went wrong must end in no.
import { describe, expect, it } from "@jest/globals";
import type { EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import { ask, type CedarQuestion } from "../../lambda/policy/ask.ts";
import { decide } from "../../lambda/policy/decide.ts";
import * as entity from "../../lambda/policy/entities.ts";
import { loadPolicies, type Policies } from "../../lambda/policy/policies.ts";
import { app, aPush, aRead, shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const access = { readers: ["engineering"], writers: ["engineering"] };
const alice = { subject: "alice", teams: ["engineering"] };
const branch = { ref: "refs/heads/dev", isProtected: false, isDefault: false };
const entities: Record<"user" | "github" | "org" | "repo" | "branch", EntityJson> = {
  user: entity.userEntity(alice),
  github: entity.gitHubEntity([]),
  org: entity.orgEntity("acme", []),
  repo: entity.repoEntity(app, access),
  branch: entity.branchEntity(app, branch),
};

function question(change: Partial<CedarQuestion> = {}): CedarQuestion {
  return {
    principal: entity.uid("User", "alice"),
    action: "push",
    resource: entity.uid("Branch", `${app.id}:${branch.ref}`),
    context: { operation: "git/receive-pack", surface: "git", touchesWorkflows: false },
    entities: Object.values(entities),
    ...change,
  };
}

function withRule(file: "guardrails" | "approvals", rule: string): Policies {
  return loadPolicies({ ...shipped, [file]: { name: file, text: `${shipped[file].text}\n${rule}` } });
}

describe("a question that is whole", () => {
  it("is answered", () => {
    expect(ask(policies, "guardrails", question())).toEqual({
      is: "allow",
      rules: ["writers-change-branches"],
    });
  });
});

describe("a question is a failure [POLICY-01]", () => {
  it.each(["user", "github", "org", "repo", "branch"] as const)(
    "when the %s is not among the entities",
    (missing) => {
      const rest = Object.entries(entities).flatMap(([name, one]) => (name === missing ? [] : [one]));
      for (const set of ["guardrails", "approvals"] as const)
        expect(ask(policies, set, question({ entities: rest })).is).toBe("failure");
    },
  );

  it.each<[string, Partial<CedarQuestion>]>([
    ["the action is not in the schema", { action: "psuh" }],
    ["the action does not apply to the resource", { action: "read" }],
    ["the context lacks a field", { context: { operation: "x", surface: "git" } }],
    [
      "the context has a field of another type",
      { context: { operation: "x", surface: "git", touchesWorkflows: "no" } },
    ],
    [
      "the context has a field too many",
      { context: { operation: "x", surface: "git", touchesWorkflows: false, note: "approved-by: bob" } },
    ],
    [
      "an entity lacks an attribute",
      {
        entities: [
          { ...entities.branch, attrs: {} },
          entities.repo,
          entities.org,
          entities.github,
          entities.user,
        ],
      },
    ],
    [
      "a context value is no JSON",
      { context: { operation: undefined as unknown as string, surface: "git", touchesWorkflows: false } },
    ],
  ])("when %s", (_what, change) => {
    expect(ask(policies, "guardrails", question(change)).is).toBe("failure");
    expect(ask(policies, "approvals", question(change)).is).toBe("failure");
  });

  it("when the policies are not in Cedar's cache", () => {
    const lost = {
      ...policies,
      cached: { schema: "gone", all: "gone", guardrails: "gone", approvals: "gone" },
    };
    expect(ask(lost, "approvals", question()).is).toBe("failure");
  });
});

describe("a rule that fails to evaluate", () => {
  const overflow = "when { 9223372036854775807 + 1 > 0 };";

  it("among the guardrails refuses, although Cedar itself says allow", () => {
    const broken = withRule("guardrails", `@id("broken") forbid (principal, action, resource) ${overflow}`);
    expect(decide(broken, aRead())).toEqual({
      is: "deny",
      policyHash: broken.hash,
      rules: [],
      reason: "the policies could not be evaluated for this request, which counts as no",
    });
  });

  it("among the approvals refuses, although Cedar itself says allow", () => {
    const rule = `@id("broken") @reviewers("a") @ttl("1h") forbid (principal, action, resource) ${overflow}`;
    expect(decide(withRule("approvals", rule), aPush()).is).toBe("deny");
  });

  it("refuses a hold as well: nobody could know what they approve", () => {
    const rule = `@id("broken") @reviewers("a") @ttl("1h") forbid (principal, action, resource) ${overflow}`;
    expect(decide(withRule("approvals", rule), aPush({ protection: [] })).is).toBe("deny");
  });
});

describe("rules of an admin", () => {
  it("with a quorum and several teams become the demand", () => {
    const rule =
      '@id("two") @reviewers("a, b") @quorum("2") @ttl("2d") forbid (principal, action in Gatehouse::Action::"write", resource);';
    expect(decide(withRule("approvals", rule), aPush())).toMatchObject({
      is: "hold",
      reason: "dev needs a second person",
      demands: [{ rule: "two", reviewers: ["a", "b"], quorum: 2, ttlSeconds: 172_800 }],
    });
  });

  it("that forbid deletion refuse a request that may touch every branch", () => {
    const rule =
      '@id("no-deletion") forbid (principal, action == Gatehouse::Action::"deleteBranch", resource) when { resource.isProtected };';
    const input = aPush({ refs: [], protection: [], touchesAllBranches: true });
    expect(decide(withRule("guardrails", rule), input)).toMatchObject({
      is: "deny",
      rules: ["no-deletion"],
      reason: "rules do not allow this for every branch of acme/app",
    });
  });

  it("about a team hit each of a person's teams", () => {
    const rule =
      '@id("no-contractors") forbid (principal in Gatehouse::Team::"contractors", action, resource);';
    const guarded = withRule("guardrails", rule);
    expect(decide(guarded, aRead()).is).toBe("allow");
    expect(
      decide(guarded, aRead({ caller: { subject: "x", teams: ["engineering", "contractors"] } })).is,
    ).toBe("deny");
  });

  it("about a repository by its full name hit its branches through `repo`, whatever the case at GitHub", () => {
    const rule =
      '@id("frozen") forbid (principal, action, resource is Gatehouse::Branch) when { resource.repo.fullName == "acme/app" };';
    const repository = { ...app, owner: "Acme", fullName: "Acme/App" };
    expect(decide(withRule("guardrails", rule), aPush({ repository })).is).toBe("deny");
  });
});
