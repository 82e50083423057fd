// Each mutation that changes refs: what it changes, what GitHub gets of it, and what the reviewer reads.
import { describe, expect, it } from "@jest/globals";
import { zeroOid } from "../../lambda/model/action.ts";
import type { GitHubFacts } from "../../lambda/model/ports.ts";
import { inputSent, oid, resolved, github } from "./github.ts";
import { codeOf } from "./requests.ts";

const b = oid("b");
const written = (
  name: string,
  input: object,
  facts: Partial<GitHubFacts> = {},
): ReturnType<typeof resolved> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return resolved(`mutation($i:${type}!){${name}(input:$i){clientMutationId}}`, { i: input }, facts);
};
const refused = (name: string, input: object): Promise<string> => codeOf(written(name, input));
const update = (name: string, more: object = {}): object => ({
  name: `refs/heads/${name}`,
  afterOid: b,
  ...more,
});
const many = (count: number): object[] => Array.from({ length: count }, (_, at) => update(`b${at}`));
const inRepo = { repositoryId: "R_app" };
const onDev = (changes: object): object => ({
  branch: { id: "REF_dev" },
  message: { headline: "x" },
  ...changes,
});
const gone: Partial<GitHubFacts> = { ref: () => Promise.resolve(undefined) };

describe("a mutation that changes refs", () => {
  it.each([
    [
      "createRef",
      { ...inRepo, name: "refs/heads/new", oid: b },
      { change: "create", old: zeroOid, new: b, force: "no" },
    ],
    ["updateRef", { refId: "REF_dev", oid: b }, { change: "update", old: oid("d"), new: b, force: "no" }],
    ["updateRef", { refId: "REF_dev", oid: b, force: null }, { force: "no" }],
    ["updateRef", { refId: "REF_dev", oid: b, force: false }, { force: "no" }],
    ["updateRef", { refId: "REF_dev", oid: b, force: true }, { force: "yes" }],
    ["updateRef", { refId: "REF_tag", oid: b, force: true }, { ref: "refs/tags/v1", force: "yes" }],
    ["deleteRef", { refId: "REF_dev" }, { change: "delete", old: oid("d"), new: zeroOid, force: "no" }],
    [
      "createCommitOnBranch",
      onDev({}),
      { ref: "refs/heads/dev", change: "update", old: oid("d"), force: "no" },
    ],
    [
      "mergeBranch",
      { ...inRepo, base: "main", head: "dev" },
      { change: "update", old: oid("a"), gains: oid("d"), force: "no" },
    ],
    ["mergeBranch", { ...inRepo, base: "refs/heads/main", head: b }, { ref: "refs/heads/main", gains: b }],
    [
      "mergePullRequest",
      { pullRequestId: "PR_5" },
      { ref: "refs/heads/main", old: oid("a"), gains: oid("f"), force: "no" },
    ],
    ["mergePullRequest", { pullRequestId: "PR_5", expectedHeadOid: b }, { gains: b }],
    ["updatePullRequestBranch", { pullRequestId: "PR_5" }, { old: oid("f"), gains: oid("a"), force: "no" }],
    ["updatePullRequestBranch", { pullRequestId: "PR_fork" }, { ref: "refs/heads/feature", old: oid("e") }],
    [
      "createLinkedBranch",
      { issueId: "I_1", name: "new", oid: b },
      { change: "create", old: zeroOid, new: b, force: "no" },
    ],
    ["createDeployment", { ...inRepo, refId: "REF_dev" }, { old: oid("d"), gains: oid("a"), force: "no" }],
    [
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev")] },
      { change: "update", old: oid("d"), new: b, force: "no" },
    ],
    ["updateRefs", { ...inRepo, refUpdates: [update("dev", { force: true })] }, { force: "yes" }],
    ["updateRefs", { ...inRepo, refUpdates: [update("new")] }, { change: "create", old: zeroOid, new: b }],
    [
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev", { afterOid: zeroOid })] },
      { change: "delete", new: zeroOid },
    ],
  ])("%s of %j changes one, known to its heads", async (name, input, expected) => {
    const { refs, touchesAllBranches, action } = await written(name, input);
    expect(refs).toEqual([expect.objectContaining(expected)]);
    expect(touchesAllBranches).toBe(false);
    expect(action.parts).toMatchObject([{ operation: `graphql/${name}`, effect: "branch-write", refs }]);
  });

  it("rebases a pull request's branch by force, and so brings no merged head", async () => {
    const { refs } = await written("updatePullRequestBranch", {
      pullRequestId: "PR_5",
      updateMethod: "REBASE",
    });
    expect(refs).toEqual([{ ref: "refs/heads/feature", change: "update", old: oid("f"), force: "yes" }]);
  });

  it("gains nothing from a base or default branch that does not exist", async () => {
    for (const [name, input] of [
      ["updatePullRequestBranch", { pullRequestId: "PR_5" }],
      ["createDeployment", { ...inRepo, refId: "REF_dev" }],
    ] as const) {
      const facts: Partial<GitHubFacts> = {
        ref: async (repository, ref) => (ref === "refs/heads/main" ? undefined : github.ref(repository, ref)),
      };
      const [ref] = (await written(name, input, facts)).refs;
      expect(ref).toMatchObject({ change: "update" });
      expect(ref).not.toHaveProperty("gains");
    }
  });

  it("may touch every branch where no name says which", async () => {
    for (const [name, input] of [
      ["createLinkedBranch", { issueId: "I_1", oid: b }],
      ["createLinkedBranch", { issueId: "I_1", oid: b, name: null }],
      ["createDeployment", { ...inRepo, refId: "REF_tag" }],
      ["createDeployment", { ...inRepo, refId: "REF_dev", autoMerge: false }],
    ] as const) {
      const found = await written(name, input);
      expect(found).toMatchObject({ refs: [], touchesAllBranches: true });
      expect(inputSent(found)).toEqual(input);
    }
  });
});

describe("what GitHub gets of it", () => {
  it.each([
    ["createCommitOnBranch", onDev({ expectedHeadOid: b }), { expectedHeadOid: b }],
    ["createCommitOnBranch", onDev({ expectedHeadOid: null }), { expectedHeadOid: oid("d") }],
    ["createCommitOnBranch", onDev({}), { message: { headline: "x" } }],
    [
      "createRef",
      { ...inRepo, name: "refs/heads/new", oid: b },
      { ...inRepo, name: "refs/heads/new", oid: b },
    ],
    [
      "mergeBranch",
      { ...inRepo, base: "main", head: "dev" },
      { ...inRepo, base: "main", head: oid("d"), commitMessage: "Merge dev into main" },
    ],
    [
      "mergeBranch",
      { ...inRepo, base: "refs/heads/main", head: "dev", commitMessage: "m" },
      { base: "main", commitMessage: "m" },
    ],
    [
      "mergePullRequest",
      { pullRequestId: "PR_5", expectedHeadOid: null },
      { pullRequestId: "PR_5", expectedHeadOid: oid("f") },
    ],
    ["mergePullRequest", { pullRequestId: "PR_5", expectedHeadOid: b }, { expectedHeadOid: b }],
    [
      "updatePullRequestBranch",
      { pullRequestId: "PR_5" },
      { pullRequestId: "PR_5", expectedHeadOid: oid("f") },
    ],
    ["updatePullRequestBranch", { pullRequestId: "PR_5", expectedHeadOid: b }, { expectedHeadOid: b }],
    [
      "createLinkedBranch",
      { issueId: "I_1", name: "refs/heads/new", oid: b },
      { issueId: "I_1", name: "new", oid: b },
    ],
    [
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev", { beforeOid: b })] },
      { ...inRepo, refUpdates: [update("dev", { beforeOid: b })] },
    ],
    [
      "updateRefs",
      { ...inRepo, refUpdates: [update("new")] },
      { refUpdates: [update("new", { beforeOid: zeroOid })] },
    ],
    [
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev", { beforeOid: zeroOid })] },
      { refUpdates: [update("dev", { beforeOid: zeroOid })] },
    ],
  ])("%s of %j holds the heads that were looked at, and names in one form", async (name, input, expected) => {
    expect(inputSent(await written(name, input))).toMatchObject(expected);
  });

  it.each([
    ["updateRef", { refId: "REF_dev", oid: b }],
    ["deleteRef", { refId: "REF_dev" }],
  ])("of %s is nothing that the client did not say", async (name, input) => {
    expect(inputSent(await written(name, input))).toEqual(input);
  });

  it("leaves a commit on a branch that is not there without a head to compare", async () => {
    const found = await written("createCommitOnBranch", onDev({}), gone);
    expect(found.refs).toMatchObject([{ change: "create", old: zeroOid }]);
    expect(inputSent(found)).not.toHaveProperty("expectedHeadOid");
  });

  it("tells the reviewer the pull request, its branches and the head", async () => {
    const pull = { pull_number: "5", base: "main", head: "feature", head_sha: oid("f") };
    for (const name of [
      "mergePullRequest",
      "enqueuePullRequest",
      "enablePullRequestAutoMerge",
      "updatePullRequestBranch",
    ])
      expect((await written(name, { pullRequestId: "PR_5" })).action.parameters).toMatchObject(pull);
    expect((await written("createCommitOnBranch", onDev({}))).action.parameters).toMatchObject({
      branch: "dev",
    });
    expect(
      (await written("mergeBranch", { ...inRepo, base: "main", head: "dev" })).action.parameters,
    ).toMatchObject({
      head: "dev",
      head_sha: oid("d"),
    });
  });

  it("writes the branch of a fork in the fork", async () => {
    const { repository, action } = await written("updatePullRequestBranch", { pullRequestId: "PR_fork" });
    expect(repository?.fullName).toBe("bob/app");
    expect(action.repository).toEqual({ owner: "acme", name: "app" });
  });
});

describe("an input that leaves open what would change", () => {
  it.each([
    ["a commit id of 39 digits", "updateRef", { refId: "REF_dev", oid: "b".repeat(39) }],
    ["a commit id that is a number", "updateRef", { refId: "REF_dev", oid: 1 }],
    ["a commit id that is a list of one", "updateRef", { refId: "REF_dev", oid: [b] }],
    ["no commit id", "createRef", { ...inRepo, name: "refs/heads/new" }],
    ["a force that is no flag", "updateRef", { refId: "REF_dev", oid: b, force: "false" }],
    ["a ref that is no ref", "updateRef", { refId: "I_1", oid: b }],
    ["a ref without its name", "deleteRef", { refId: "REF_blank" }],
    ["a bare name where a ref belongs", "createRef", { ...inRepo, name: "new", oid: b }],
    ["a ref name with two dots", "createRef", { ...inRepo, name: "refs/heads/a..b", oid: b }],
    ["a ref name that is a number", "createRef", { ...inRepo, name: 1, oid: b }],
    ["no updates", "updateRefs", { ...inRepo, refUpdates: [] }],
    ["updates that are no list", "updateRefs", { ...inRepo, refUpdates: update("dev") }],
    ["an update that is no object", "updateRefs", { ...inRepo, refUpdates: ["refs/heads/dev"] }],
    ["an update that is null", "updateRefs", { ...inRepo, refUpdates: [null] }],
    ["an update that is a list", "updateRefs", { ...inRepo, refUpdates: [[]] }],
    ["101 updates", "updateRefs", { ...inRepo, refUpdates: many(101) }],
    ["an update to no commit", "updateRefs", { ...inRepo, refUpdates: [update("dev", { afterOid: "x" })] }],
    [
      "an update from no commit",
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev", { beforeOid: "x" })] },
    ],
    [
      "an update's force that is no flag",
      "updateRefs",
      { ...inRepo, refUpdates: [update("dev", { force: 1 })] },
    ],
    ["a base that is a number", "mergeBranch", { ...inRepo, base: 1, head: "dev" }],
    ["a head that is a number", "mergeBranch", { ...inRepo, base: "main", head: 1 }],
    ["a base called HEAD", "mergeBranch", { ...inRepo, base: "HEAD", head: "dev" }],
    ["a pull request that is an issue", "mergePullRequest", { pullRequestId: "I_1" }],
    ["a pull request without its number", "mergePullRequest", { pullRequestId: "PR_blank" }],
    [
      "an expected head that is no commit id",
      "mergePullRequest",
      { pullRequestId: "PR_5", expectedHeadOid: "main" },
    ],
    [
      "an expected head that is a flag",
      "updatePullRequestBranch",
      { pullRequestId: "PR_5", expectedHeadOid: false },
    ],
    ["a commit's expected head that is none", "createCommitOnBranch", onDev({ expectedHeadOid: "" })],
    ["a linked branch that is a number", "createLinkedBranch", { issueId: "I_1", name: 1, oid: b }],
    ["a linked branch without its commit", "createLinkedBranch", { issueId: "I_1", name: "new" }],
    ["an autoMerge that is no flag", "createDeployment", { ...inRepo, refId: "REF_dev", autoMerge: "false" }],
    ["a commit on a tag", "createCommitOnBranch", { branch: { id: "REF_tag" }, message: { headline: "x" } }],
    [
      "a branch name that is a number",
      "createCommitOnBranch",
      { branch: { repositoryNameWithOwner: "acme/app", branchName: 1 } },
    ],
    ["files that are a list", "createCommitOnBranch", onDev({ fileChanges: [] })],
    ["additions that are no list", "createCommitOnBranch", onDev({ fileChanges: { additions: {} } })],
    ["a deletion that is null", "createCommitOnBranch", onDev({ fileChanges: { deletions: [null] } })],
  ])("is refused: %s", async (_what, name, input) => {
    expect(await refused(name, input)).toBe("GH_BAD_BODY");
  });

  it.each(["", "a//b", "/a", "a/", ".", "./a", "a/..", "..", "a\\b", "a\nb", "a\u007fb"])(
    "is refused: a file's path %j",
    async (path) => {
      for (const key of ["additions", "deletions"])
        expect(await refused("createCommitOnBranch", onDev({ fileChanges: { [key]: [{ path }] } }))).toBe(
          "GH_BAD_BODY",
        );
    },
  );

  it.each([["a"], ["a/.b"], ["a/..b"], ["...", "c d/é"]])("is none: files at %j", async (...paths) => {
    const fileChanges = { additions: paths.map((path) => ({ path, contents: "" })), deletions: null };
    expect((await written("createCommitOnBranch", onDev({ fileChanges }))).paths).toEqual(paths);
  });

  it("is none: a hundred updates, or no files", async () => {
    expect(await refused("updateRefs", { ...inRepo, refUpdates: many(100) })).toBe("passed");
    expect((await written("createCommitOnBranch", onDev({ fileChanges: null }))).paths).toEqual([]);
    expect((await written("createCommitOnBranch", onDev({ fileChanges: {} }))).paths).toEqual([]);
  });

  it("of a branch that is not there to merge is said so", async () => {
    expect(await refused("mergeBranch", { ...inRepo, base: "main", head: "nowhere" })).toBe("GH_NOT_FOUND");
  });
});

describe("a look-up that fails", () => {
  it.each([
    ["updateRefs", { ...inRepo, refUpdates: [update("dev")] }],
    ["updateRef", { refId: "REF_dev", oid: b }],
    ["mergeBranch", { ...inRepo, base: "main", head: "dev" }],
    ["updatePullRequestBranch", { pullRequestId: "PR_5" }],
    ["createDeployment", { ...inRepo, refId: "REF_dev" }],
  ])("is no answer to %s", async (name, input) => {
    const facts: Partial<GitHubFacts> = { ref: () => Promise.reject(new Error("no connection")) };
    expect(await codeOf(written(name, input, facts))).toBe("GH_FACTS_UNAVAILABLE");
  });
});
