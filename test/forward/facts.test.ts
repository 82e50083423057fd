// What the gateway asks GitHub before it decides; every doubt is an error, never an answer.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createFacts } from "../../lambda/forward/facts.ts";
import type { Repository, UpstreamRequest } from "../../lambda/model/action.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { HeaderList } from "../../lambda/model/http.ts";
import type { UpstreamAnswer } from "../../lambda/model/ports.ts";
import { answerWith, chunksOf, codeOf, noCredential } from "./stand-in.ts";

const app: Repository = {
  id: 7,
  owner: "acme",
  name: "app",
  fullName: "acme/app",
  defaultBranch: "main",
  isPrivate: true,
};
const oid = "a".repeat(40);
const repositoryJson = {
  id: 7,
  name: "app",
  full_name: "acme/app",
  owner: { login: "acme" },
  default_branch: "main",
  private: true,
};

interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  readonly headers?: HeaderList;
}

/** Facts over a GitHub that answers from a table of paths; what is not in it is 404. */
function factsOver(table: Record<string, Reply | Error>) {
  const asked: UpstreamRequest[] = [];
  const clock = { atMs: 0, now: () => clock.atMs, sleep: () => Promise.resolve() };
  const send = (request: UpstreamRequest): Promise<UpstreamAnswer> => {
    asked.push(request);
    const query = request.query.map(([name, value]) => `${name}=${value}`).join("&");
    const path = request.segments.join("/");
    const reply = table[query === "" ? path : `${path}?${query}`] ?? {
      status: 404,
      json: { message: "Not Found" },
    };
    if (reply instanceof Error) return Promise.reject(reply);
    const { status = 200, json, bytes = Buffer.from(JSON.stringify(json)), headers = [] } = reply;
    return Promise.resolve(answerWith(status, headers, chunksOf(bytes)));
  };
  const credentials = { credential: () => Promise.resolve(noCredential), secrets: () => Promise.resolve([]) };
  return { facts: createFacts({ upstream: { send }, credentials, clock }), asked, clock };
}

describe("a repository", () => {
  it("is named as GitHub names it", async () => {
    const { facts } = factsOver({ "repos/ACME/App": { json: repositoryJson } });
    expect(await facts.repository({ owner: "ACME", name: "App" })).toEqual(app);
  });

  it("is found by its number", async () => {
    const { facts } = factsOver({ "repositories/7": { json: repositoryJson } });
    expect(await facts.repositoryById(7)).toEqual(app);
  });

  it("is remembered for 60 seconds, whatever the case of its name", async () => {
    const { facts, asked, clock } = factsOver({ "repos/acme/app": { json: repositoryJson } });
    await facts.repository({ owner: "acme", name: "app" });
    clock.atMs = 59_999;
    await facts.repository({ owner: "Acme", name: "APP" });
    expect(asked).toHaveLength(1);
    clock.atMs = 60_000;
    await facts.repository({ owner: "acme", name: "app" });
    expect(asked).toHaveLength(2);
  });

  it("that is not there is not remembered as absent", async () => {
    const { facts, asked } = factsOver({});
    expect(await facts.repository(app)).toBeUndefined();
    expect(await facts.repository(app)).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it("that was renamed or transferred is the one that its old name leads to", async () => {
    const { facts, asked } = factsOver({
      "repos/acme/old": { status: 301, json: {}, headers: [["Location", "https://api.test/repositories/7"]] },
      "repositories/7": { json: repositoryJson },
    });
    expect(await facts.repository({ owner: "acme", name: "old" })).toEqual(app);
    expect(asked.map(({ segments }) => segments.join("/"))).toEqual(["repos/acme/old", "repositories/7"]);
  });

  it.each([
    ["to no address", []],
    ["to another name", [["Location", "https://api.test/repos/mallory/app"]]],
    ["to a part of a repository", [["Location", "https://api.test/repositories/7/contents/x"]]],
  ] as [string, HeaderList][])("that leads %s is not found out about", async (_where, headers) => {
    const { facts } = factsOver({ "repos/acme/app": { status: 301, json: {}, headers } });
    expect(await codeOf(facts.repository(app))).toBe("GH_UPSTREAM_REDIRECT");
  });

  it("that leads from one number to the next is followed once", async () => {
    const next = (id: number): Reply => ({
      status: 301,
      json: {},
      headers: [["Location", `https://api.test/repositories/${id}`]],
    });
    const { facts, asked } = factsOver({ "repos/acme/app": next(8), "repositories/8": next(9) });
    expect(await codeOf(facts.repository(app))).toBe("GH_UPSTREAM_REDIRECT");
    expect(asked).toHaveLength(2);
  });
});

describe("no question is answered by a failure", () => {
  const failures: [string, Reply | Error][] = [
    ["401", { status: 401, json: {} }],
    ["403 (rate limit)", { status: 403, json: {} }],
    ["429", { status: 429, json: {} }],
    ["500", { status: 500, json: {} }],
    ["202", { status: 202, json: {} }],
    ["304", { status: 304, json: {} }],
    ["a page instead of JSON", { bytes: Buffer.from("<html>") }],
    ["half an answer", { bytes: Buffer.from('{"id":7') }],
    ["null", { json: null }],
    ["a list", { json: [null] }],
    ["another shape", { json: { protected: "false", ref: 1, id: "7" } }],
    ["bytes that are not UTF-8", { bytes: Buffer.from([0x22, 0xff, 0x22]) }],
    ["more than 8 MB", { bytes: Buffer.alloc(8 * 1024 * 1024 + 1, " ") }],
    ["an unknown coding", { json: {}, headers: [["content-encoding", "zstd"]] }],
    ["a broken connection", new GateError("GH_UPSTREAM_UNREACHABLE")],
    ["a time-out", new GateError("GH_UPSTREAM_TIMEOUT")],
    ["an unexpected error", new TypeError("oops")],
  ];

  it.each(failures)("%s", async (name, reply) => {
    const paths = ["repos/acme/app", "repos/acme/app/git/ref/heads/main", "repos/acme/app/pulls/1"];
    paths.push(
      "repos/acme/app/branches/main",
      `repos/acme/app/git/commits/${oid}`,
      `repos/acme/app/git/trees/${oid}`,
    );
    const { facts } = factsOver(Object.fromEntries(paths.map((path) => [path, reply])));
    const questions = [
      facts.repository(app),
      facts.ref(app, "refs/heads/main"),
      facts.pull(app, 1),
      facts.branchFlag(app, "main"),
      facts.object(app, "commit", oid),
      facts.object(app, "tree", oid),
    ];
    expect([name, await Promise.all(questions.map(codeOf))]).toEqual([
      name,
      questions.map(() => "GH_FACTS_UNAVAILABLE"),
    ]);
  });
});

describe("a ref", () => {
  it("stands where GitHub says, or is absent", async () => {
    const { facts } = factsOver({
      "repos/acme/app/git/ref/heads/feature/a": {
        json: { ref: "refs/heads/feature/a", object: { sha: oid } },
      },
    });
    expect(await facts.ref(app, "refs/heads/feature/a")).toBe(oid);
    expect(await facts.ref(app, "refs/heads/none")).toBeUndefined();
  });

  it("of another spelling is another ref", async () => {
    const { facts } = factsOver({
      "repos/acme/app/git/ref/heads/Main": { json: { ref: "refs/heads/main", object: { sha: oid } } },
    });
    expect(await facts.ref(app, "refs/heads/Main")).toBeUndefined();
  });
});

describe("protection", () => {
  it("is the flag of an existing branch, or unknown for an absent one", async () => {
    const { facts } = factsOver({
      "repos/acme/app/branches/main": { json: { protected: true } },
      "repos/acme/app/branches/dev": { json: { protected: false } },
    });
    expect(await facts.branchFlag(app, "main")).toBe(true);
    expect(await facts.branchFlag(app, "dev")).toBe(false);
    expect(await facts.branchFlag(app, "none")).toBeUndefined();
  });

  const page = (number: number) => `repos/acme/app/rules/branches/main?per_page=100&page=${number}`;
  const next: HeaderList = [["Link", '<https://api.github.com/x?page=2>; rel="next"']];

  it("by rules is found on a later page too", async () => {
    const { facts } = factsOver({
      [page(1)]: { json: [], headers: next },
      [page(2)]: { json: [{ type: "update" }] },
    });
    expect(await facts.hasBranchRules(app, "main")).toBe(true);
  });

  it("by rules is absent only when the last page says so", async () => {
    const { facts, asked } = factsOver({ [page(1)]: { json: [], headers: next }, [page(2)]: { json: [] } });
    expect(await facts.hasBranchRules(app, "main")).toBe(false);
    expect(asked).toHaveLength(2);
  });

  it("by rules is not denied by 404, by an object, or by pages without end", async () => {
    const endless = Object.fromEntries(
      Array.from({ length: 50 }, (_unused, at) => [page(at), { json: [], headers: next }]),
    );
    for (const table of [{}, { [page(1)]: { json: {} } }, endless]) {
      expect(await codeOf(factsOver(table).facts.hasBranchRules(app, "main"))).toBe("GH_FACTS_UNAVAILABLE");
    }
  });
});

describe("a pull request", () => {
  const pull = {
    number: 3,
    title: "Fix",
    state: "open",
    base: { ref: "main", sha: oid },
    head: { ref: "fix", sha: oid, repo: { name: "app", owner: { login: "bob" } } },
  };

  it("says what would be merged into what", async () => {
    const { facts } = factsOver({ "repos/acme/app/pulls/3": { json: pull } });
    expect(await facts.pull(app, 3)).toMatchObject({
      baseRef: "main",
      headOid: oid,
      headRepository: { owner: "bob", name: "app" },
    });
  });

  it("of a deleted fork has no head repository", async () => {
    const { facts } = factsOver({
      "repos/acme/app/pulls/3": { json: { ...pull, head: { ...pull.head, repo: null } } },
    });
    expect((await facts.pull(app, 3))?.headRepository).toBeUndefined();
  });
});

describe("a comparison", () => {
  it.each(["ahead", "behind", "diverged", "identical"])("says %s", async (status) => {
    const { facts } = factsOver({
      [`repos/acme/app/compare/${oid}...${oid}?per_page=1`]: { json: { status } },
    });
    expect(await facts.compare(app, oid, oid)).toBe(status);
  });

  it("is unknown when GitHub has one of the commits not, or says something new", async () => {
    expect(await factsOver({}).facts.compare(app, oid, oid)).toBe("unknown");
    const { facts } = factsOver({
      [`repos/acme/app/compare/${oid}...${oid}?per_page=1`]: { json: { status: "?" } },
    });
    expect(await facts.compare(app, oid, oid)).toBe("unknown");
  });
});

describe("the place where two histories parted", () => {
  it("is the commit that GitHub names", async () => {
    const { facts } = factsOver({
      [`repos/acme/app/compare/${oid}...${oid}?per_page=1`]: { json: { merge_base_commit: { sha: oid } } },
    });
    expect(await facts.mergeBase(app, oid, oid)).toBe(oid);
  });

  it("is not known when GitHub has one of the commits not", async () => {
    expect(await factsOver({}).facts.mergeBase(app, oid, oid)).toBeUndefined();
  });
});

describe("git objects", () => {
  const run = promisify(execFile);
  let folder: string;
  const git = async (...args: string[]) =>
    (await run("git", args, { cwd: folder, encoding: "buffer" })).stdout;
  const id = async (...args: string[]) => (await git(...args)).toString().trim();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "objects-"));
    await git("init", "-q", ".");
    // Names that sort differently as folders: "a" (folder) comes after "a.b" and "a-b".
    for (const name of ["a-b", "a.b", "a0", "ü", "b"]) await writeFile(join(folder, name), name);
    await run("mkdir", ["a"], { cwd: folder });
    await writeFile(join(folder, "a", "x"), "x");
    await git("add", ".");
    const author = ["-c", "user.name=Al Ice", "-c", "user.email=al@acme.example"];
    await git(...author, "commit", "-q", "-m", "First\n\nbody");
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function treeJson(): Promise<{ path: string; mode: string; type: string; sha: string }[]> {
    const lines = (await git("ls-tree", "-z", "HEAD")).toString().split("\0").filter(Boolean);
    return lines.map((line) => {
      const [, mode = "", type = "", sha = "", path = ""] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(line) ?? [];
      return { path, mode, type, sha };
    });
  }

  it("a tree is rebuilt to the very bytes that git has, whatever order GitHub lists it in", async () => {
    const tree = await id("rev-parse", "HEAD^{tree}");
    const reply = { json: { sha: tree, truncated: false, tree: (await treeJson()).reverse() } };
    const { facts } = factsOver({ [`repos/acme/app/git/trees/${tree}`]: reply });
    const bytes = await facts.object(app, "tree", tree);
    expect(Buffer.from(bytes ?? [])).toEqual(await git("cat-file", "tree", tree));
  });

  it("a tree that was cut short, changed or renamed is refused", async () => {
    const tree = await id("rev-parse", "HEAD^{tree}");
    const entries = await treeJson();
    const [first, ...rest] = entries;
    for (const json of [
      { truncated: true, tree: entries },
      { truncated: false, tree: rest },
      { truncated: false, tree: [{ ...first, sha: oid }, ...rest] },
      { truncated: false, tree: [{ ...first, path: "other" }, ...rest] },
      { truncated: false, tree: [{ ...first, sha: "x" }, ...rest] },
      { tree: entries },
    ]) {
      const { facts } = factsOver({ [`repos/acme/app/git/trees/${tree}`]: { json } });
      expect(await codeOf(facts.object(app, "tree", tree))).toBe("GH_FACTS_UNAVAILABLE");
    }
  });

  it("a blob is taken raw, compressed or not, and only when it has the id that was asked for", async () => {
    const blob = await id("rev-parse", "HEAD:a-b");
    const path = `repos/acme/app/git/blobs/${blob}`;
    const plain = factsOver({ [path]: { bytes: Buffer.from("a-b") } });
    expect(Buffer.from((await plain.facts.object(app, "blob", blob)) ?? []).toString()).toBe("a-b");
    expect(plain.asked[0]?.headers).toContainEqual(["accept", "application/vnd.github.raw+json"]);
    const packed = factsOver({ [path]: { bytes: gzipSync("a-b"), headers: [["content-encoding", "gzip"]] } });
    expect(Buffer.from((await packed.facts.object(app, "blob", blob)) ?? []).toString()).toBe("a-b");
    const changed = factsOver({ [path]: { bytes: Buffer.from("a-c") } });
    expect(await codeOf(changed.facts.object(app, "blob", blob))).toBe("GH_FACTS_UNAVAILABLE");
  });

  it("a commit is retold with its tree and parents, and no name can add a parent of its own", async () => {
    const tree = "b".repeat(40);
    const who = { name: "Al\nparent ", email: "al@acme.example>", date: "2030-01-02T03:04:05Z" };
    const json = {
      sha: oid,
      tree: { sha: tree },
      parents: [{ sha: oid }],
      author: who,
      committer: who,
      message: "m",
    };
    const { facts } = factsOver({ [`repos/acme/app/git/commits/${oid}`]: { json } });
    expect(Buffer.from((await facts.object(app, "commit", oid)) ?? []).toString()).toBe(
      `tree ${tree}\nparent ${oid}\nauthor Alparent  <al@acme.example> 1893553445 +0000\n` +
        `committer Alparent  <al@acme.example> 1893553445 +0000\n\nm`,
    );
  });

  it("a commit under another id is refused, and one that GitHub does not have is absent", async () => {
    const json = {
      sha: "c".repeat(40),
      tree: { sha: oid },
      parents: [],
      author: {},
      committer: {},
      message: "",
    };
    const { facts } = factsOver({ [`repos/acme/app/git/commits/${oid}`]: { json } });
    expect(await codeOf(facts.object(app, "commit", oid))).toBe("GH_FACTS_UNAVAILABLE");
    expect(await factsOver({}).facts.object(app, "commit", oid)).toBeUndefined();
  });
});

describe("what is remembered of a repository", () => {
  it("is forgotten when GitHub says that it changed, and for no other", async () => {
    const { facts, asked } = factsOver({ "repos/acme/app": { json: repositoryJson } });
    await facts.repository(app);
    facts.forget(8);
    await facts.repository(app);
    expect(asked).toHaveLength(1);
    facts.forget(7);
    await facts.repository(app);
    facts.forget(undefined);
    await facts.repository(app);
    expect(asked).toHaveLength(3);
  });

  it("does not include an answer to what was asked before the change", async () => {
    const { facts, asked } = factsOver({ "repos/acme/app": { json: repositoryJson } });
    const early = facts.repository(app);
    facts.forget(7);
    await early;
    await facts.repository(app);
    expect(asked).toHaveLength(2);
  });
});

describe("what a ref stands for", () => {
  const path = "acme/app.git/git-upload-pack";
  const lines = (...texts: string[]): Buffer =>
    Buffer.from(
      texts.map((text) => (text.length + 4).toString(16).padStart(4, "0") + text).join("") + "0000",
    );
  const asked = (bytes: Buffer, status = 200) => factsOver({ [path]: { bytes, status } });

  it("is read from git's list, for exactly this name", async () => {
    const list = lines(
      `${oid} refs/heads/alias symref-target:refs/heads/main\n`,
      `${oid} refs/heads/alias2 symref-target:refs/heads/other\n`,
    );
    const { facts, asked: sent } = asked(list);
    expect(await facts.symbolicTarget(app, "refs/heads/alias")).toBe("refs/heads/main");
    expect(await facts.symbolicTarget(app, "refs/heads/ali")).toBeUndefined();
    expect(sent[0]).toMatchObject({ upstream: "git", method: "POST" });
  });

  it("is nothing for a plain ref, and for one that is not there", async () => {
    expect(await asked(lines(`${oid} refs/heads/dev\n`)).facts.symbolicTarget(app, "refs/heads/dev")).toBe(
      undefined,
    );
    expect(await asked(lines()).facts.symbolicTarget(app, "refs/heads/dev")).toBeUndefined();
  });

  it.each<[string, Buffer, number?]>([
    ["cut off", lines(`${oid} refs/heads/dev\n`).subarray(0, 30)],
    ["without its end", lines(`${oid} refs/heads/dev\n`).subarray(0, -4)],
    ["that goes on", Buffer.concat([lines(), lines()])],
    ["of the old protocol", lines("# service=git-upload-pack\n")],
    ["that is HTML", Buffer.from("<html>")],
    ["that is empty", Buffer.alloc(0)],
    ["that is an error's", lines(), 503],
    ["of a repository that is not shown", lines(), 404],
  ])("is not known from an answer %s", async (_what, bytes, status = 200) => {
    expect(await codeOf(asked(bytes, status).facts.symbolicTarget(app, "refs/heads/dev"))).toBe(
      "GH_FACTS_UNAVAILABLE",
    );
  });
});
