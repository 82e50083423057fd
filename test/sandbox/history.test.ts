// Refs, objects and history over the sandbox's REST API.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { git, startSandbox, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;
let rest: Sandbox["rest"];
const app = "/repos/acme/app";

beforeAll(async () => {
  sandbox = await startSandbox();
  rest = sandbox.rest;
});
afterAll(() => sandbox.end());

async function tip(branch: string): Promise<string> {
  const { json } = await rest("GET", `${app}/git/ref/heads/${branch}`);
  return json.object.sha;
}

async function branchFrom(name: string, from = "main"): Promise<void> {
  const answer = await rest("POST", `${app}/git/refs`, { ref: `refs/heads/${name}`, sha: await tip(from) });
  expect(answer.status).toBe(201);
}

const put = (path: string, branch: string, text: string, sha?: string): ReturnType<Sandbox["rest"]> =>
  rest("PUT", `${app}/contents/${path}`, {
    message: `Write ${path}`,
    content: Buffer.from(text).toString("base64"),
    branch,
    ...(sha === undefined ? {} : { sha }),
  });

describe("refs and objects", () => {
  it("a ref moves forward, not sideways, unless forced", async () => {
    await branchFrom("moving");
    const sideways = await tip("feature/discounts");
    const main = await tip("main");
    await put("more.txt", "moving", "more");
    const path = `${app}/git/refs/heads/moving`;
    expect((await rest("PATCH", path, { sha: sideways })).status).toBe(422);
    expect((await rest("PATCH", path, { sha: main, force: true })).status).toBe(200);
    expect((await rest("PATCH", path, { sha: sideways })).json).toMatchObject({ object: { sha: sideways } });
  });

  it.each(["refs/heads/", "refs/heads/a..b", "refs/heads/*", "main", "refs/main"])(
    "the ref name %s is refused",
    async (ref) => {
      expect((await rest("POST", `${app}/git/refs`, { ref, sha: await tip("main") })).status).toBe(422);
    },
  );

  it("a ref is deleted once", async () => {
    await branchFrom("short-lived");
    expect((await rest("DELETE", `${app}/git/refs/heads/short-lived`)).status).toBe(204);
    expect((await rest("DELETE", `${app}/git/refs/heads/short-lived`)).status).toBe(422);
  });

  it("blob, tree and commit made over REST become a branch that git can fetch", async () => {
    const parent = await tip("main");
    const blob = await rest("POST", `${app}/git/blobs`, { content: "from objects", encoding: "utf-8" });
    const tree = await rest("POST", `${app}/git/trees`, {
      base_tree: parent,
      tree: [
        { path: "deep/down.txt", mode: "100644", type: "blob", sha: blob.json.sha },
        { path: "README.md", mode: "100644", type: "blob", sha: null },
      ],
    });
    const commit = await rest("POST", `${app}/git/commits`, {
      message: "Made of objects",
      tree: tree.json.sha,
      parents: [parent],
    });
    await rest("POST", `${app}/git/refs`, { ref: "refs/heads/objects", sha: commit.json.sha });
    const work = join(sandbox.folder, "objects");
    await git(sandbox.folder, "clone", "-q", "-b", "objects", sandbox.remote("acme/app"), work);
    expect((await git(work, "show", "HEAD:deep/down.txt")).out).toBe("from objects");
    expect((await git(work, "cat-file", "-e", "HEAD:README.md")).code).not.toBe(0);
    expect((await git(work, "cat-file", "-e", "HEAD:src/orders.ts")).code).toBe(0);
  });

  it("a tree is listed with everything below it when asked", async () => {
    const { json } = await rest("GET", `${app}/git/trees/main?recursive=1`);
    const paths = json.tree.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining([".github/workflows/ci.yml", "src", "src/server.ts"]));
  });
});

describe("history", () => {
  it.each([
    ["main...feature/discounts", "ahead", 1, 0],
    ["feature/discounts...main", "behind", 0, 1],
    ["main...release/1.0", "diverged", 1, 1],
    ["main...main", "identical", 0, 0],
  ])("comparing %s says %s", async (range, status, ahead, behind) => {
    await rest("POST", `${app}/git/refs`, { ref: "refs/heads/compare", sha: await tip("main") });
    const { json } = await rest("GET", `${app}/compare/${range}`);
    expect(json).toMatchObject({ status, ahead_by: ahead, behind_by: behind, total_commits: ahead });
  });

  it("a comparison carries the files with their patches", async () => {
    const { json } = await rest("GET", `${app}/compare/main...feature/discounts`);
    expect(json.files).toMatchObject([{ filename: "src/orders.ts", status: "modified", additions: 4 }]);
    expect(json.files[0]?.patch).toMatch(/^@@ .* @@/);
  });

  it("a page names its neighbours by the repository's number", async () => {
    const { json, headers } = await rest("GET", `${app}/commits?per_page=2&page=1`);
    expect(json).toHaveLength(2);
    expect(headers.get("link")).toMatch(
      /^<http:\/\/127\.0\.0\.1:\d+\/api\/v3\/repositories\/710001\/commits\?per_page=2&page=2>; rel="next", <.*>; rel="last"$/,
    );
  });

  it.each(["main~1", "HEAD^", ":/text", "--all", "main..release/1.0"])(
    "git's own revision language (%s) is not understood",
    async (name) => {
      const { status } = await rest("GET", `${app}/commits/${encodeURIComponent(name)}`);
      expect(status).toBe(422);
    },
  );
});
