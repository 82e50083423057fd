// Pull requests and issues of the sandbox's GitHub.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { startSandbox, type RestAnswer, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;
let rest: Sandbox["rest"];
let count = 0;
let head = "";
let base = "";
const app = "/repos/acme/app";

beforeAll(async () => {
  sandbox = await startSandbox();
  rest = sandbox.rest;
});
afterAll(() => sandbox.end());

async function tip(branch: string): Promise<string> {
  return (await rest("GET", `${app}/git/ref/heads/${branch}`)).json.object.sha;
}

function write(branch: string, path: string, text: string): Promise<RestAnswer> {
  return rest("PUT", `${app}/contents/${path}`, { message: `Write ${path}`, content: btoa(text), branch });
}

function open(): Promise<RestAnswer> {
  return rest("POST", `${app}/pulls`, { title: "Change it", head, base, body: "Please" });
}

beforeEach(async () => {
  count += 1;
  head = `topic-${count}`;
  base = `base-${count}`;
  const sha = await tip("main");
  for (const name of [head, base]) await rest("POST", `${app}/git/refs`, { ref: `refs/heads/${name}`, sha });
  await write(head, `topic-${count}.txt`, "topic");
});

it("one pull request is open from the start", async () => {
  const { json } = await rest("GET", `${app}/pulls`);
  expect(json).toMatchObject([{ number: 1, title: "Add discounts", base: { ref: "main" }, state: "open" }]);
});

describe("an open pull request", () => {
  it("shows its branches, commits and files", async () => {
    const { json, status } = await open();
    const path = `${app}/pulls/${json.number}`;
    expect(status).toBe(201);
    expect((await rest("GET", path)).json).toMatchObject({
      state: "open",
      merged: false,
      mergeable: true,
      commits: 1,
      changed_files: 1,
      head: { ref: head, sha: await tip(head) },
      base: { ref: base, sha: await tip(base), repo: { full_name: "acme/app" } },
    });
    expect((await rest("GET", `${path}/files`)).json).toMatchObject([
      { filename: `topic-${count}.txt`, status: "added", patch: expect.stringContaining("+topic") },
    ]);
    expect((await rest("GET", `${path}/commits`)).json).toHaveLength(1);
  });

  it("follows its head", async () => {
    const { json } = await open();
    await write(head, "later.txt", "later");
    const later = await rest("GET", `${app}/pulls/${json.number}`);
    expect(later.json).toMatchObject({ head: { sha: await tip(head) }, commits: 2 });
  });

  it("is found by head and base, and in no other list", async () => {
    const { json } = await open();
    const found = await rest("GET", `${app}/pulls?head=acme:${head}&base=${base}`);
    const none = await rest("GET", `${app}/pulls?head=acme:${head}&base=main`);
    expect(found.json).toMatchObject([{ number: json.number }]);
    expect(none.json).toEqual([]);
  });

  it("is shown as a diff to who asks for one", async () => {
    const { json } = await open();
    const { text } = await rest("GET", `${app}/pulls/${json.number}`, undefined, {
      accept: "application/vnd.github.diff",
    });
    expect(text).toMatch(new RegExp(`^diff --git a/topic-${count}.txt`));
  });

  it("can be opened once", async () => {
    await open();
    expect(await open()).toMatchObject({
      status: 422,
      json: { errors: [{ message: `A pull request already exists for acme:${head}.` }] },
    });
  });

  it("needs commits that the base does not have", async () => {
    const { status } = await rest("POST", `${app}/pulls`, { title: "None", head: base, base: head });
    expect(status).toBe(422);
  });

  it("closes when its branch is deleted", async () => {
    const { json } = await open();
    await rest("DELETE", `${app}/git/refs/heads/${head}`);
    expect((await rest("GET", `${app}/pulls/${json.number}`)).json).toMatchObject({
      state: "closed",
    });
  });

  it("takes a new title, base and state", async () => {
    const { json } = await open();
    const path = `${app}/pulls/${json.number}`;
    const changed = await rest("PATCH", path, { title: "Other", base: "main" });
    expect(changed.json).toMatchObject({ title: "Other", base: { ref: "main" }, state: "open" });
    expect((await rest("PATCH", path, { state: "closed" })).json).toMatchObject({ state: "closed" });
    expect((await rest("PATCH", path, { state: "open" })).json).toMatchObject({
      state: "open",
      closed_at: null,
    });
  });
});

describe("merging", () => {
  it("makes a commit with both parents on the base", async () => {
    const { json } = await open();
    const parents = [await tip(base), await tip(head)];
    const merged = await rest("PUT", `${app}/pulls/${json.number}/merge`, { sha: parents[1] });
    const commit = await rest("GET", `${app}/git/commits/${merged.json.sha}`);
    expect(merged.json).toMatchObject({ merged: true, sha: await tip(base) });
    expect(commit.json.parents.map(({ sha }) => sha)).toEqual(parents);
    expect((await rest("GET", `${app}/pulls/${json.number}`)).json).toMatchObject({
      state: "closed",
      merged: true,
    });
  });

  it("by squash makes a commit with one parent", async () => {
    const { json } = await open();
    const before = await tip(base);
    const path = `${app}/pulls/${json.number}/merge`;
    const merged = await rest("PUT", path, { merge_method: "squash" });
    const commit = await rest("GET", `${app}/git/commits/${merged.json.sha}`);
    expect(commit.json.parents).toMatchObject([{ sha: before }]);
  });

  it("is 409 and moves nothing when the head is not the one that was read", async () => {
    const { json } = await open();
    const sha = await tip(head);
    const before = await tip(base);
    await write(head, "meanwhile.txt", "meanwhile");
    const merged = await rest("PUT", `${app}/pulls/${json.number}/merge`, { sha });
    expect(merged.status).toBe(409);
    expect(await tip(base)).toBe(before);
  });

  it("is 405 with a conflict, and a second time", async () => {
    const { json } = await open();
    const path = `${app}/pulls/${json.number}/merge`;
    await write(base, `topic-${count}.txt`, "otherwise");
    expect((await rest("PUT", path, {})).status).toBe(405);
    expect((await rest("GET", path)).status).toBe(404);
  });
});

it("issues and pull requests share their numbers, and an issue takes comments", async () => {
  const pull = await open();
  const issue = await rest("POST", `${app}/issues`, { title: "It breaks" });
  expect(issue.json.number).toBe(pull.json.number + 1);
  const comments = `${app}/issues/${issue.json.number}/comments`;
  await rest("POST", comments, { body: "Here too" });
  expect((await rest("GET", comments)).json).toMatchObject([{ body: "Here too" }]);
});
