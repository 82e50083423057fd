// The shipped policies, asked as the road asks them.
import { describe, expect, it } from "@jest/globals";
import type { Effect, RefChange } from "../../lambda/model/action.ts";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { aProtectedPush, aPush, aRead, shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const ask = (input: PolicyInput) => decide(policies, input);
const stranger = { subject: "https://issuer.example#acme-1006", teams: [] };
const security = { subject: "https://issuer.example#acme-1005", teams: ["security-team"] };

function effect(name: Effect, operation = "x/y"): Partial<PolicyInput> {
  return { action: { operation, effect: name, surface: "rest" } };
}

describe("reading", () => {
  it("of a repository that a team may read passes, masked", () => {
    expect(ask(aRead())).toEqual({
      is: "allow",
      policyHash: policies.hash,
      rules: ["readers-read"],
      reason: "permitted by readers-read",
      masks: ["secrets"],
    });
  });

  it("is refused to a person in no team, and the reason says so", () => {
    expect(ask(aRead({ caller: stranger }))).toMatchObject({
      is: "deny",
      rules: [],
      reason: "no rule lets you read acme/app (you are in no team)",
    });
  });

  it("is refused to writers who are not readers: each right is given by name", () => {
    expect(ask(aRead({ access: { readers: [], writers: ["engineering"] } })).is).toBe("deny");
  });

  it("across repositories passes only for teams that may read the whole organisation", () => {
    const across = { ...effect("read-many"), repository: undefined };
    const action = {
      operation: "repos/list-for-org",
      effect: "read-many",
      surface: "rest",
      organization: "Acme",
    } as const;
    expect(ask(aRead({ ...across, action, caller: security })).is).toBe("allow");
    expect(ask(aRead({ ...across, action })).is).toBe("deny");
  });

  it("across repositories is asked of the organisation also when the call names a repository", () => {
    expect(ask(aRead({ ...effect("read-many", "unknown-read") })).is).toBe("deny");
    expect(ask(aRead({ ...effect("read-many", "unknown-read"), caller: security })).is).toBe("allow");
  });

  it("across all of GitHub needs the line for every organisation", () => {
    const search = { ...effect("read-many", "search/code"), repository: undefined, caller: security };
    expect(ask(aRead(search)).is).toBe("deny");
    expect(ask(aRead({ ...search, readMany: { "*": ["security-team"] } })).is).toBe("allow");
  });

  it("who one is passes for everyone; one's e-mail addresses do not: they are those of the gateway's account", () => {
    const home = { repository: undefined, caller: stranger };
    expect(ask(aRead({ ...home, ...effect("read", "users/get-authenticated") })).is).toBe("allow");
    expect(ask(aRead({ ...home, ...effect("read", "users/list-emails-for-authenticated-user") })).is).toBe(
      "deny",
    );
  });
});

describe("writing", () => {
  it("to a branch that is not protected passes", () => {
    expect(ask(aPush())).toMatchObject({
      is: "allow",
      rules: ["writers-change-branches"],
      masks: ["secrets"],
    });
  });

  it("is refused to readers", () => {
    const access = { readers: ["engineering"], writers: ["platform-team"] };
    expect(ask(aPush({ access })).reason).toBe("no rule lets you write to dev (your teams are engineering)");
    expect(ask(aPush({ access, ...effect("write"), refs: [], protection: [] })).is).toBe("deny");
  });

  it("a comment passes without a branch in sight", () => {
    expect(ask(aPush({ ...effect("write", "issues/create-comment"), refs: [], protection: [] })).is).toBe(
      "allow",
    );
  });

  it("to a protected branch is held for the platform team", () => {
    expect(ask(aProtectedPush("release/2.0"))).toEqual({
      is: "hold",
      policyHash: policies.hash,
      rules: ["protected-branch"],
      reason: "writes to release/2.0 need a second person",
      masks: ["secrets"],
      demands: [
        {
          rule: "protected-branch",
          reviewers: ["platform-team"],
          quorum: 1,
          ttlSeconds: 3600,
          remindAfterSeconds: 1200,
          escalation: { afterSeconds: 2700, reviewers: ["security-team"] },
        },
      ],
    });
  });

  it("to a protected branch is held for reviewers too: nobody is exempt", () => {
    const caller = { subject: "x#carol", teams: ["engineering", "platform-team"] };
    expect(ask(aProtectedPush("main", { caller })).is).toBe("hold");
  });

  it("to the default branch is held even when its fact says that it is not protected", () => {
    const protection = [{ ref: "refs/heads/main", isProtected: false, isDefault: false, because: "?" }];
    expect(ask(aProtectedPush("main", { protection })).is).toBe("hold");
  });

  it("to a ref without a fact is held", () => {
    expect(ask(aPush({ protection: [] })).is).toBe("hold");
  });

  it.each<[string, Partial<RefChange>]>([
    ["creation", { change: "create", old: undefined }],
    ["deletion", { change: "delete", new: undefined }],
    ["force push", { force: "yes" }],
    ["push of unknown ancestry", { force: "unknown" }],
  ])("%s of a branch passes when it is not protected and is held when it is", (_what, change) => {
    const refs = (input: PolicyInput) => ({
      ...input,
      refs: input.refs.map((ref) => ({ ...ref, ...change })),
    });
    expect(ask(refs(aPush())).is).toBe("allow");
    expect(ask(refs(aProtectedPush("release/2.0"))).is).toBe("hold");
  });

  it("of several refs is held when one of them is protected, and says which", () => {
    const free = aPush();
    const held = aProtectedPush("main");
    const both = { refs: [...free.refs, ...held.refs], protection: [...free.protection, ...held.protection] };
    expect(ask(aPush(both))).toMatchObject({ is: "hold", reason: "writes to main need a second person" });
  });

  it("of workflow files is held on any branch, for the security team", () => {
    expect(ask(aPush({ touchesWorkflows: true }))).toMatchObject({ is: "hold", rules: ["workflow-files"] });
  });

  it.each([".github/workflows/ci.yml", ".GitHub/Workflows/ci.yml", ".github/workflows", ".github"])(
    "of %s counts as a workflow file",
    (path) => {
      expect(ask(aPush({ paths: [path] })).rules).toEqual(["workflow-files"]);
    },
  );

  it("of files that only look similar passes", () => {
    expect(
      ask(aPush({ paths: [".github/CODEOWNERS.md", "docs/.github/workflows/x", ".github-old/workflows"] }))
        .is,
    ).toBe("allow");
  });

  it("of workflow files on a protected branch needs both teams", () => {
    const verdict = ask(aProtectedPush("main", { touchesWorkflows: true }));
    expect(verdict).toMatchObject({
      is: "hold",
      demands: [{ reviewers: ["platform-team"] }, { reviewers: ["security-team"] }],
    });
  });

  it("that somebody else carries out later is held", () => {
    expect(ask(aPush({ ...effect("indirect"), refs: [], protection: [] }))).toMatchObject({
      is: "hold",
      rules: ["indirect-writes"],
    });
  });

  it("that may touch every branch is held, and so is one that names none", () => {
    expect(ask(aPush({ refs: [], protection: [], touchesAllBranches: true })).is).toBe("hold");
    expect(ask(aPush({ refs: [], protection: [] })).is).toBe("hold");
    expect(ask(aPush({ ...effect("write"), refs: [], protection: [], touchesAllBranches: true })).is).toBe(
      "hold",
    );
  });

  it("to a branch of no known repository is refused", () => {
    expect(ask(aPush({ repository: undefined }))).toMatchObject({ is: "deny", rules: [] });
  });

  it.each<[Effect, string]>([
    ["protection-weaken", "never-weaken-protection"],
    ["admin", "never-administer"],
  ])("with effect %s is refused by name, whoever asks", (name, rule) => {
    const verdict = ask(
      aPush({ ...effect(name), caller: { subject: "x#y", teams: ["engineering", "platform-team"] } }),
    );
    expect(verdict).toMatchObject({ is: "deny", rules: [rule] });
    expect(verdict.reason).toContain("acme/app");
  });
});

describe("an approval of the plan", () => {
  it("lifts the rule that it was given for", () => {
    expect(ask(aProtectedPush("main", { approvedRules: ["protected-branch"] }))).toMatchObject({
      is: "allow",
      rules: ["protected-branch", "writers-change-branches"],
      reason: "permitted by writers-change-branches, and approved for protected-branch",
    });
  });

  it("given for one rule does not lift another", () => {
    const input = aProtectedPush("main", { touchesWorkflows: true, approvedRules: ["protected-branch"] });
    expect(ask(input)).toMatchObject({ is: "hold", rules: ["workflow-files"] });
  });

  it("does not lift a guardrail", () => {
    const approvedRules = ["never-administer", "protected-branch"];
    expect(ask(aPush({ ...effect("admin"), approvedRules })).is).toBe("deny");
  });

  it("is worth nothing once the requester may not write any more", () => {
    const input = { access: { readers: [], writers: [] }, approvedRules: ["protected-branch"] };
    expect(ask(aProtectedPush("main", input)).is).toBe("deny");
  });
});
