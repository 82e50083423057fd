import { describe, expect, it } from "@jest/globals";
import { resolve } from "../../lambda/classify/resolve.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { Repository } from "../../lambda/model/action.ts";
import type { GitHubFacts, PullFacts } from "../../lambda/model/ports.ts";
import { ask, codeOf, sentText } from "./requests.ts";

const head = "c".repeat(40);
const main = "d".repeat(40);
const zero = "0".repeat(40);
const repository: Repository = {
  id: 7,
  owner: "Acme",
  name: "App",
  fullName: "Acme/App",
  defaultBranch: "main",
  isPrivate: true,
};
const fork: Repository = {
  id: 8,
  owner: "bob",
  name: "app",
  fullName: "bob/app",
  defaultBranch: "main",
  isPrivate: true,
};
const pull: PullFacts = {
  number: 5,
  title: "x",
  baseRef: "main",
  baseOid: main,
  headRef: "feature",
  headOid: head,
  headRepository: { owner: "acme", name: "app" },
  state: "open",
};

function facts(changes: Partial<GitHubFacts> = {}): GitHubFacts {
  const unasked = (): never => {
    throw new Error("nobody should ask this");
  };
  return {
    repository: ({ owner, name }) => {
      const full = `${owner}/${name}`.toLowerCase();
      return Promise.resolve([repository, fork].find((one) => one.fullName.toLowerCase() === full));
    },
    repositoryById: (id) => Promise.resolve(id === 7 ? repository : undefined),
    ref: (_repository, ref) => Promise.resolve(ref === "refs/heads/main" ? main : undefined),
    pull: (_repository, number) => Promise.resolve(number === 5 ? pull : undefined),
    branchFlag: unasked,
    hasBranchRules: unasked,
    symbolicTarget: unasked,
    object: unasked,
    compare: unasked,
    mergeBase: unasked,
    nodes: unasked,
    ...changes,
  };
}

const put = (json: object = {}): ReturnType<typeof ask> =>
  ask("PUT", "/api/v3/repos/acme/app/contents/f", { json: { message: "m", content: "eA==", ...json } });

describe("resolve", () => {
  it("sends to the repository's present name", async () => {
    const { action, repository: found } = await resolve(
      await ask("GET", "/api/v3/repos/acme/app/pulls"),
      facts(),
    );
    expect(found).toBe(repository);
    expect(action.repository).toEqual({ owner: "Acme", name: "App" });
    expect(action.send.segments).toEqual(["repos", "Acme", "App", "pulls"]);
  });

  it("sends git to the repository's present name", async () => {
    const { action } = await resolve(
      await ask("GET", "/acme/app/info/refs?service=git-upload-pack"),
      facts(),
    );
    expect(action.send.segments).toEqual(["Acme", "App.git", "info", "refs"]);
  });

  it("turns a repository's number into its name", async () => {
    const asked = await ask("PUT", "/api/v3/repositories/7/contents/f", {
      json: { message: "m", content: "eA==", branch: "main" },
    });
    const { action, repository: found, refs } = await resolve(asked, facts());
    expect(found?.id).toBe(7);
    expect(action.send.segments).toEqual(["repos", "Acme", "App", "contents", "f"]);
    expect(refs).toEqual([{ ref: "refs/heads/main", change: "update", old: main, force: "no" }]);
  });

  it("names the default branch in the body when the request named none", async () => {
    const { action, refs, paths } = await resolve(await put(), facts());
    expect(refs).toEqual([{ ref: "refs/heads/main", change: "update", old: main, force: "no" }]);
    expect(JSON.parse(sentText(action) ?? "")).toEqual({ message: "m", content: "eA==", branch: "main" });
    expect(action.json).toMatchObject({ branch: "main" });
    expect(paths).toEqual(["f"]);
  });

  it("reads a write to an absent branch as its creation", async () => {
    const { refs } = await resolve(await put({ branch: "new" }), facts());
    expect(refs).toEqual([{ ref: "refs/heads/new", change: "create", old: zero, force: "no" }]);
  });

  it("takes a merge to the base branch and binds it to the head that was seen", async () => {
    const { action, refs } = await resolve(await ask("PUT", "/api/v3/repos/acme/app/pulls/5/merge"), facts());
    expect(refs).toEqual([{ ref: "refs/heads/main", change: "update", old: main, gains: head, force: "no" }]);
    expect(JSON.parse(sentText(action) ?? "")).toEqual({ sha: head });
    expect(action.send.headers).toContainEqual(["content-type", "application/json"]);
    expect(action.parameters).toMatchObject({
      pull_number: "5",
      base: "main",
      head: "feature",
      head_sha: head,
    });
  });

  it("keeps a head that the client bound itself", async () => {
    const asked = await ask("PUT", "/api/v3/repos/acme/app/pulls/5/merge", {
      json: { sha: main, merge_method: "squash" },
    });
    const { action } = await resolve(asked, facts());
    expect(JSON.parse(sentText(action) ?? "")).toEqual({ sha: main, merge_method: "squash" });
  });

  it("binds a merge to the commit that its head branch names now, and says in the message which branch that was", async () => {
    const merge = await ask("POST", "/api/v3/repos/acme/app/merges", { json: { base: "dev", head: "main" } });
    const { action, refs } = await resolve(merge, facts());
    expect(refs).toMatchObject([{ ref: "refs/heads/dev", gains: main }]);
    expect(JSON.parse(sentText(action) ?? "")).toEqual({
      base: "dev",
      head: main,
      commit_message: "Merge main into dev",
    });
    expect(action.parameters).toMatchObject({ head: "main", head_sha: main });
  });

  it("binds a merge to a commit that is named by its id, and keeps the caller's message", async () => {
    const json = { base: "dev", head, commit_message: "Take it over" };
    const merge = await ask("POST", "/api/v3/repos/acme/app/merges", { json });
    const { action, refs } = await resolve(merge, facts());
    expect(refs).toMatchObject([{ gains: head }]);
    expect(JSON.parse(sentText(action) ?? "")).toEqual(json);
  });

  it.each([
    ["no branch", "gone", "GH_NOT_FOUND"],
    ["another repository's branch", "bob:main", "GH_BAD_BODY"],
    ["a name with two readings", "heads/main", "GH_BAD_BODY"],
    ["nothing that is a name", 7, "GH_BAD_BODY"],
  ])("refuses a merge of %s", async (_what, name, code) => {
    const merge = await ask("POST", "/api/v3/repos/acme/app/merges", { json: { base: "dev", head: name } });
    expect(await codeOf(resolve(merge, facts()))).toBe(code);
  });

  it("takes an updated pull request to its head branch and binds it", async () => {
    const {
      action,
      repository: found,
      refs,
    } = await resolve(await ask("PUT", "/api/v3/repos/acme/app/pulls/5/update-branch"), facts());
    expect(found).toBe(repository);
    expect(refs).toEqual([
      { ref: "refs/heads/feature", change: "update", old: head, gains: main, force: "no" },
    ]);
    expect(JSON.parse(sentText(action) ?? "")).toEqual({ expected_head_sha: head });
  });

  it("decides about the fork when the head branch is there, and sends to the base", async () => {
    const asked = await ask("PUT", "/api/v3/repos/acme/app/pulls/5/update-branch");
    const there = facts({
      pull: () => Promise.resolve({ ...pull, headRepository: { owner: "bob", name: "app" } }),
    });
    const { action, repository: found } = await resolve(asked, there);
    expect(found).toBe(fork);
    expect(action.send.segments.slice(0, 3)).toEqual(["repos", "Acme", "App"]);
  });

  it("refuses an updated pull request whose fork is gone", async () => {
    const asked = await ask("PUT", "/api/v3/repos/acme/app/pulls/5/update-branch");
    const gone = facts({ pull: () => Promise.resolve({ ...pull, headRepository: undefined }) });
    expect(await codeOf(resolve(asked, gone))).toBe("GH_REPOSITORY_NOT_FOUND");
  });

  it("knows both sides of a rename", async () => {
    const asked = await ask("POST", "/api/v3/repos/acme/app/branches/main/rename", {
      json: { new_name: "old" },
    });
    const { refs } = await resolve(asked, facts());
    expect(refs).toEqual([
      { ref: "refs/heads/main", change: "delete", old: main, new: zero, force: "no" },
      { ref: "refs/heads/old", change: "create", old: zero, new: main, force: "no" },
    ]);
  });

  it("marks what may touch every branch", async () => {
    const weaken = await resolve(
      await ask("DELETE", "/api/v3/repos/acme/app/branches/main/protection"),
      facts(),
    );
    expect(weaken).toMatchObject({ touchesAllBranches: true, refs: [] });
    const organisation = await resolve(await ask("DELETE", "/api/v3/orgs/acme/rulesets/1"), facts());
    expect(organisation).toMatchObject({ touchesAllBranches: true });
    expect(organisation.repository).toBeUndefined();
  });

  it("asks nothing for an operation without a repository", async () => {
    const { action, touchesAllBranches } = await resolve(await ask("GET", "/api/v3/user"), facts());
    expect(action.send.segments).toEqual(["user"]);
    expect(touchesAllBranches).toBe(false);
  });

  it("says so when GitHub does not show the repository or the pull request", async () => {
    expect(await codeOf(resolve(await ask("GET", "/api/v3/repos/acme/none/pulls"), facts()))).toBe(
      "GH_REPOSITORY_NOT_FOUND",
    );
    expect(await codeOf(resolve(await ask("GET", "/api/v3/repositories/9/pulls"), facts()))).toBe(
      "GH_REPOSITORY_NOT_FOUND",
    );
    expect(await codeOf(resolve(await ask("PUT", "/api/v3/repos/acme/app/pulls/6/merge"), facts()))).toBe(
      "GH_NOT_FOUND",
    );
  });

  it.each(["repository", "ref", "pull"] as const)(
    "does not guess when the look-up of a %s fails",
    async (name) => {
      const failing = facts({ [name]: () => Promise.reject(new Error("rate limited")) });
      const asked = name === "ref" ? await put() : await ask("PUT", "/api/v3/repos/acme/app/pulls/5/merge");
      expect(await codeOf(resolve(asked, failing))).toBe("GH_FACTS_UNAVAILABLE");
    },
  );

  it("passes a catalogue error of a look-up on as it is", async () => {
    const failing = facts({ repository: () => Promise.reject(new GateError("GH_UPSTREAM_TIMEOUT")) });
    expect(await codeOf(resolve(await put(), failing))).toBe("GH_UPSTREAM_TIMEOUT");
  });
});
