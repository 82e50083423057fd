import { describe, expect, it } from "@jest/globals";
import { gzipSync } from "node:zlib";
import type { BranchSource } from "../../lambda/model/action.ts";
import { ask, codeOf, sentText, type Asked } from "./requests.ts";

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
    ["PUT", "/import", "migrations/start-import", { vcs_url: "https://x.test" }, { from: "all" }],
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

describe("REST reads", () => {
  it("answer for the root, with and without a slash", async () => {
    for (const target of ["/api/v3", "/api/v3/"])
      expect((await ask("GET", target)).operation).toBe("meta/root");
    expect((await ask("GET", "/", { host: "api.gw.test" })).operation).toBe("meta/root");
  });

  it("list the root folder for a trailing slash", async () => {
    const action = await ask("GET", `${repo}/contents/?ref=dev`);
    expect(action).toMatchObject({
      operation: "repos/get-content",
      effect: "read",
      send: { query: [["ref", "dev"]] },
    });
    expect(action.send.segments).toEqual(["repos", "o", "r", "contents"]);
  });

  it("may span repositories when they name none", async () => {
    expect(await ask("GET", "/api/v3/orgs/acme/repos")).toMatchObject({
      effect: "read-many",
      organization: "acme",
    });
    expect(await ask("GET", "/api/v3/search/code?q=x")).toMatchObject({ effect: "read-many" });
    expect(await ask("GET", "/api/v3/user")).toMatchObject({ effect: "read" });
  });

  it("may span repositories when a comparison names a fork", async () => {
    expect(await ask("GET", `${repo}/compare/main...dev`)).toMatchObject({ effect: "read" });
    expect(await ask("GET", `${repo}/compare/main...other:dev`)).toMatchObject({ effect: "read-many" });
  });

  it("pass as unknown reads when GitHub does not describe them", async () => {
    expect(await ask("GET", `${repo}/something-new?x=1`)).toMatchObject({
      operation: "unknown-read",
      effect: "read-many",
      repository: { owner: "o", name: "r" },
    });
  });

  it("refuse a parameter twice, an unknown one, and _method", async () => {
    for (const query of ["ref=dev&ref=main", "branch=x", "_method=DELETE"]) {
      expect(await codeOf(ask("GET", `${repo}/contents/f?${query}`))).toBe("GH_BAD_QUERY");
    }
    expect(await codeOf(ask("GET", `${repo}/unknown?_method=DELETE`))).toBe("GH_BAD_QUERY");
  });

  it("take paging parameters on any read, as GitHub's own links carry them", async () => {
    expect((await ask("GET", "/api/v3/repositories/7/issues?page=2&after=x")).parameters).toEqual({
      repositoryId: "7",
    });
  });

  it.each([
    "/api/v3/graphql",
    "/api/v3/copilot_internal/v2/token",
    "/api/graphql",
    "/mcp/",
    "/capi/models",
    "/copilot/x",
    "/login/device",
    "/api/uploads/x",
    "/raw/o/r/main/f",
  ])("say that %s is not served yet", async (target) => {
    expect(await codeOf(ask("GET", target))).toBe("GH_NOT_SERVED");
  });

  it("refuse a body", async () => {
    expect(await codeOf(ask("GET", `${repo}/merges`, { body: "{}" }))).toBe("GH_BAD_BODY");
    expect(await codeOf(ask("HEAD", `${repo}/pulls`, { body: "{}" }))).toBe("GH_BAD_BODY");
  });

  it.each(["/API/V3/user", "/api", "/api/v4/user", "/o/r", "/o/r/blob/main/f", "/_gatehouse/health"])(
    "have nothing at %s",
    async (target) => {
      expect(await codeOf(ask("GET", target))).toBe("GH_UNKNOWN_PATH");
    },
  );

  it("know hosts by name, whatever the case and default port", async () => {
    expect((await ask("GET", "/user", { host: "API.gw.test:443" })).operation).toBe(
      "users/get-authenticated",
    );
    for (const host of ["evil.test", "api.evil.test", "x.api.gw.test", "gw.test.evil.test", ""]) {
      expect(await codeOf(ask("GET", "/api/v3/user", { host }))).toBe("GH_UNKNOWN_PATH");
    }
  });
});

describe("headers and bodies", () => {
  const merge = (asked: Asked): Promise<string> => codeOf(ask("POST", `${repo}/merges`, asked));
  const body = '{"base":"main","head":"dev"}';

  it.each(["TRACE", "CONNECT", "OPTIONS", "get", "M-SEARCH"])(
    "the method %s is not taken",
    async (method) => {
      expect(await codeOf(ask(method, "/api/v3/user"))).toBe("GH_METHOD_NOT_ALLOWED");
    },
  );

  it.each(["X-HTTP-Method-Override", "x-method-override", "X-HTTP-METHOD"])("%s is refused", async (name) => {
    expect(await codeOf(ask("GET", "/api/v3/user", { headers: [[name, "PATCH"]] }))).toBe("GH_BAD_HEADERS");
  });

  it("only listed client headers travel on", async () => {
    const action = await ask("GET", "/api/v3/user", {
      headers: [
        ["Accept", "application/json"],
        ["If-None-Match", '"x"'],
        ["X-GitHub-Api-Version", "2022-11-28"],
        ["User-Agent", "octokit"],
        ["Authorization", "Bearer x"],
        ["Range", "bytes=0-11"],
        ["If-Range", '"x"'],
        ["Cookie", "a=b"],
        ["Connection", "close, Authorization"],
        ["X-Forwarded-Host", "evil.test"],
      ],
    });
    expect(action.send.headers).toEqual([
      ["accept", "application/json"],
      ["if-none-match", '"x"'],
      ["x-github-api-version", "2022-11-28"],
      ["user-agent", "octokit"],
    ]);
  });

  it.each([
    ["a line break", "User-Agent", "a\r\nX-HTTP-Method-Override: PATCH"],
    ["a byte outside ASCII", "User-Agent", "ä"],
    ["a version that is no date", "X-GitHub-Api-Version", "2022-11-28%0d%0a"],
    ["1025 bytes", "Accept", "a".repeat(1025)],
  ])("a carried header with %s is refused", async (_what, name, value) => {
    expect(await codeOf(ask("GET", "/api/v3/user", { headers: [[name, value]] }))).toBe("GH_BAD_HEADERS");
  });

  it("a repeated header that decides is refused", async () => {
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["content-type", "text/plain"],
    ];
    expect(await merge({ body, headers })).toBe("GH_BAD_HEADERS");
  });

  it.each([
    ["application/json", "passed"],
    ["application/json; charset=utf-8", "passed"],
    ["application/vnd.github+json", "passed"],
    ["application/x-www-form-urlencoded", "GH_UNSUPPORTED_MEDIA"],
    ["multipart/form-data; boundary=x", "GH_UNSUPPORTED_MEDIA"],
    ["application/json; charset=utf-16", "GH_UNSUPPORTED_MEDIA"],
    ["application/json, text/plain", "GH_UNSUPPORTED_MEDIA"],
    ["text/json", "GH_UNSUPPORTED_MEDIA"],
  ])("a JSON body labelled %s is %s", async (type, expected) => {
    expect(await merge({ body, headers: [["Content-Type", type]] })).toBe(expected);
  });

  it("a body without a type is refused", async () => {
    expect(await merge({ body })).toBe("GH_UNSUPPORTED_MEDIA");
  });

  it.each(["br", "deflate", "zstd", "gzip, identity", "GZIP", "x", ""])(
    "the encoding %j is refused",
    async (encoding) => {
      const headers: [string, string][] = [
        ["Content-Type", "application/json"],
        ["Content-Encoding", encoding],
      ];
      expect(await merge({ body, headers })).toBe("GH_UNSUPPORTED_ENCODING");
    },
  );

  const gzipped = (bytes: Uint8Array, jsonBytes = 8_000_000): Promise<string> =>
    merge({
      body: bytes,
      headers: [
        ["Content-Type", "application/json"],
        ["Content-Encoding", "gzip"],
      ],
      limits: { jsonBytes },
    });

  it("a gzip body is read, and travels on plain", async () => {
    const action = await ask("POST", `${repo}/merges`, {
      body: gzipSync(body),
      headers: [
        ["Content-Type", "application/json"],
        ["Content-Encoding", "x-gzip"],
      ],
    });
    expect(sentText(action)).toBe(body);
    expect(action.send.headers).toEqual([["content-type", "application/json"]]);
  });

  it("a gzip body that is broken or cut short is refused", async () => {
    expect(await gzipped(Buffer.from("not gzip"))).toBe("GH_BAD_BODY");
    expect(await gzipped(gzipSync(body).subarray(0, 20))).toBe("GH_BAD_BODY");
  });

  it("a gzip bomb is refused by size, and by ratio below the size", async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000));
    expect(await gzipped(bomb, 1_000_000)).toBe("GH_BODY_TOO_LARGE");
    expect(await gzipped(bomb)).toBe("GH_BODY_TOO_LARGE");
  });

  it("a body at its limit passes and one byte more does not", async () => {
    const headers: [string, string][] = [["Content-Type", "application/json"]];
    expect(await merge({ body, headers, limits: { jsonBytes: body.length } })).toBe("passed");
    expect(await merge({ body, headers, limits: { jsonBytes: body.length - 1 } })).toBe("GH_BODY_TOO_LARGE");
  });

  it("a body that breaks off fails with the client's own error", async () => {
    const broken = (async function* () {
      yield await Promise.resolve(Buffer.from("{"));
      throw new Error("socket hang up");
    })();
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["Content-Encoding", "gzip"],
    ];
    await expect(ask("POST", `${repo}/merges`, { body: broken, headers })).rejects.toThrow("socket hang up");
  });

  it("an operation without a described body takes none", async () => {
    expect(await codeOf(ask("DELETE", `${repo}/git/refs/heads/x`, { json: { force: true } }))).toBe(
      "GH_BAD_BODY",
    );
    expect(await codeOf(ask("DELETE", `${repo}/git/refs/heads/x`, { json: {} }))).toBe("passed");
  });

  it("markdown is a read that carries text", async () => {
    const action = await ask("POST", "/api/v3/markdown/raw", {
      body: "# x",
      headers: [["Content-Type", "text/plain"]],
    });
    expect(action).toMatchObject({ effect: "read", operation: "markdown/render-raw" });
    expect(sentText(action)).toBe("# x");
  });
});
