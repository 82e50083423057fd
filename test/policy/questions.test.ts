// What policy is asked about one request: which action on which thing, and everything that stands above the thing.
import { describe, expect, it } from "@jest/globals";
import type { Part, RefChange } from "../../lambda/model/action.ts";
import type { ProtectionFact } from "../../lambda/model/verdict.ts";
import { questionsOf, type PolicyInput } from "../../lambda/policy/questions.ts";
import { app, aPush, aRead, oids } from "./shipped.ts";

const dev = "refs/heads/dev";
const actionsOf = (input: PolicyInput) => questionsOf(input).map(({ action }) => action);
const fact = (change: Partial<ProtectionFact> = {}): ProtectionFact => ({
  ref: dev,
  isProtected: false,
  isDefault: false,
  because: "",
  ...change,
});

function changing(change: Partial<RefChange>, operation = "git/receive-pack"): PolicyInput {
  return aPush({
    action: { operation, effect: "branch-write", surface: "git" },
    refs: [{ ref: dev, change: "update", ...oids, force: "no", ...change }],
  });
}

/** What the question says of the branch itself. */
function branchIn(input: PolicyInput): unknown {
  return questionsOf(input)[0]?.entities.find(({ uid }) => "type" in uid && uid.type === "Gatehouse::Branch")
    ?.attrs;
}

describe("a push of one branch", () => {
  it("asks about the branch, and names its repository, organisation, GitHub and the caller with their teams", () => {
    const at = (type: string, id: string) => ({ type: `Gatehouse::${type}`, id });
    const team = (name: string) => ({ __entity: at("Team", name) });
    const repository = { ...app, owner: "Acme", fullName: "Acme/App" };
    expect(questionsOf(aPush({ repository }))).toEqual([
      {
        principal: at("User", "https://issuer.example#acme-1001"),
        action: "push",
        resource: at("Branch", "1296269:refs/heads/dev"),
        context: { operation: "git/receive-pack", surface: "git", touchesWorkflows: false },
        targets: ["dev"],
        alike: "git/receive-pack push false false",
        entities: [
          {
            uid: at("Branch", "1296269:refs/heads/dev"),
            attrs: {
              repo: { __entity: at("Repo", "1296269") },
              ref: dev,
              name: "dev",
              isProtected: false,
              isDefault: false,
            },
            parents: [at("Repo", "1296269")],
          },
          {
            uid: at("Repo", "1296269"),
            attrs: {
              fullName: "acme/app",
              isPrivate: true,
              readers: [team("engineering")],
              writers: [team("engineering")],
            },
            parents: [at("Org", "acme")],
          },
          {
            uid: at("User", "https://issuer.example#acme-1001"),
            attrs: {},
            parents: [at("Team", "engineering")],
          },
          { uid: at("GitHub", "github"), attrs: { readMany: [] }, parents: [] },
          {
            uid: at("Org", "acme"),
            attrs: { readMany: [team("security-team")] },
            parents: [at("GitHub", "github")],
          },
        ],
      },
    ]);
  });

  it.each<[string, Partial<RefChange>]>([
    ["push", {}],
    ["forcePush", { force: "yes" }],
    ["forcePush", { force: "unknown" }],
    ["createBranch", { change: "create" }],
    ["createBranch", { change: "create", force: "unknown" }],
    ["deleteBranch", { change: "delete" }],
    ["deleteBranch", { change: "delete", force: "yes" }],
  ])("is a %s when it is %j", (action, change) => {
    expect(actionsOf(changing(change))).toEqual([action]);
  });

  it.each([
    "pulls/merge",
    "pulls/merge-async",
    "pulls/update-branch",
    "repos/merge",
    "repos/merge-upstream",
    "graphql/mergePullRequest",
    "graphql/enqueuePullRequest",
    "graphql/enablePullRequestAutoMerge",
    "graphql/updatePullRequestBranch",
    "graphql/mergeBranch",
  ])("is a merge when GitHub does it by %s, unless by force", (operation) => {
    expect(actionsOf(changing({}, operation))).toEqual(["merge"]);
    expect(actionsOf(changing({ force: "yes" }, operation))).toEqual(["forcePush"]);
  });
});

describe("the state of a branch", () => {
  it.each<[string, readonly ProtectionFact[], { isProtected: boolean; isDefault: boolean }]>([
    ["protected without a fact", [], { isProtected: true, isDefault: false }],
    ["what its one fact says", [fact()], { isProtected: false, isDefault: false }],
    [
      "protected when one of two facts says so",
      [fact(), fact({ isProtected: true })],
      {
        isProtected: true,
        isDefault: false,
      },
    ],
    [
      "the default when one of two facts says so",
      [fact(), fact({ isDefault: true })],
      {
        isProtected: false,
        isDefault: true,
      },
    ],
    [
      "not that of another branch",
      [fact(), fact({ ref: "refs/heads/x", isProtected: true, isDefault: true })],
      {
        isProtected: false,
        isDefault: false,
      },
    ],
  ])("is %s", (_what, protection, expected) => {
    expect(branchIn(aPush({ protection }))).toMatchObject(expected);
  });

  it("is the default when the repository says so, whatever its fact says", () => {
    expect(branchIn(aPush({ repository: { ...app, defaultBranch: "dev" } }))).toMatchObject({
      isDefault: true,
    });
  });

  it("of every branch at once is protected and the default", () => {
    const everything = aPush({ refs: [], protection: [], touchesAllBranches: true });
    expect(branchIn(everything)).toMatchObject({ ref: "*", isProtected: true, isDefault: true });
  });
});

describe("a write that may touch every branch", () => {
  it("asks about each kind of change, after the branches that it names", () => {
    const input = aPush({ touchesAllBranches: true });
    expect(actionsOf(input)).toEqual(["push", "push", "forcePush", "merge", "createBranch", "deleteBranch"]);
    expect(questionsOf(input).map(({ targets }) => targets[0])).toEqual([
      "dev",
      ...Array.from({ length: 5 }, () => "every branch of acme/app"),
    ]);
  });

  it("is never one question with another", () => {
    const [named, ...all] = questionsOf(aPush({ touchesAllBranches: true }));
    expect(named).toHaveProperty("alike");
    expect(all.filter((question) => "alike" in question)).toEqual([]);
  });

  it("is what a branch write without a branch is", () => {
    expect(actionsOf(aPush({ refs: [] }))).toHaveLength(5);
  });

  it("asks nothing when it names no repository: then nothing may let it pass", () => {
    expect(questionsOf(aPush({ repository: undefined, touchesAllBranches: true }))).toEqual([]);
  });
});

describe("a document of several writes", () => {
  const part = (change: Partial<Part> = {}): Part => ({
    answerKey: "a",
    operation: "graphql/createCommitOnBranch",
    title: "Commit",
    effect: "branch-write",
    refs: [{ ref: dev, change: "update", force: "no" }],
    touchesAllBranches: false,
    ...change,
  });
  const document = (parts: readonly Part[], change: Partial<PolicyInput> = {}): PolicyInput =>
    aPush({
      action: { operation: "graphql/several", effect: "branch-write", surface: "graphql", parts },
      ...change,
    });

  it("asks about each with its own operation, effect and branches", () => {
    const comment = part({ operation: "graphql/addComment", effect: "write", refs: [] });
    const merge = part({ operation: "graphql/mergePullRequest" });
    const asked = questionsOf(document([part(), comment, merge]));
    expect(asked.map(({ action, context }) => [action, context.operation])).toEqual([
      ["push", "graphql/createCommitOnBranch"],
      ["ordinaryWrite", "graphql/addComment"],
      ["merge", "graphql/mergePullRequest"],
    ]);
  });

  it("asks about every branch for the part alone that may touch them", () => {
    const asked = questionsOf(document([part(), part({ refs: [], touchesAllBranches: true })]));
    expect(asked).toHaveLength(6);
  });

  it("asks nothing at all when one of them cannot be asked about", () => {
    const read = part({ operation: "graphql/public-facts", effect: "read", refs: [] });
    const nowhere = { repository: undefined };
    expect(questionsOf(document([read], nowhere))).toHaveLength(1);
    expect(questionsOf(document([read, part()], nowhere))).toEqual([]);
  });
});

describe("a call that no repository is known for", () => {
  it.each([
    [undefined, "Gatehouse::GitHub", "github", "GitHub as a whole"],
    ["Acme", "Gatehouse::Org", "acme", "Acme"],
  ])(
    "of the organisation %s is asked of what may show any of its repositories",
    (organization, type, id, name) => {
      const action = {
        operation: "search/code",
        effect: "read",
        surface: "rest",
        ...(organization === undefined ? {} : { organization }),
      } as const;
      expect(questionsOf(aRead({ repository: undefined, action }))).toMatchObject([
        { action: "read", resource: { type, id }, targets: [name] },
      ]);
    },
  );
});

describe("what a request tells of workflows", () => {
  it.each([
    [false, ["src/a.ts"], false],
    [false, ["src/a.ts", ".github/workflows/ci.yml"], true],
    [true, [], true],
  ])("(found: %s, paths: %j) is %s", (touchesWorkflows, paths, expected) => {
    expect(questionsOf(aPush({ touchesWorkflows, paths }))[0]?.context).toMatchObject({
      touchesWorkflows: expected,
    });
  });
});
