// git takes more than its client sends: commands after a NUL, certificates, odd lengths, bodies in gzip, aliases of
// paths. Whatever git would carry out is decided on, and what cannot be read in one way only never leaves.
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, brotliCompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { ApprovalView } from "../../lambda/model/api.ts";
import { pendingApproval } from "../stand-ins/eventually.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type WorkTree } from "../stand-ins/git.ts";
import { entriesOf } from "../stand-ins/oracle.ts";
import {
  capabilities,
  packBetween,
  pkt,
  pushBody,
  sendPush,
  zero,
  type PushAnswer,
} from "../stand-ins/raw-push.ts";

let gateway: GatewayUnderTest;
let work: WorkTree;
let url: string;
/** The head of main, and a commit on top of it that was never pushed. */
let main: string;
let next: string;
let pack: Buffer;
let count = 0;
const session = "ses-attack-git";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { pushWaitMs: 1_000, restWaitMs: 0, perCaller: 100 } } });
  url = remoteUrl(gateway.gateway, "alice", await gateway.token("alice", { session }), "acme/app");
  work = await clone(url);
  main = await head("main");
  next = await work.commit({ "src/attack.txt": "x\n" }, "Looks harmless");
  pack = packBetween(work.dir, next, main);
});
afterAll(() => discard(gateway));
afterEach(async () => {
  expect(await head("main")).toBe(main);
  expect((await fetch(`${gateway.gateway}/_gatehouse/health`)).status).toBe(200);
});

async function head(branch: string): Promise<string> {
  const { json, status } = await gateway.api("erin", "GET", `/repos/acme/app/git/ref/heads/${branch}`);
  return status === 200 ? (json as { object: { sha: string } }).object.sha : "none";
}

async function pushesAtGitHub(): Promise<number> {
  const all = await gateway.upstream();
  return all.filter(({ method, path }) => method === "POST" && path.endsWith("/git-receive-pack")).length;
}

const toMain = (): string => `${main} ${next} refs/heads/main`;
const toNew = (): string => `${zero} ${next} refs/heads/attack-${(count += 1)}`;

async function expectNothingSent(answer: Promise<PushAnswer>): Promise<PushAnswer> {
  const before = await pushesAtGitHub();
  const got = await answer;
  expect(await pushesAtGitHub()).toBe(before);
  return got;
}

async function expectHeld(body: Buffer, headers: Record<string, string> = {}, to = service()): Promise<void> {
  const { status, text } = await expectNothingSent(sendPush(to, body, headers));
  expect(status).toBe(200);
  expect(text).toContain("Waiting for approval");
}

async function expectRefused(
  body: Buffer,
  headers: Record<string, string> = {},
  to = service(),
): Promise<void> {
  const { status, text } = await expectNothingSent(sendPush(to, body, headers));
  if (status === 200) expect(text).toMatch(/unpack|ng refs/);
  expect(text).not.toContain("Waiting for approval");
  expect(text).not.toMatch(/ok refs/);
  expect(text).not.toBe("");
}

describe("a push that would move main", () => {
  it("is held as a whole when main is the last of its refs [GIT-01]", async () => {
    const created = toNew();
    await expectHeld(pushBody([created, toMain()], pack));
    expect(await head(created.slice(82).replace("refs/heads/", ""))).toBe("none");
  });

  it("is held when its body comes in gzip [GIT-11]", async () => {
    for (const encoding of ["gzip", "x-gzip"])
      await expectHeld(gzipSync(pushBody([toMain()], pack)), { "content-encoding": encoding });
  });

  it("is held when its path is spelled with escapes [PATH-05]", async () => {
    await expectHeld(pushBody([toMain()], pack), {}, service("/acme/app.git/git%2dreceive-pack"));
    await expectHeld(pushBody([toMain()], pack), {}, service("/acme/%61pp/git-receive-pack"));
  });

  it.each([
    ["deletes it", () => [`${main} ${zero} refs/heads/main`], false],
    ["creates what exists", () => [`${zero} ${next} refs/heads/main`], true],
    ["starts from an old state", () => [`${"a".repeat(40)} ${next} refs/heads/main`], true],
    ["makes a branch that a pattern protects", () => [`${zero} ${next} refs/heads/release/9.9`], true],
  ] as const)("is held or refused when it %s [GIT-08]", async (_what, lines, hasPack) => {
    const body = pushBody(lines(), hasPack ? pack : Buffer.alloc(0));
    const { text } = await expectNothingSent(sendPush(service(), body));
    expect(text).not.toMatch(/ok refs/);
  });
});

function service(path = "/acme/app.git/git-receive-pack"): string {
  const { username, password, host } = new URL(url);
  return `http://${username}:${password}@${host}${path}`;
}

describe("a deletion", () => {
  it("of a ref from an id that nobody knows is refused, which git would carry out [GIT-08]", async () => {
    const created = toNew();
    const ref = created.slice(82);
    expect((await sendPush(service(), pushBody([created], pack))).text).toContain(`ok ${ref}`);
    await expectRefused(pushBody([`${"a".repeat(40)} ${zero} ${ref}`], Buffer.alloc(0)));
    expect(await head(ref.replace("refs/heads/", ""))).toBe(next);
    const real = await sendPush(service(), pushBody([`${next} ${zero} ${ref}`], Buffer.alloc(0)));
    expect(real.text).toContain(`ok ${ref}`);
  });
});

describe("a push that git reads in another way than its client writes", () => {
  it.each<[string, () => Buffer]>([
    ["a command hidden after the NUL", () => pushBody([`${toNew()}\0 ${capabilities}\n${toMain()}`], pack)],
    ["a NUL in a later command", () => pushBody([toNew(), `${toMain()}\0x`], pack)],
    ["no capabilities", () => raw(pkt(toMain()))],
    ["no status report asked for", () => pushBody([`${toMain()}\0 side-band-64k`], pack)],
    ["a capability that was not offered", () => pushBody([`${toMain()}\0 ${capabilities} filter`], pack)],
    ["another object format", () => pushBody([`${toMain()}\0 report-status object-format=sha256`], pack)],
    ["a line feed within the first command", () => pushBody([`${toNew()}\n${toMain()}`], pack)],
    ["a carriage return at the end", () => pushBody([`${toMain()}\r`], pack)],
  ])("is refused: %s [GIT-02]", async (_what, body) => {
    await expectRefused(body());
  });

  it("is refused when a certificate wraps it [GIT-03]", async () => {
    const certificate = [
      `push-cert\0 ${capabilities}`,
      "certificate version 0.1\n",
      "pusher alice <alice@acme.example> 1700000000 +0000\n",
      "\n",
      `${toMain()}\n`,
      "push-cert-end\n",
    ];
    await expectRefused(pushBody(certificate, pack));
    await expectRefused(pushBody([toNew(), ...certificate], pack));
  });

  it.each<[string, () => Buffer]>([
    ["lengths in capitals", () => raw(pkt(first()).replace(/^..../, (hex) => hex.toUpperCase()))],
    ["a length with a sign", () => raw(`+${pkt(first()).slice(1)}`)],
    ["a length with a space", () => raw(` ${pkt(first()).slice(1)}`)],
    ["a length that ends early", () => raw(`0040${first()}`)],
    ["a length past the end", () => Buffer.from(`ffff${first()}`)],
    ["a length above git's limit", () => Buffer.from(`fff5${"x".repeat(0xfff5)}`)],
    [
      "ids in capitals",
      () => pushBody([toMain().toUpperCase().replace("REFS/HEADS/MAIN", "refs/heads/main")], pack),
    ],
    ["short ids", () => pushBody([`${main.slice(0, 39)} ${next} refs/heads/main`], pack)],
    ["long ids", () => pushBody([`${main}0 ${next} refs/heads/main`], pack)],
    ["two spaces", () => pushBody([`${main}  ${next} refs/heads/main`], pack)],
    ["a tab", () => pushBody([`${main}\t${next} refs/heads/main`], pack)],
  ])("is refused: %s [GIT-04]", async (_what, body) => {
    await expectRefused(body());
  });

  it.each<[string, () => Buffer]>([
    ["a delimiter and a command", () => raw(`${pkt(first())}0001${pkt(toMain())}`)],
    ["a response end", () => raw(`${pkt(first())}0002`)],
    ["the length three", () => raw(`${pkt(first())}0003`)],
    ["an empty packet", () => raw(`${pkt(first())}0004`)],
    ["a second list", () => raw(`${pkt(first())}0000${pkt(toMain())}`)],
    ["a second flush", () => raw(`${pkt(first())}0000`)],
    ["no flush", () => Buffer.concat([Buffer.from(pkt(first())), pack])],
    ["push options that were not asked for", () => raw(`${pkt(first())}0000${pkt("ci.skip")}`)],
    ["an empty list with something behind it", () => Buffer.concat([Buffer.from("0000"), pack])],
    ["a shallow line after a command", () => raw(pkt(first()) + pkt(`shallow ${main}`))],
    ["no pack", () => Buffer.from(`${pkt(first())}0000`)],
    ["half a pack", () => pushBody([toNew()], pack.subarray(0, pack.length >> 1))],
    ["a pack with a tail", () => pushBody([toNew()], Buffer.concat([pack, Buffer.from("tail")]))],
    ["two packs", () => pushBody([toNew()], Buffer.concat([pack, pack]))],
    ["a pack with one bit changed", () => pushBody([toNew()], flipped(pack))],
  ])("is refused: %s [GIT-05]", async (_what, body) => {
    await expectRefused(body());
  });

  it("is refused when it names a ref twice, whichever comes first [GIT-06]", async () => {
    const created = toNew();
    await expectRefused(pushBody([created, created], pack));
    await expectRefused(pushBody([toMain(), `${main} ${zero} refs/heads/main`], pack));
  });

  it.each([
    "HEAD",
    "main",
    "heads/main",
    "refs/heads/../heads/main",
    "refs/heads//main",
    "refs/heads/main.lock",
    "refs/heads/.main",
    "refs/heads/ma in",
    "refs/heads/main~1",
    "refs/heads/main@{1}",
    "refs/heads/ma*n",
    "refs/heads/",
    "refs/heads/main/",
    "refs/pull/1/head",
    "refs/for/main",
    "refs/notes/x",
    "refs/meta/config",
    "refs/replace/x",
    "refs/remotes/origin/main",
    "refs/stash",
    "refs/heads/main.",
    "/refs/heads/main",
    "refs/heads/main\\x",
    "refs/heads/main:x",
    "FETCH_HEAD",
    "refs/original/refs/heads/main",
  ])("is refused when it names %s [GIT-06]", async (ref) => {
    await expectRefused(pushBody([`${main} ${next} ${ref}`], pack));
  });

  it.each(["Main", "MAIN", "mаin", "main\u200b", "mainﬁ"])(
    "is a push to another branch when it names %s, and passes as that [PATH-03, PATH-13, DISPLAY-01]",
    async (name) => {
      const { text } = await sendPush(service(), pushBody([`${zero} ${next} refs/heads/${name}`], pack));
      expect(text).toContain(`ok refs/heads/${name}`);
    },
  );
});

function first(): string {
  return `${toNew()}\0 ${capabilities}`;
}

function raw(lines: string): Buffer {
  return Buffer.concat([Buffer.from(`${lines}0000`), pack]);
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}

describe("a ref of GitHub's that stands for main", () => {
  const alias = "refs/heads/alias";
  beforeAll(() => {
    const repository = join(gateway.dataDir, "sandbox-github/repositories/acme/app.git");
    execFileSync("git", ["symbolic-ref", alias, "refs/heads/main"], { cwd: repository });
  });

  it("is held as main is when a push moves it, which would move main [GIT-07]", async () => {
    await expectHeld(pushBody([`${main} ${next} ${alias}`], pack));
    const card = await pendingApproval(gateway, "carol", ({ refs }) => refs.some(({ ref }) => ref === alias));
    const view = (await gateway.review("carol", "GET", `/approvals/${card.id}`)).json;
    expect(JSON.stringify(view)).toContain("a symbolic ref that stands for refs/heads/main");
  });

  it("is held when REST writes a file to it, or moves it, and a name that it begins passes [GIT-07]", async () => {
    const rest = async (method: string, path: string, body: object): Promise<number> =>
      (await gateway.api("alice", method, `/repos/acme/app${path}`, body, { session })).status;
    const file = { message: "m", content: "eA==", branch: "alias" };
    expect(await rest("PUT", "/contents/attack.txt", file)).toBe(409);
    expect(await rest("PATCH", "/git/refs/heads/alias", { sha: main, force: true })).toBe(409);
    expect(await rest("DELETE", "/git/refs/heads/alias", {})).toBe(409);
    expect(await rest("POST", "/git/refs", { ref: "refs/heads/ali", sha: main })).toBe(201);
  });
});

describe("a push around its own headers", () => {
  it("is decided on whatever protocol version it names, and the name does not go on [GIT-09]", async () => {
    for (const version of ["version=2", "version=1", "version=2:x", "garbage\tx"])
      await expectHeld(pushBody([toMain()], pack), { "git-protocol": version });
    const { text } = await sendPush(service(), pushBody([toNew()], pack), { "git-protocol": "version=2" });
    expect(text).toContain("ok refs/heads/");
    expect((await gateway.upstream()).at(-1)?.headers).not.toHaveProperty("git-protocol");
  });

  it.each<[string, string, Record<string, string>]>([
    ["a query", "/acme/app.git/git-receive-pack?service=git-upload-pack", {}],
    [
      "a fetch's type",
      "/acme/app.git/git-receive-pack",
      { "content-type": "application/x-git-upload-pack-request" },
    ],
    ["JSON's type", "/acme/app.git/git-receive-pack", { "content-type": "application/json" }],
    ["a fetch's path", "/acme/app.git/git-upload-pack", {}],
    ["a doubled suffix", "/acme/app.git.git/git-receive-pack", {}],
    ["a slash at the end", "/acme/app.git/git-receive-pack/", {}],
    ["a path in front", "/x/acme/app.git/git-receive-pack", {}],
    ["the REST prefix", "/api/v3/acme/app.git/git-receive-pack", {}],
    ["a folder inside", "/acme/app.git/x/git-receive-pack", {}],
    ["another case", "/acme/app.git/Git-Receive-Pack", {}],
  ])("is refused with %s [GIT-10]", async (_what, path, headers) => {
    await expectRefused(pushBody([toMain()], pack), headers, service(path));
  });

  it.each([
    ["br", brotliCompressSync],
    ["br", (body: Buffer) => body],
    ["deflate", (body: Buffer) => body],
    ["gzip, gzip", (body: Buffer) => gzipSync(gzipSync(body))],
    ["gzip", (body: Buffer) => body],
    ["identity, gzip", gzipSync],
    ["compress", (body: Buffer) => body],
  ])("is refused in the encoding %s, also when only its name is [ENCODING-02]", async (encoding, make) => {
    await expectRefused(make(pushBody([toMain()], pack)), { "content-encoding": encoding });
  });

  it("is refused when it inflates to far more than it was [ENCODING-01]", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await expectRefused(bomb, { "content-encoding": "gzip" });
    const inList = gzipSync(Buffer.concat([Buffer.from(pkt(first())), Buffer.alloc(64 * 1024 * 1024, "0")]));
    await expectRefused(inList, { "content-encoding": "gzip" });
  });
});

describe("git's other ways in", () => {
  it.each([
    "GET /acme/app.git/HEAD",
    "GET /acme/app.git/info/refs",
    "GET /acme/app.git/info/refs?service=git-upload-archive",
    "GET /acme/app.git/info/refs?service=git-upload-pack&service=git-receive-pack",
    "GET /acme/app.git/objects/info/packs",
    "GET /acme/app.git/objects/ab/cdef",
    "GET /acme/app.git/config",
    "GET /acme/app.git/packed-refs",
    "POST /acme/app.git/git-upload-archive",
    "POST /acme/app.git/info/refs?service=git-receive-pack",
    "GET /acme/app.git/git-receive-pack",
    "PUT /acme/app.git/git-receive-pack",
  ])("are not there: %s [GIT-12]", async (line) => {
    const [method = "", path = ""] = line.split(" ");
    const before = (await gateway.upstream()).length;
    const answer = await fetch(`${gateway.gateway}${path}`, {
      method,
      headers: { authorization: `Basic ${btoa(`alice:${new URL(url).password}`)}` },
    });
    expect([400, 403, 404, 405, 415]).toContain(answer.status);
    expect((await gateway.upstream()).length).toBe(before);
  });

  it.each([
    "/acme/app.wiki.git/git-receive-pack",
    "/acme/app.wiki/git-receive-pack",
    "/acme/app.WIKI.git/git-receive-pack",
    "/gist/0123456789abcdef.git/git-receive-pack",
    "/0123456789abcdef.git/git-receive-pack",
    "/acme/vault.git/git-receive-pack",
    "/acme/nothing.git/git-receive-pack",
  ])("do not lead to a wiki, a gist or somebody else's repository: %s [GIT-13]", async (path) => {
    await expectRefused(pushBody([toMain()], pack), {}, service(path));
  });

  it("are told to be out of reach where they are: keys and direct ways [GIT-14]", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toMatch(/an SSH key, or direct egress to github\.com goes around/);
  });

  it("do not read an object without leaving its id in the record [GIT-15]", async () => {
    const hidden = "d".repeat(40);
    const body = `${pkt("command=fetch")}0001${pkt(`want ${hidden}`)}${pkt("done")}0000`;
    await fetch(`${gateway.gateway}/acme/app.git/git-upload-pack`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`alice:${new URL(url).password}`)}`,
        "content-type": "application/x-git-upload-pack-request",
        "git-protocol": "version=2",
      },
      body,
    }).then((answer) => answer.text());
    const entries = await entriesOf(gateway, session);
    expect(JSON.stringify(entries)).toContain(hidden);
  });
});

describe("what a push brings", () => {
  it("is held for security when it is a workflow, on any branch [GIT-16, INDIRECT-03]", async () => {
    await work.git("checkout", "-q", "-b", `flow-${(count += 1)}`, main);
    const flow = await work.commit({ ".github/workflows/own.yml": "on: push\n" }, "Add a check");
    const body = pushBody([`${zero} ${flow} refs/heads/flow`], packBetween(work.dir, flow, main));
    await expectHeld(body);
    const card = await pendingApproval(gateway, "erin", ({ demands }) =>
      demands.some(({ rule }) => rule === "workflow-files"),
    );
    expect(card.repository).toBe("acme/app");
  });

  it("shows links, modes, submodules and big-file pointers for what they are [GIT-17, DISPLAY-05]", async () => {
    await work.git("checkout", "-q", "-b", `odd-${(count += 1)}`, main);
    await work.git("update-index", "--add", "--cacheinfo", `160000,${"e".repeat(40)},vendor/sub`);
    const blob = (await work.git("hash-object", "-w", "README.md")).stdout.trim();
    await work.git("update-index", "--add", "--cacheinfo", `120000,${blob},link`);
    await work.git("update-index", "--add", "--cacheinfo", `100755,${blob},run.sh`);
    const odd = await work.commit(
      {
        "big.bin": `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12345\n`,
        ".gitattributes": "*.ts -diff\n",
        CODEOWNERS: "* @nobody\n",
        "package-lock.json": "{}\n",
      },
      "Tidy up",
    );
    await expectHeld(
      pushBody([`${main} ${odd} refs/heads/main`], packBetween(work.dir, odd, main)),
      {},
      service(),
    );
    const views = await Promise.all(
      (
        (await gateway.review("carol", "GET", "/approvals?state=pending&limit=100")).json as {
          items: { id: string }[];
        }
      ).items.map(
        async ({ id }) => (await gateway.review("carol", "GET", `/approvals/${id}`)).json as ApprovalView,
      ),
    );
    const flags = new Map(
      views
        .flatMap((view) => view.change?.refs ?? [])
        .filter((ref) => ref.new === odd)
        .flatMap((ref) => ref.files)
        .map((file) => [file.path, file.flags] as const),
    );
    expect(flags.get("vendor/sub")).toContain("submodule");
    expect(flags.get("link")).toContain("symlink");
    expect(flags.get("big.bin")).toContain("lfs-pointer");
    expect(flags.get(".gitattributes")).toContain("gitattributes");
    expect(flags.get("CODEOWNERS")).toContain("codeowners");
    expect(flags.get("package-lock.json")).toContain("lockfile");
  });
});
