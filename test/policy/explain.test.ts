// Explanations: the rules with their text, the facts, and what would change the answer.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { effects, type RefChange } from "../../lambda/model/action.ts";
import type { IntentRecord } from "../../lambda/model/record.ts";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { explainInput, explainIntent } from "../../lambda/policy/explain.ts";
import { groundsOf, inputOf } from "../../lambda/policy/grounds.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { aProtectedPush, aPush, aRead, app, oids, shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const about = { login: "alice", title: "Push" };
const explained = (input: PolicyInput) => explainInput(policies, input, about);
const answers = (input: PolicyInput): Record<string, string> =>
  Object.fromEntries(explained(input).whatIfs.map(({ if: condition, then }) => [condition, then.is]));

/** The intent that the road would have recorded. */
function recorded(input: PolicyInput, change: Partial<IntentRecord["verdict"]> = {}): IntentRecord {
  const { is, rules, reason, policyHash } = decide(policies, input);
  const { repository, action, caller } = input;
  return {
    v: 1,
    kind: "intent",
    writer: "wrt_a",
    seq: 0,
    prev: "0".repeat(64),
    atMs: 1,
    entry: "req_a",
    session: "ses_a",
    caller: {
      ...caller,
      login: "alice",
      client: "git",
      proof: "session-token",
      remoteAddress: "",
      labels: {},
    },
    action: {
      ...action,
      title: "Push",
      ...(repository === undefined ? {} : { repository: repository.fullName, repositoryId: repository.id }),
      refs: input.refs,
      paths: input.paths,
      parameters: {},
    },
    verdict: {
      is,
      rules,
      reason,
      policyHash,
      masks: [],
      protection: input.protection,
      grounds: groundsOf(input, (text) => text),
      ...change,
    },
    request: { method: "POST", path: "/acme/app/git-receive-pack" },
  };
}

function withoutGrounds(intent: IntentRecord): IntentRecord {
  const { is, rules, reason, policyHash, masks, protection } = intent.verdict;
  return { ...intent, verdict: { is, rules, reason, policyHash, masks, protection } };
}

describe("a GraphQL document with several writes", () => {
  const part = { title: "t", answerKey: "a", touchesAllBranches: false };
  const [dev] = aPush().refs;
  const [main] = aProtectedPush("main").refs;
  const several = aProtectedPush("main", {
    action: {
      operation: "graphql/several",
      effect: "branch-write",
      surface: "graphql",
      parts: [
        { ...part, operation: "graphql/addComment", effect: "write", refs: [] },
        { ...part, operation: "graphql/updateRef", effect: "branch-write", refs: dev ? [dev] : [] },
        { ...part, operation: "graphql/mergePullRequest", effect: "branch-write", refs: main ? [main] : [] },
      ],
    },
  });

  it("says of each write how it was decided", () => {
    expect(explained(several).facts).toEqual(
      expect.arrayContaining([
        "graphql/addComment is decided on its own, as write",
        "graphql/updateRef is decided on its own, as branch-write of dev",
        "graphql/mergePullRequest is decided on its own, as branch-write of main",
      ]),
    );
  });

  it("is asked again from its record as it was asked first", () => {
    const again = inputOf(recorded(several));
    expect(again?.action).toEqual(several.action);
    expect(again && decide(policies, again)).toEqual(decide(policies, several));
  });

  it("is not asked again from an older record, which has only the gravest of its writes", () => {
    const intent = recorded(several);
    const older = {
      ...intent,
      action: { ...recorded(aProtectedPush("main")).action, operation: "graphql/several" },
    };
    const { facts, note } = explainIntent(policies, older);
    expect([facts, note]).toEqual([[], expect.stringContaining("An older gateway wrote this record")]);
  });
});

describe("an explanation", () => {
  it("shows the rules that decided, with file, line, text and reviewers", () => {
    const { verdict, rules } = explained(aProtectedPush("main"));
    expect(verdict.is).toBe("hold");
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      id: "protected-branch",
      does: "asks for approval",
      reviewers: ["platform-team"],
    });
    expect(rules[0]?.place).toMatch(/^policies\/approvals\.cedar:\d+$/);
    const [file = "", line] = rules[0]?.place?.split(":") ?? [];
    expect([file, shipped.approvals.text.split("\n")[Number(line) - 1]]).toEqual([
      shipped.approvals.name,
      '@id("protected-branch")',
    ]);
    expect(rules[0]?.text).toContain("resource.isProtected || resource.isDefault");
  });

  it("names the facts that the rules look at", () => {
    const { facts } = explained(aProtectedPush("release/2.0", { touchesWorkflows: true }));
    expect(facts).toEqual([
      "you are in engineering",
      "acme/app is private; it may be read by engineering and written by engineering",
      "workflow files change, or it could not be established that none does",
      "release/2.0 is protected (pattern)",
    ]);
  });

  it("says of a held push that an approval, or an unprotected branch, would let it pass", () => {
    expect(answers(aProtectedPush("release/2.0"))).toMatchObject({
      "platform-team approved this plan": "allow",
      "release/2.0 were not protected": "allow",
      "you were not in team engineering": "deny",
    });
  });

  it("says of the default branch that it would have to be another one", () => {
    expect(answers(aProtectedPush("main"))).toMatchObject({
      "main were neither protected nor the default branch": "allow",
    });
  });

  it("says what stays when one of two reasons to wait falls away", () => {
    const { whatIfs } = explained(aProtectedPush("release/2.0", { touchesWorkflows: true }));
    const without = whatIfs.find(({ if: condition }) => condition === "no workflow file changed");
    expect(without?.then).toMatchObject({ is: "hold", rules: ["protected-branch"] });
  });

  it("says of a denial which team would be needed", () => {
    const stranger = { subject: "x#mallory", teams: [] };
    expect(answers(aRead({ caller: stranger }))).toEqual({ "you were in team engineering": "allow" });
  });

  it("says of an allowed push what would hold it", () => {
    expect(answers(aPush())).toMatchObject({
      "dev were protected": "hold",
      "a workflow file changed": "hold",
    });
  });

  it("offers nothing where nothing helps: what nobody may do", () => {
    const admin = aPush({
      action: { operation: "x/y", effect: "admin", surface: "rest" },
      refs: [],
      protection: [],
    });
    expect(explained(admin).whatIfs).toEqual([]);
  });

  it("of a thousand refs stays short", () => {
    const refs = Array.from({ length: 1_000 }, (_, index): RefChange => ({
      ref: `refs/heads/b${index}`,
      change: "update",
      old: oids.old,
      new: oids.new,
      force: "no",
    }));
    const { facts, whatIfs } = explained(aPush({ refs, protection: [] }));
    expect(facts.length).toBeLessThanOrEqual(41);
    expect(whatIfs.length).toBeLessThanOrEqual(24);
    expect(whatIfs[1]).toMatchObject({
      if: "none of the 1000 branches were protected",
      then: { is: "allow" },
    });
  });

  it("lists only what gives another answer", () => {
    fc.assert(
      fc.property(anInput, (input) => {
        const { verdict, whatIfs } = explained(input);
        for (const { then } of whatIfs)
          expect([then.is, then.is === "allow" ? [] : then.rules]).not.toEqual([
            verdict.is,
            verdict.is === "allow" ? [] : verdict.rules,
          ]);
      }),
      { numRuns: 60 },
    );
  });
});

const anInput: fc.Arbitrary<PolicyInput> = fc
  .record({
    effect: fc.constantFrom(...effects),
    teams: fc.subarray(["engineering", "platform-team", "security-team"]),
    readers: fc.subarray(["engineering", "security-team"]),
    writers: fc.subarray(["engineering", "platform-team"]),
    isProtected: fc.boolean(),
    isNamed: fc.boolean(),
    touchesAllBranches: fc.boolean(),
    touchesWorkflows: fc.boolean(),
    paths: fc.subarray([".github/workflows/ci.yml", "src/a.ts"]),
    change: fc.constantFrom("create" as const, "update" as const, "delete" as const),
    approvedRules: fc.subarray(["protected-branch", "workflow-files"]),
  })
  .map(({ effect, teams, readers, writers, isProtected, isNamed, change, ...rest }) =>
    aPush({
      caller: { subject: "x#alice", teams },
      action: { operation: "x/y", effect, surface: "rest" },
      repository: isNamed ? app : undefined,
      access: isNamed ? { readers, writers } : { readers: [], writers: [] },
      refs: [{ ref: "refs/heads/dev", change, old: oids.old, new: oids.new, force: "no" }],
      protection: [{ ref: "refs/heads/dev", isProtected, isDefault: false, because: "x" }],
      ...rest,
    }),
  );

describe("a recorded entry", () => {
  it("asked again under the same rules has the verdict that it had", () => {
    fc.assert(
      fc.property(anInput, (input) => {
        const again = inputOf(recorded(input));
        if (again === undefined) throw new Error("the record does not hold the question");
        expect(decide(policies, again)).toEqual(decide(policies, input));
      }),
      { numRuns: 100 },
    );
  });

  it("keeps of readMany only the lines that bear on it", () => {
    const input = aPush({ readMany: { ACME: ["a"], other: ["b"], "*": ["c"] } });
    expect(groundsOf(input, (text) => text).readMany).toEqual({ ACME: ["a"], "*": ["c"] });
  });

  it("masks the name of the default branch", () => {
    expect(groundsOf(aPush(), () => "****").repository?.defaultBranch).toBe("****");
  });

  it("under other rules than those that decided also says what these say now", () => {
    const approvals = {
      ...shipped.approvals,
      text: shipped.approvals.text.replaceAll("protected-branch", "other"),
    };
    const explanation = explainIntent(
      loadPolicies({ ...shipped, approvals }),
      recorded(aProtectedPush("main")),
    );
    expect(explanation.now).toMatchObject({ is: "hold", rules: ["other"] });
    expect(explanation.rules).toEqual([{ id: "protected-branch", does: "is not in the policies any more" }]);
    expect(explainIntent(policies, recorded(aProtectedPush("main"))).now).toBeUndefined();
  });

  it("of an older gateway, without its grounds, is shown and not guessed at", () => {
    const explanation = explainIntent(policies, withoutGrounds(recorded(aPush())));
    expect(explanation.verdict.is).toBe("allow");
    expect(explanation.whatIfs).toEqual([]);
    expect(explanation.note).toContain("older gateway");
  });

  it("that policy never saw says so", () => {
    const unseen = withoutGrounds(recorded(aPush(), { is: "none", rules: [] }));
    expect(explainIntent(policies, unseen).note).toContain("before the policies");
  });
});
