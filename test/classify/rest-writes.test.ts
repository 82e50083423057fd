import { describe, expect, it } from "@jest/globals";
import type { BranchSource } from "../../lambda/model/action.ts";
import { ask, codeOf, sentText } from "./requests.ts";

const sha = "a".repeat(40);
const zeros = "0".repeat(40);
const repo = "/api/v3/repos/o/r";

function update(branch: string): BranchSource {
  return { from: "refs", refs: [{ ref: `refs/heads/${branch}`, change: "update", force: "no" }] };
}

describe("REST writes", () => {
  const put = (json: object, path = "README.md"): ReturnType<typeof ask> =>
    ask("PUT", `${repo}/contents/${path}`, { json: { message: "m", content: "eA==", ...json } });

  it.each([
    ["absent", {}],
    ["null", { branch: null }],
    ["empty", { branch: "" }],
  ])("touch the default branch when the branch of a file is %s", async (_what, json) => {
    const action = await put(json);
    expect(action.branches).toEqual({ from: "default-branch" });
    expect(JSON.parse(sentText(action) ?? "")).toEqual({ message: "m", content: "eA==" });
  });

  it("take refs/heads/ off a branch once, and send what they decided on", async () => {
    const action = await put({ branch: "refs/heads/main" });
    expect(action.branches).toEqual(update("main"));
    expect(JSON.parse(sentText(action) ?? "")).toMatchObject({ branch: "main" });
  });

  it("read a key that is hidden by escapes", async () => {
    const body = '{"message":"m","content":"eA==","br\\u0061nch":"main"}';
    const action = await ask("PUT", `${repo}/contents/f`, {
      body,
      headers: [["Content-Type", "application/json"]],
    });
    expect(action.branches).toEqual(update("main"));
  });

  it("tell branches apart that differ in case", async () => {
    expect((await put({ branch: "Main" })).branches).toEqual(update("Main"));
  });

  it.each([
    ["an array", ["main"]],
    ["an object", { name: "main" }],
    ["a number", 1],
    ["white space around", " main"],
    ["refs/heads/ twice", "refs/heads/refs/heads/main"],
    ["a half qualified name", "heads/main"],
    ["another kind of ref", "refs/tags/v1"],
    ["HEAD", "HEAD"],
    ["a commit id", sha],
    ["a revision", "main~1"],
    ["two dots", "a..b"],
    ["a lock name", "a.lock"],
    ["a control character", "a\u0001"],
    ["a space inside", "a b"],
    ["an empty part", "a//b"],
    ["a hidden part", "a/.b"],
  ])("refuse %s as a branch", async (_what, branch) => {
    expect(await codeOf(put({ branch }))).toBe("GH_BAD_BODY");
  });

  it("refuse a body key that GitHub does not describe on a branch write", async () => {
    expect(await codeOf(put({ target_branch: "main" }))).toBe("GH_BAD_BODY");
  });

  it("name the file, however its slashes are encoded", async () => {
    for (const path of [
      ".github/workflows/x.yml",
      ".github%2Fworkflows%2Fx.yml",
      "%2Egithub/workflows/x.yml",
    ]) {
      const action = await put({ branch: "dev" }, path);
      expect(action.paths).toEqual([".github/workflows/x.yml"]);
      expect(action.send.segments).toEqual(["repos", "o", "r", "contents", ".github", "workflows", "x.yml"]);
    }
  });

  it.each(["%2e%2e/%2e%2e/x", ".github/./workflows/x", "a//b", "a/"])(
    "refuse the file path %s",
    async (path) => {
      expect(await codeOf(put({ branch: "dev" }, path))).toBe("GH_BAD_TARGET");
    },
  );

  it("refuse the branch of a deletion in the query", async () => {
    const deletion = ask("DELETE", `${repo}/contents/f?branch=main&sha=${sha}`, {
      json: { branch: "dev", message: "x", sha },
    });
    expect(await codeOf(deletion)).toBe("GH_BAD_QUERY");
  });

  const branchCases: [string, string, string, object | undefined, BranchSource][] = [
    [
      "POST",
      "/git/refs",
      "git/create-ref",
      { ref: "refs/tags/v9", sha },
      { from: "refs", refs: [{ ref: "refs/tags/v9", change: "create", old: zeros, new: sha, force: "no" }] },
    ],
    [
      "PATCH",
      "/git/refs/heads%2Fmain",
      "git/update-ref",
      { sha, force: true },
      { from: "refs", refs: [{ ref: "refs/heads/main", change: "update", new: sha, force: "yes" }] },
    ],
    [
      "PATCH",
      "/git/refs/heads/main",
      "git/update-ref",
      { sha },
      { from: "refs", refs: [{ ref: "refs/heads/main", change: "update", new: sha, force: "no" }] },
    ],
    [
      "DELETE",
      "/git/refs/heads/a/b",
      "git/delete-ref",
      undefined,
      { from: "refs", refs: [{ ref: "refs/heads/a/b", change: "delete", new: zeros, force: "no" }] },
    ],
    ["POST", "/%6Derges", "repos/merge", { base: "main", head: "dev" }, update("main")],
    ["POST", "/merge-upstream", "repos/merge-upstream", { branch: "main" }, update("main")],
    ["PUT", "/pulls/7/merge", "pulls/merge", undefined, { from: "pull-base", pull: 7 }],
    ["PUT", "/pulls/7/merge", "pulls/merge", { sha }, { from: "pull-base", pull: 7, claimedHead: sha }],
    [
      "PUT",
      "/pulls/7/update-branch",
      "pulls/update-branch",
      { expected_head_sha: sha },
      { from: "pull-head", pull: 7, claimedHead: sha },
    ],
    ["PUT", "/pulls/7/merge-async", "pulls/merge-async", {}, { from: "all" }],
    [
      "POST",
      "/branches/main/rename",
      "repos/rename-branch",
      { new_name: "old" },
      {
        from: "refs",
        refs: [
          { ref: "refs/heads/main", change: "delete", new: zeros, force: "no" },
          { ref: "refs/heads/old", change: "create", old: zeros, force: "no" },
        ],
      },
    ],
    ["POST", "/deployments", "repos/create-deployment", { ref: "release" }, update("release")],
    ["POST", "/deployments", "repos/create-deployment", { ref: sha }, { from: "all" }],
    [
      "POST",
      "/code-scanning/alerts/1/autofix/commits",
      "code-scanning/commit-autofix",
      undefined,
      { from: "default-branch" },
    ],
  ];
  it.each(branchCases)(
    "%s %s is %s and touches its branches",
    async (method, path, operation, json, branches) => {
      const action = await ask(method, `${repo}${path}`, json ? { json } : {});
      expect(action).toMatchObject({
        surface: "rest",
        operation,
        effect: "branch-write",
        repository: { owner: "o", name: "r" },
      });
      expect(action.branches).toEqual(branches);
    },
  );

  it.each([
    ["a ref that is not qualified", "POST", "/git/refs", { ref: "main", sha }, "GH_BAD_BODY"],
    ["a ref outside branches and tags", "POST", "/git/refs", { ref: "refs/pull/1/head", sha }, "GH_BAD_BODY"],
    [
      "an upper-case commit id",
      "POST",
      "/git/refs",
      { ref: "refs/heads/x", sha: "A".repeat(40) },
      "GH_BAD_BODY",
    ],
    ["a force that is a word", "PATCH", "/git/refs/heads/x", { sha, force: "false" }, "GH_BAD_BODY"],
    ["a doubly qualified ref", "PATCH", "/git/refs/refs/heads/main", { sha }, "GH_BAD_TARGET"],
    ["a ref in git's own words", "PATCH", "/git/refs/HEAD", { sha }, "GH_BAD_TARGET"],
    ["a merge without a base", "POST", "/merges", { head: "dev" }, "GH_BAD_BODY"],
    ["a head that is no commit id", "PUT", "/pulls/7/merge", { sha: "main" }, "GH_BAD_BODY"],
    ["an array body", "POST", "/merges", ["main"], "GH_BAD_BODY"],
    ["an auto_merge that is a word", "POST", "/deployments", { ref: "x", auto_merge: "no" }, "GH_BAD_BODY"],
  ])("refuse %s", async (_what, method, path, json, code) => {
    expect(await codeOf(ask(method, `${repo}${path}`, { json }))).toBe(code);
  });

  it("let an ordinary write pass as a write", async () => {
    const action = await ask("POST", `${repo}/issues/1/comments`, { json: { body: "Thanks!" } });
    expect(action).toMatchObject({
      effect: "write",
      branches: { from: "none" },
      parameters: { issue_number: "1" },
    });
  });

  it("count weakened protection as touching every branch", async () => {
    const action = await ask("DELETE", `${repo}/branches/main/protection`);
    expect(action).toMatchObject({ effect: "protection-weaken", branches: { from: "all" } });
  });

  it("know the numeric alias of a repository as the same operation", async () => {
    const action = await ask("PUT", "/api/v3/repositories/1296269/contents/README.md", {
      json: { message: "x", content: "eA==", branch: "main" },
    });
    expect(action).toMatchObject({
      operation: "repos/create-or-update-file-contents",
      effect: "branch-write",
      parameters: { repositoryId: "1296269", path: "README.md" },
    });
    expect(action.repository).toBeUndefined();
    expect(action.branches).toEqual(update("main"));
  });

  it.each([
    ["PUT", "/api/v3/repos/o/r/pulls/7/merge-later"],
    ["POST", "/api/v3/foo"],
    ["PUT", "/api/v3/api/v3/repos/o/r/pulls/7/merge"],
    ["DELETE", "/api/v3/repositories/7/nothing"],
    ["POST", "/api/v3"],
  ])("%s %s is not known and does not pass", async (method, target) => {
    expect(await codeOf(ask(method, target))).toBe("GH_UNKNOWN_OPERATION");
  });

  it.each([
    "/api/v3/repos/o;x=1/r/pulls/7/merge",
    "/api/v3/repos/o/r/pulls/7/merge;jsessionid=1",
    "/api/v3/repos/o/r.git/pulls/7/merge",
    "/api/v3/repos/%D0%B0cme/app/pulls/7/merge",
    "/api/v3/repos/o%2Fr/pulls/7/merge",
    "/api/v3/repos/o/r/pulls/7/merge/",
    "/api/v3/repositories/0x7/pulls/7/merge",
  ])("PUT %s has two readings and does not pass", async (target) => {
    expect(await codeOf(ask("PUT", target))).toBe("GH_BAD_TARGET");
  });
});
