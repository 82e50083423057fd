// A GraphQL document after its look-ups: in which one repository it writes, of which parts its plan is, and what a query reads.
import { describe, expect, it } from "@jest/globals";
import type { GitHubFacts } from "../../lambda/model/ports.ts";
import { documentSent, inputSent, oid, resolved } from "./github.ts";
import { codeOf } from "./requests.ts";

const b = oid("b");
const write = (...fields: string[]): string =>
  `mutation{${fields.map((field, at) => `w${at}:${field}{clientMutationId}`).join(" ")}}`;
const close = 'closeIssue(input:{issueId:"I_1"})';
const remove = 'deleteRef(input:{refId:"REF_dev"})';
const merge = 'mergePullRequest(input:{pullRequestId:"PR_5"})';
const commit = (branch: string): string =>
  `createCommitOnBranch(input:{branch:${branch},message:{headline:"x"}})`;
const nobody: Partial<GitHubFacts> = {
  repository: () => Promise.resolve(undefined),
  repositoryById: () => Promise.resolve(undefined),
};

describe("a document of mutations after its look-ups", () => {
  it("is one plan, with the gravest effect of its parts in either order", async () => {
    for (const fields of [
      [close, remove],
      [remove, close],
    ]) {
      const { action, refs, touchesAllBranches, repository } = await resolved(write(...fields));
      expect(action).toMatchObject({ effect: "branch-write", repository: { owner: "acme", name: "app" } });
      expect(action.parts?.map(({ answerKey }) => answerKey)).toEqual(["w0", "w1"]);
      expect(refs.map(({ ref }) => ref)).toEqual(["refs/heads/dev"]);
      expect([touchesAllBranches, repository?.id]).toEqual([false, 7]);
    }
  });

  it("of ordinary writes touches no branch", async () => {
    const found = await resolved(write(close));
    expect(found).toMatchObject({ refs: [], touchesAllBranches: false, paths: [] });
    expect(found.action.parts).toMatchObject([{ effect: "write", touchesAllBranches: false }]);
  });

  it("touches every branch as soon as one part says none", async () => {
    const found = await resolved(write(remove, 'revertPullRequest(input:{pullRequestId:"PR_5"})'));
    expect(found.touchesAllBranches).toBe(true);
    expect(found.action.parts?.map((part) => part.touchesAllBranches)).toEqual([false, true]);
  });

  it("reads back, where its answer may show more, as a part that changes nothing", async () => {
    const { action } = await resolved(`mutation{w:${close}{unheardOf{x}}}`);
    expect(action.parts?.[1]).toMatchObject({
      operation: "graphql/query",
      effect: "read-many",
      answerKey: "w",
      refs: [],
      touchesAllBranches: false,
    });
  });

  it("names the parameters and files of all its parts", async () => {
    const { action, paths } = await resolved(
      write(
        merge,
        commit('{id:"REF_dev"}').replace("message", 'fileChanges:{additions:[{path:"a"}]},message'),
      ),
    );
    expect(action.parameters).toMatchObject({ pull_number: "5", branch: "dev" });
    expect([paths, action.paths]).toEqual([["a"], ["a"]]);
  });

  it("is sent with each input in its variable", async () => {
    const { action } = await resolved(write(close, merge));
    expect(documentSent(action).variables).toEqual({
      input0: { issueId: "I_1" },
      input1: { pullRequestId: "PR_5", expectedHeadOid: oid("f") },
    });
  });

  it("with a node that GitHub does not show is refused", async () => {
    expect(await codeOf(resolved(write('closeIssue(input:{issueId:"I_gone"})')))).toBe("GH_NOT_FOUND");
  });

  it("in a repository that GitHub does not show is refused", async () => {
    expect(await codeOf(resolved(write(close), {}, nobody))).toBe("GH_REPOSITORY_NOT_FOUND");
    const named = write(commit('{repositoryNameWithOwner:"acme/app",branchName:"dev"}'));
    expect(await codeOf(resolved(named, {}, nobody))).toBe("GH_REPOSITORY_NOT_FOUND");
  });

  it("that writes to a fork and beside it is refused", async () => {
    const inFork = 'updatePullRequestBranch(input:{pullRequestId:"PR_fork"})';
    expect(await codeOf(resolved(write(inFork)))).toBe("passed");
    expect(await codeOf(resolved(write(inFork, close)))).toBe("GH_BAD_BODY");
  });

  it("asks once about ids that stand in it twice, and not at all without ids", async () => {
    const asked: (readonly string[])[] = [];
    const facts: Partial<GitHubFacts> = {
      nodes: (ids) => {
        asked.push(ids);
        return Promise.resolve(ids.map(() => ({ type: "Issue", repositoryId: 7 })));
      },
    };
    await resolved(write(close, close), {}, facts);
    await resolved(write("createTeamDiscussion(input:{})"), {}, facts);
    expect(asked).toEqual([["I_1"]]);
  });
});

describe("a write whose place is not known", () => {
  const nowhere = 'followUser(input:{userId:"U_bob"})';

  it("is in no repository, and so is its neighbour", async () => {
    for (const fields of [[nowhere], [close, nowhere], [nowhere, close]]) {
      const { action, repository } = await resolved(write(...fields));
      expect(repository).toBeUndefined();
      expect(action).not.toHaveProperty("repository");
    }
  });

  it("may touch every branch, and its input stays as it was", async () => {
    const found = await resolved(write(merge, nowhere));
    expect(found).toMatchObject({ refs: [], touchesAllBranches: true });
    expect(inputSent(found)).toEqual({ pullRequestId: "PR_5" });
  });

  it.each(["User", "Bot", "Mannequin", "Team", "Organization", "IssueType"])(
    "is known all the same where only a %s lies nowhere",
    async (type) => {
      const facts: Partial<GitHubFacts> = {
        nodes: (ids) =>
          Promise.resolve(ids.map((id) => (id === "X" ? { type } : { type: "Issue", repositoryId: 7 }))),
      };
      const query = write('addAssigneesToAssignable(input:{assignableId:"I_1",assigneeIds:["X"]})');
      expect((await resolved(query, {}, facts)).repository?.id).toBe(7);
    },
  );

  it("is not known where anything else lies nowhere", async () => {
    const query = write('addAssigneesToAssignable(input:{assignableId:"I_1",assigneeIds:["PVT"]})');
    expect((await resolved(query)).repository).toBeUndefined();
  });
});

describe("the branch of a commit", () => {
  it.each([
    ["no object", '"REF_dev"'],
    ["null", "null"],
    ["nothing", "{}"],
    ["an id and a repository", '{id:"REF_dev",repositoryNameWithOwner:"acme/app"}'],
    ["an id and a name", '{id:"REF_dev",branchName:"dev"}'],
    ["another key", '{id:"REF_dev",other:"x"}'],
    ["a repository without a branch", '{repositoryNameWithOwner:"acme/app"}'],
    ["a branch without a repository", '{branchName:"dev"}'],
    ["a repository that is a number", '{repositoryNameWithOwner:1,branchName:"dev"}'],
    ["a repository without an owner", '{repositoryNameWithOwner:"app",branchName:"dev"}'],
    ["a repository with an empty owner", '{repositoryNameWithOwner:"/app",branchName:"dev"}'],
    ["a repository without a name", '{repositoryNameWithOwner:"acme/",branchName:"dev"}'],
    ["a repository of three parts", '{repositoryNameWithOwner:"acme/app/x",branchName:"dev"}'],
    ["an owner that GitHub gives nobody", '{repositoryNameWithOwner:"-acme/app",branchName:"dev"}'],
    ["a name that GitHub gives nothing", '{repositoryNameWithOwner:"acme/a.git",branchName:"dev"}'],
  ])("is refused as %s", async (_what, branch) => {
    expect(await codeOf(resolved(write(commit(branch))))).toBe("GH_BAD_BODY");
  });

  it.each([
    '{id:"REF_dev",branchName:null}',
    '{id:null,repositoryNameWithOwner:"acme/app",branchName:"dev"}',
  ])("is one where the other way is null: %s", async (branch) => {
    const { refs } = await resolved(write(commit(branch)));
    expect(refs).toMatchObject([{ ref: "refs/heads/dev", old: oid("d") }]);
  });

  it("keeps the head that the client expects", async () => {
    const input = { branch: { id: "REF_dev" }, message: { headline: "x" }, expectedHeadOid: b };
    const query = "mutation($i:CreateCommitOnBranchInput!){createCommitOnBranch(input:$i){clientMutationId}}";
    expect(inputSent(await resolved(query, { i: input }))).toMatchObject({ expectedHeadOid: b });
  });
});

describe("a query after its look-ups", () => {
  const app = '{repository(owner:"acme",name:"app"){name}}';

  it("of a repository reads it by the name that GitHub gives", async () => {
    const found = await resolved(app);
    expect(found).toMatchObject({ refs: [], touchesAllBranches: false, paths: [], repository: { id: 7 } });
    expect(found.action).toMatchObject({ effect: "read", repository: { owner: "acme", name: "app" } });
  });

  it("of a node reads the repository that it lies in", async () => {
    const { action } = await resolved('{node(id:"PR_vault"){id}}');
    expect(action).toMatchObject({ effect: "read", repository: { owner: "acme", name: "vault" } });
  });

  it.each([
    '{repository(owner:"acme",name:"app"){name} node(id:"PR_vault"){id}}',
    '{nodes(ids:["PR_5","PVT"]){id}}',
    '{nodes(ids:["PVT","PR_5"]){id}}',
  ])("that reads elsewhere too spans: %s", async (query) => {
    const { action, repository } = await resolved(query);
    expect([action.effect, repository]).toEqual(["read-many", undefined]);
  });

  it("that spans asks nothing, and stays what it is", async () => {
    const facts: Partial<GitHubFacts> = {
      ...nobody,
      nodes: () => Promise.reject(new Error("nobody should ask")),
    };
    const query = '{node(id:"PR_5"){unheardOf{x}}}';
    expect(await resolved(query, {}, facts)).toMatchObject({
      refs: [],
      touchesAllBranches: false,
      paths: [],
      action: { effect: "read-many", operation: "graphql/query" },
    });
  });

  it("of public facts is in no repository", async () => {
    const found = await resolved("{viewer{login}}", {}, nobody);
    expect(found).toMatchObject({ action: { operation: "graphql/public-facts" } });
    expect(found).not.toHaveProperty("repository");
  });

  it("of what GitHub does not show is refused", async () => {
    expect(await codeOf(resolved(app, {}, nobody))).toBe("GH_REPOSITORY_NOT_FOUND");
    expect(await codeOf(resolved('{node(id:"R_gone"){id}}'))).toBe("GH_REPOSITORY_NOT_FOUND");
    expect(await codeOf(resolved('{node(id:"NONE"){id}}'))).toBe("GH_NOT_FOUND");
  });
});
