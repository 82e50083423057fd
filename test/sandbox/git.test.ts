// The real git client against the sandbox's GitHub.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { git, startSandbox, upstreamToken, type Sandbox } from "./sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.end());

async function clone(name: string, ...options: string[]): Promise<string> {
  const target = join(sandbox.folder, name);
  const run = await git(sandbox.folder, ...options, sandbox.remote("acme/app"), target);
  expect(run).toMatchObject({ code: 0 });
  return target;
}

async function commit(work: string, file: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(work, file), content);
  await git(work, "add", file);
  await git(work, "commit", "-q", "-m", `Change ${file}`);
  return (await git(work, "rev-parse", "HEAD")).out;
}

async function remoteTip(ref: string): Promise<string | undefined> {
  return (await git(sandbox.folder, "ls-remote", sandbox.remote("acme/app"), ref)).out.split("\t")[0];
}

describe("fetching", () => {
  it.each(["0", "2"])("a clone by protocol version %s has every branch", async (version) => {
    const work = await clone(`v${version}`, "-c", `protocol.version=${version}`, "clone", "-q");
    const { out } = await git(work, "branch", "-r", "--format=%(refname:lstrip=3)");
    expect(out.split("\n")).toEqual(["HEAD", "feature/discounts", "main", "release/1.0"]);
  });

  it("a clone of depth 1 has one commit", async () => {
    const work = await clone("shallow", "clone", "-q", "--depth", "1");
    expect((await git(work, "rev-list", "--count", "HEAD")).out).toBe("1");
  });

  it("a clone without blobs fetches them when they are asked for", async () => {
    const work = await clone("blobless", "clone", "-q", "--no-checkout", "--filter=blob:none");
    expect((await git(work, "show", "HEAD:README.md")).out).toContain("# app");
  });

  it("a commit that no branch names any more can be fetched by its id", async () => {
    const work = await clone("by-id", "clone", "-q");
    const oid = await commit(work, "gone.txt", "gone");
    await git(work, "push", "-q", "origin", "HEAD:refs/heads/gone");
    await git(work, "push", "-q", "origin", ":refs/heads/gone");
    const other = await clone("by-id-2", "clone", "-q");
    expect(await git(other, "fetch", "-q", "origin", oid)).toMatchObject({ code: 0 });
  });
});

describe("pushing", () => {
  it("a push to a protected branch lands: this upstream trusts its token, so that tests see the gateway refuse", async () => {
    const work = await clone("push", "clone", "-q");
    const oid = await commit(work, "new.txt", "new");
    expect(await git(work, "push", "-q", "origin", "main")).toMatchObject({ code: 0 });
    expect(await remoteTip("refs/heads/main")).toBe(oid);
  });

  it("an atomic push with one stale ref moves nothing", async () => {
    const work = await clone("atomic", "clone", "-q");
    const before = await remoteTip("refs/heads/main");
    await git(work, "checkout", "-q", "--orphan", "unrelated");
    await commit(work, "orphan.txt", "orphan");
    const run = await git(
      work,
      "push",
      "--atomic",
      "origin",
      "HEAD:refs/heads/fresh",
      "HEAD:refs/heads/main",
    );
    expect(run.code).toBe(1);
    expect(await remoteTip("refs/heads/fresh")).toBe("");
    expect(await remoteTip("refs/heads/main")).toBe(before);
  });

  it("a push larger than git's buffer arrives in chunks and is counted as it streams", async () => {
    const work = await clone("large", "clone", "-q");
    const oid = await commit(work, "large.bin", randomBytes(3 * 1024 * 1024));
    expect(await git(work, "push", "-q", "origin", "HEAD:refs/heads/large")).toMatchObject({ code: 0 });
    expect(await remoteTip("refs/heads/large")).toBe(oid);
    const posts = sandbox.github.requests().filter(({ path }) => path === "/acme/app.git/git-receive-pack");
    expect(posts.at(-1)?.headers).toMatchObject({ "transfer-encoding": "chunked" });
    expect(posts.at(-1)?.bodyBytes).toBeGreaterThan(3 * 1024 * 1024);
  });
});

describe("who may", () => {
  it.each([
    ["without a credential", {}],
    ["with another password", { authorization: `Basic ${btoa("x-access-token:other")}` }],
  ])("info/refs %s is answered 401 with a Basic challenge", async (_, headers: Record<string, string>) => {
    const url = `${sandbox.github.url}/acme/app/info/refs?service=git-upload-pack`;
    const answer = await fetch(url, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="GitHub"');
  });

  it.each(["/acme/none/info/refs", "/acme/app/HEAD", "/acme/app/objects/info/packs", "/acme/app.git/config"])(
    "%s is not there",
    async (path) => {
      const headers = { authorization: `Basic ${btoa(`x-access-token:${upstreamToken}`)}` };
      expect((await fetch(sandbox.github.url + path, { headers })).status).toBe(404);
    },
  );
});

it("what was pushed and opened is still there after a restart", async () => {
  const first = await startSandbox();
  await first.rest("PUT", "/repos/acme/site/contents/kept.txt", { message: "Keep", content: btoa("kept") });
  await first.rest("POST", "/repos/acme/site/issues", { title: "Kept" });
  await first.github.close();
  const second = await startSandbox(first.folder);
  const file = await second.rest("GET", "/repos/acme/site/contents/kept.txt");
  const issues = await second.rest("GET", "/repos/acme/site/issues");
  await second.end();
  expect(file.status).toBe(200);
  expect(issues.json).toMatchObject([{ number: 1, title: "Kept" }]);
});
