// The sandbox's REST API acts on the same repositories as git does, in GitHub's forms.
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { git, startSandbox, upstreamToken, type Sandbox } from "./sandbox.ts";

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

describe("repositories", () => {
  it("a request without the token is answered 401 as GitHub does", async () => {
    const answer = await fetch(`${sandbox.github.url}/api/v3/user`);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ message: "Bad credentials" });
  });

  it.each(["token", "Bearer"])("the token is taken as %s", async (scheme) => {
    const answer = await rest("GET", "/user", undefined, { authorization: `${scheme} ${upstreamToken}` });
    expect(answer.json).toMatchObject({ login: "acme-gateway" });
  });

  it("names are found in any case, and by number", async () => {
    const byName = await rest("GET", "/repos/ACME/App");
    const byNumber = await rest("GET", `/repositories/${byName.json.id}`);
    expect(byName.json).toMatchObject({ full_name: "acme/app", default_branch: "main", private: true });
    expect(byNumber.json).toEqual(byName.json);
  });

  it("an unknown repository, path or method is 404", async () => {
    const answers = await Promise.all([
      rest("GET", "/repos/acme/none"),
      rest("GET", `${app}/nothing`),
      rest("PATCH", app, { private: false }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it("the demo settings hold a token with a valid checksum and an AWS key", async () => {
    const { text } = await rest("GET", `${app}/contents/config/demo.env`, undefined, {
      accept: "application/vnd.github.raw",
    });
    expect(text).toMatch(/^GITHUB_TOKEN=ghp_[0-9A-Za-z]{36}$/m);
    expect(text).toMatch(/^AWS_ACCESS_KEY_ID=AKIA[A-Z2-7]{16}$/m);
  });
});

describe("branches", () => {
  it.each([
    ["app", "main", true],
    ["app", "release/1.0", true],
    ["app", "release%2F1.0", true],
    ["app", "feature/discounts", false],
    ["site", "main", true],
    ["vault", "main", false],
  ])("of acme/%s, %s has protected: %s", async (repository, branch, isProtected) => {
    const { json } = await rest("GET", `/repos/acme/${repository}/branches/${branch}`);
    expect(json).toMatchObject({ name: decodeURIComponent(branch), protected: isProtected });
  });

  it("rules are told for a branch that does not exist yet, and the branch itself is 404", async () => {
    const rules = await rest("GET", `${app}/rules/branches/release/9.9`);
    const branch = await rest("GET", `${app}/branches/release/9.9`);
    expect(rules.json).toEqual(expect.arrayContaining([expect.objectContaining({ type: "pull_request" })]));
    expect(branch.status).toBe(404);
  });

  it("no rule applies to a branch that no pattern names", async () => {
    expect((await rest("GET", `${app}/rules/branches/release`)).json).toEqual([]);
  });

  it("a renamed branch has its commit under the new name only", async () => {
    await branchFrom("old-name");
    const sha = await tip("old-name");
    const renamed = await rest("POST", `${app}/branches/old-name/rename`, { new_name: "new-name" });
    expect(renamed.status).toBe(201);
    expect(await tip("new-name")).toBe(sha);
    expect((await rest("GET", `${app}/branches/old-name`)).status).toBe(404);
  });

  it("a merge of two branches has both as parents, and merging again changes nothing", async () => {
    await branchFrom("merge-base");
    await branchFrom("merge-head");
    await put("one.txt", "merge-base", "1");
    await put("two.txt", "merge-head", "2");
    const parents = [await tip("merge-base"), await tip("merge-head")];
    const merge = { base: "merge-base", head: "merge-head" };
    const merged = await rest("POST", `${app}/merges`, merge);
    expect(merged.json.parents.map(({ sha }) => sha)).toEqual(parents);
    expect((await rest("POST", `${app}/merges`, merge)).status).toBe(204);
  });

  it("a merge with a conflict is 409 and moves nothing", async () => {
    await branchFrom("clash-a");
    await branchFrom("clash-b");
    await put("clash.txt", "clash-a", "a");
    await put("clash.txt", "clash-b", "b");
    const before = await tip("clash-a");
    expect((await rest("POST", `${app}/merges`, { base: "clash-a", head: "clash-b" })).status).toBe(409);
    expect(await tip("clash-a")).toBe(before);
  });
});

describe("contents", () => {
  it("a file written over REST is in the next git fetch", async () => {
    const work = join(sandbox.folder, "fetching");
    await git(sandbox.folder, "clone", "-q", sandbox.remote("acme/site"), work);
    const answer = await rest("PUT", "/repos/acme/site/contents/pages/new.html", {
      message: "Add a page",
      content: btoa("<p>new</p>"),
      committer: { name: "Alice Arden", email: "alice@acme.example" },
    });
    await git(work, "fetch", "-q");
    expect(answer.status).toBe(201);
    expect((await git(work, "show", "origin/main:pages/new.html")).out).toBe("<p>new</p>");
    expect((await git(work, "log", "-1", "--format=%H %an", "origin/main")).out).toBe(
      `${answer.json.commit.sha} Alice Arden`,
    );
  });

  it("base64 comes in lines of 60 characters", async () => {
    const { json } = await rest("GET", `${app}/contents/README.md`);
    const lines = json.content.split("\n");
    expect(lines[0]).toHaveLength(60);
    expect(Buffer.from(json.content, "base64").toString()).toContain("# app");
  });

  it("a directory is listed, and as an object it has entries", async () => {
    const list = await rest("GET", `${app}/contents/src?ref=main`);
    const object = await rest("GET", `${app}/contents/src`, undefined, {
      accept: "application/vnd.github.object",
    });
    expect(list.json).toMatchObject([{ name: "orders.ts", type: "file" }, { path: "src/server.ts" }]);
    expect(object.json).toMatchObject({ type: "dir", entries: list.json });
  });

  it("changing a file needs the sha that was read: none is 422, another is 409", async () => {
    await branchFrom("sha-check");
    await put("checked.txt", "sha-check", "one");
    const { sha } = (await rest("GET", `${app}/contents/checked.txt?ref=sha-check`)).json;
    expect((await put("checked.txt", "sha-check", "two")).status).toBe(422);
    expect((await put("checked.txt", "sha-check", "two", "0".repeat(40))).status).toBe(409);
    expect((await put("checked.txt", "sha-check", "two", sha)).status).toBe(200);
  });

  it("a deleted file is gone from the branch", async () => {
    await branchFrom("deleting");
    const { json } = await rest("GET", `${app}/contents/README.md?ref=deleting`);
    const body = { message: "Drop it", sha: json.sha, branch: "deleting" };
    const deleted = await rest("DELETE", `${app}/contents/README.md`, body);
    expect(deleted.json).toMatchObject({ content: null, commit: { message: "Drop it" } });
    expect((await rest("GET", `${app}/contents/README.md?ref=deleting`)).status).toBe(404);
  });

  it.each(["..%2Fup.txt", ".git/config", "a//b", "a/%2e%2e/b"])("the path %s is refused", async (path) => {
    const { port } = new URL(sandbox.github.url);
    // fetch would tidy the path up before sending it.
    const status = await new Promise((resolve) => {
      const call = httpRequest(
        {
          port,
          method: "PUT",
          path: `/api/v3${app}/contents/${path}`,
          headers: { authorization: `token ${upstreamToken}` },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      call.end(JSON.stringify({ message: "x", content: "" }));
    });
    expect([404, 422]).toContain(status);
  });
});

describe("caching and size", () => {
  it("the same answer a second time is 304 without a body", async () => {
    const first = await rest("GET", app);
    const second = await rest("GET", app, undefined, { "if-none-match": first.headers.get("etag") ?? "" });
    expect([second.status, second.text]).toEqual([304, ""]);
  });

  it("an answer above 1 kB is compressed for who takes gzip, and a short one is not", async () => {
    const ask = (path: string): Promise<{ encoding: string | undefined; bytes: Buffer }> =>
      new Promise((resolve) => {
        const { port } = new URL(sandbox.github.url);
        const headers = { authorization: `token ${upstreamToken}`, "accept-encoding": "gzip" };
        httpRequest({ port, path: `/api/v3${path}`, headers }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => {
            resolve({ encoding: answer.headers["content-encoding"], bytes: Buffer.concat(chunks) });
          });
        }).end();
      });
    const long = await ask(app);
    expect(long.encoding).toBe("gzip");
    expect(JSON.parse(gunzipSync(long.bytes).toString())).toMatchObject({ full_name: "acme/app" });
    expect((await ask("/meta")).encoding).toBeUndefined();
  });

  it("a body that is not JSON is 400", async () => {
    const answer = await fetch(`${sandbox.github.url}/api/v3${app}/issues`, {
      method: "POST",
      headers: { authorization: `token ${upstreamToken}` },
      body: "{",
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { message: "Problems parsing JSON" }]);
  });
});
