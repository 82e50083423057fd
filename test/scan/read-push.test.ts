// What a push would change, compared with what the real git says about the same commits.
import { symlink, rm, chmod, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { zeroOid } from "../../lambda/model/action.ts";
import { readPush } from "../../lambda/scan/read-push.ts";
import { inMemory } from "./escrow.ts";
import { fakeMasker } from "./fake-masker.ts";
import { Git } from "./git.ts";
import { expected, read, statuses } from "./pushes.ts";

let git: Git;
let base: string;
beforeEach(async () => {
  git = await Git.create();
  await git.write("README.md", "# App\n\nHello.\n");
  await git.write("src/a.ts", "export const a = 1;\n");
  await git.write("src/deep/er/b.ts", "export const b = 1;\n");
  await git.write(".github/workflows/ci.yml", "on: push\n");
  await git.write("tool.sh", "echo hi\n");
  base = await git.commit("base");
});
afterEach(() => git.remove());

describe("the files of a push", () => {
  it("are those of git diff --raw: added, modified, deleted, renamed, linked, moved into folders", async () => {
    await git.write("src/a.ts", "export const a = 2;\n");
    await git.write("ünï cöde/x.txt", "x\n");
    await rm(join(git.folder, "README.md"));
    await git.write("README.md/inside.txt", "a folder now\n");
    await rename(join(git.folder, "src/deep/er/b.ts"), join(git.folder, "src/deep/c.ts"));
    await rm(join(git.folder, "tool.sh"));
    await symlink("/etc/passwd", join(git.folder, "tool.sh"));
    const tip = await git.commit("many things");
    const [diff] = (await read(git, { old: base, new: tip })).refs;
    expect(statuses(diff)).toEqual(expected(await git.rawDiff(base, tip)));
    expect(diff?.files.find(({ path }) => path === "tool.sh")).toMatchObject({
      status: "type-changed",
      oldMode: "100644",
      newMode: "120000",
      flags: ["symlink", "mode-change"],
    });
  });

  it("carry modes, ids and sizes of both sides", async () => {
    await chmod(join(git.folder, "tool.sh"), 0o755);
    const tip = await git.commit("executable");
    const blob = await git.run("rev-parse", "HEAD:tool.sh");
    const [diff] = (await read(git, { old: base, new: tip })).refs;
    expect(diff?.files).toEqual([
      {
        path: "tool.sh",
        status: "modified",
        oldMode: "100644",
        newMode: "100755",
        oldOid: blob,
        newOid: blob,
        oldBytes: 8,
        newBytes: 8,
        added: 0,
        removed: 0,
        hunks: [],
        flags: ["mode-change"],
      },
    ]);
  });

  it("show hunks with three lines of context and both numberings", async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
    await git.write("long.txt", `${lines.join("\n")}\n`);
    const old = await git.commit("long");
    lines[9] = "changed";
    await git.write("long.txt", `${lines.join("\n")}\n`);
    const tip = await git.commit("change");
    const [file] = (await read(git, { old, new: tip })).refs[0]?.files ?? [];
    expect(file).toMatchObject({ added: 1, removed: 1 });
    expect(file?.hunks[0]).toMatchObject({ oldStart: 7, oldLines: 7, newStart: 7, newLines: 7 });
    expect(file?.hunks[0]?.lines.slice(2, 6)).toEqual([
      { kind: "context", text: "line 9", oldLine: 9, newLine: 9 },
      { kind: "removed", text: "line 10", oldLine: 10 },
      { kind: "added", text: "changed", newLine: 10 },
      { kind: "context", text: "line 11", oldLine: 11, newLine: 11 },
    ]);
  });

  it("say that a file is binary, a submodule or an LFS pointer", async () => {
    await git.write("logo.png", Buffer.from([0x89, 0x50, 0, 1]));
    await git.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    await git.run("update-index", "--add", "--cacheinfo", `160000,${base},vendor`);
    await git.run("add", "logo.png", "big.bin");
    await git.run("commit", "-q", "-m", "odd files");
    const tip = await git.run("rev-parse", "HEAD");
    const [diff] = (await read(git, { old: base, new: tip })).refs;
    expect(diff?.files.map(({ path, flags }) => [path, flags])).toEqual([
      ["big.bin", ["lfs-pointer"]],
      ["logo.png", ["binary"]],
      ["vendor", ["submodule"]],
    ]);
  });

  it("name invisible and bidirectional characters in new lines and in paths", async () => {
    await git.write("src/a.ts", `export const a = "${String.fromCodePoint(0x202e)}";\n`);
    await git.write(`zero${String.fromCodePoint(0x200b)}width.txt`, "plain\n");
    await git.write("family.md", `${String.fromCodePoint(0x1f469, 0x200d, 0x1f467)}\n`);
    const tip = await git.commit("hidden");
    const [diff] = (await read(git, { old: base, new: tip })).refs;
    const flagged = diff?.files.filter(({ flags }) => flags.includes("invisible-characters"));
    expect(flagged?.map(({ path }) => path)).toEqual([
      "src/a.ts",
      `zero${String.fromCodePoint(0x200b)}width.txt`,
    ]);
  });

  it("keep the exact bytes of a path that is not UTF-8", async () => {
    const blob = await git.object("blob", "x");
    const entry = Buffer.concat([Buffer.from("100644 caf\xe9\0", "latin1"), Buffer.from(blob, "hex")]);
    const tree = await git.object("tree", entry);
    const tip = await git.run("commit-tree", tree, "-m", "latin");
    const [diff] = (await read(git, { new: tip })).refs;
    expect(diff?.files).toMatchObject([{ path: "caf\ufffd", pathHex: "636166e9", status: "added" }]);
  });
});

describe("the commits of a push", () => {
  it("are those that the ref gains, newest first, merges included", async () => {
    await git.run("checkout", "-q", "-b", "side");
    await git.write("side.txt", "side\n");
    await git.commit("on the side");
    await git.run("checkout", "-q", "main");
    await git.write("main.txt", "main\n");
    await git.commit("on main");
    await git.run("merge", "-q", "--no-ff", "-m", "merge", "side");
    const tip = await git.run("rev-parse", "HEAD");
    const change = await read(git, { old: base, new: tip });
    const listed = (await git.run("rev-list", "--topo-order", `${base}..${tip}`)).split("\n");
    expect(change.refs[0]?.commits.map(({ oid }) => oid).sort()).toEqual(listed.sort());
    expect(change.refs[0]?.commits[0]).toMatchObject({
      oid: tip,
      claimedAuthor: "Alice <alice@example.com>",
      claimedCommitter: "Bob <bob@example.com>",
      message: "merge\n",
    });
    expect(change.refs[0]?.isFastForward).toBe(true);
    expect(statuses(change.refs[0])).toEqual(expected(await git.rawDiff(base, tip)));
    expect(change).toMatchObject({ unreachableObjects: 0, isTruncated: false });
  });

  it("do not fast-forward when the tip was amended", async () => {
    await git.write("a.txt", "a\n");
    const first = await git.commit("first");
    await git.write("a.txt", "b\n");
    await git.run("add", "-A");
    await git.run("commit", "-q", "--amend", "-m", "amended");
    const tip = await git.run("rev-parse", "HEAD");
    const [diff] = (await read(git, { old: first, new: tip })).refs;
    expect(diff?.isFastForward).toBe(false);
    expect(statuses(diff)).toEqual(["M a.txt"]);
  });

  it("do not fast-forward when the branch goes back to an older commit", async () => {
    await git.write("a.txt", "a\n");
    const later = await git.commit("later");
    const [diff] = (await read(git, { old: later, new: base })).refs;
    expect(diff).toMatchObject({ isFastForward: false, commits: [] });
    expect(statuses(diff)).toEqual(["D a.txt"]);
  });

  it("fast-forward to a commit that GitHub has already, both sides read from GitHub", async () => {
    await git.write("a.txt", "a\n");
    const later = await git.commit("later");
    const change = await read(git, { old: base, new: later, known: [later] });
    expect(change.refs[0]?.isFastForward).toBe(true);
    expect(statuses(change.refs[0])).toEqual(["A a.txt"]);
  });

  it("of a new branch are compared with the nearest commit that GitHub has", async () => {
    await git.write("a.txt", "a\n");
    await git.commit("one");
    await git.write("b.txt", "b\n");
    const tip = await git.commit("two");
    const [diff] = (await read(git, { new: tip, known: [base], ref: "refs/heads/new" })).refs;
    expect(statuses(diff)).toEqual(["A a.txt", "A b.txt"]);
    expect(diff?.commits).toHaveLength(2);
  });

  it("of an empty repository are compared with nothing", async () => {
    const [diff] = (await read(git, { new: base })).refs;
    expect(diff?.files).toHaveLength(5);
    expect(diff?.files.every(({ status }) => status === "added")).toBe(true);
  });

  it("behind an annotated tag are read, and so is the tag", async () => {
    await git.write("a.txt", "a\n");
    const commit = await git.commit("one");
    await git.run("tag", "-a", "v1", "-m", "Version 1");
    const tag = await git.run("rev-parse", "v1");
    const change = await read(git, { new: tag, known: [base], ref: "refs/tags/v1" });
    expect(change.refs[0]?.tags).toEqual([
      {
        name: "v1",
        object: commit,
        type: "commit",
        claimedTagger: "Bob <bob@example.com>",
        message: "Version 1\n",
      },
    ]);
    expect(statuses(change.refs[0])).toEqual(["A a.txt"]);
    expect(change.objects).toMatchObject({ commits: 1, tags: 1 });
  });
});

describe("a push without a pack", () => {
  it("is fine when it only deletes", async () => {
    const change = await readPush({
      push: { commands: [{ old: base, new: zeroOid, ref: "refs/heads/old" }] },
      objects: () => Promise.reject(new Error("nothing to ask")),
      hasKnownWorkflows: () => Promise.resolve(true),
      masker: fakeMasker,
    });
    expect(change.refs).toEqual([
      { ref: "refs/heads/old", old: base, new: zeroOid, commits: [], files: [], isFastForward: false },
    ]);
    expect(change).toMatchObject({ touchesWorkflows: false, touchedPaths: [] });
  });

  it("is refused when it sets a ref", async () => {
    const push = { commands: [{ old: zeroOid, new: base, ref: "refs/heads/main" }] };
    await expect(
      readPush({
        push,
        objects: () => Promise.resolve(undefined),
        hasKnownWorkflows: () => Promise.resolve(true),
        masker: fakeMasker,
      }),
    ).rejects.toMatchObject({ code: "GH_BAD_PACK" });
  });
});

describe("objects that nobody asked for", () => {
  it("are counted when no new tip reaches them", async () => {
    const hidden = await git.object("blob", "hidden payload");
    const wanted = (await git.run("rev-list", "--objects", "main"))
      .split("\n")
      .map((line) => line.slice(0, 40));
    const change = await readPush({
      push: { commands: [{ old: zeroOid, new: base, ref: "refs/heads/main" }] },
      pack: inMemory(await git.packOf([...wanted, hidden])),
      objects: () => Promise.resolve(undefined),
      hasKnownWorkflows: () => Promise.resolve(true),
      masker: fakeMasker,
    });
    expect(change.unreachableObjects).toBe(1);
  });
});
