// Secrets are found wherever a push can carry one, and none survives in what is recorded.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { maskChange } from "../../lambda/scan/mask-change.ts";
import { defaultScanLimits } from "../../lambda/scan/limits.ts";
import { SecretSearch } from "../../lambda/scan/secrets.ts";
import { fakeMasker, key, maskedToken, maybe, token } from "./fake-masker.ts";
import { Git } from "./git.ts";
import { read } from "./pushes.ts";

let git: Git;
let base: string;
beforeEach(async () => {
  git = await Git.create();
  await git.write("README.md", "hello\n");
  base = await git.commit("base");
});
afterEach(() => git.remove());

describe("secrets in a push", () => {
  it("are named with path, line and blob", async () => {
    await git.write("conf/app.env", `A=1\nB=2\nC=${token("A")}\n`);
    const tip = await git.commit("oops");
    const oid = await git.run("rev-parse", "HEAD:conf/app.env");
    const change = await read(git, { old: base, new: tip });
    expect(change.secrets).toEqual([{ kind: "token", isCertain: true, path: "conf/app.env", line: 3, oid }]);
    expect(change.refs[0]?.files[0]?.flags).toEqual(["secret"]);
  });

  it("are found although the next commit removes them", async () => {
    await git.write("app.env", token("A"));
    await git.commit("oops");
    await rm(join(git.folder, "app.env"));
    const tip = await git.commit("removed");
    expect((await read(git, { old: base, new: tip })).secrets).toMatchObject([
      { kind: "token", path: "app.env" },
    ]);
  });

  it("are found in commit messages, tag messages, authors, paths and ref names", async () => {
    await git.write(`logs/${token("P")}.txt`, "x\n");
    await git.commit(`message ${token("M")}`);
    await git.run(
      "commit",
      "-q",
      "--allow-empty",
      "--author",
      `${token("U")} <a@example.com>`,
      "-m",
      "author",
    );
    await git.run("tag", "-a", "v1", "-m", token("T"));
    const tag = await git.run("rev-parse", "v1");
    const change = await read(git, { new: tag, known: [base], ref: `refs/tags/${token("R")}` });
    expect(change.secrets).toHaveLength(5);
  });

  it("are found in binary files and across the windows of a blob of several megabytes", async () => {
    const big = Buffer.alloc(5 * 1024 * 1024, "\n");
    const places = [0, 1024 * 1024 - 5, 1024 * 1024 + 64 * 1024 - 5, 3 * 1024 * 1024, big.length - 18];
    for (const [index, place] of places.entries()) big.write(token(String.fromCharCode(65 + index)), place);
    big[500] = 0;
    await git.write("big.bin", big);
    const tip = await git.commit("big");
    const change = await read(git, { old: base, new: tip });
    expect(change.secrets).toHaveLength(5);
    expect(change.secrets[0]).toMatchObject({ path: "big.bin", line: 1 });
    expect(change.secrets[1]?.line).toBe(1 + 1024 * 1024 - 5 - 18 - 1);
  });

  it("that GitHub holds already at the same place raise no alarm, new ones beside them do", async () => {
    await git.write("app.env", `${token("A")}\n`);
    const old = await git.commit("long ago");
    await git.write("app.env", `${token("A")}\nNAME=x\n`);
    const harmless = await git.commit("harmless");
    expect((await read(git, { old, new: harmless })).secrets).toEqual([]);
    await git.write("app.env", `${token("A")}\n${token("B")}\n`);
    const harmful = await git.commit("harmful");
    expect((await read(git, { old, new: harmful })).secrets).toMatchObject([{ line: 2 }]);
  });

  it("are not excused when so many known ones stand beside them that a detector may have stopped", async () => {
    const known = `${token("A")}\n`.repeat(1_000);
    await git.write("app.env", known);
    const old = await git.commit("many");
    await git.write("app.env", `${known}more\n`);
    const tip = await git.commit("more");
    expect((await read(git, { old, new: tip })).secrets).not.toEqual([]);
  });

  it("that are not certain say so", async () => {
    await git.write("notes.txt", maybe("Q"));
    const tip = await git.commit("maybe");
    expect((await read(git, { old: base, new: tip })).secrets).toMatchObject([
      { kind: "maybe", isCertain: false },
    ]);
  });

  it("cannot be hidden behind a flood of doubtful ones", () => {
    const search = new SecretSearch(fakeMasker, { ...defaultScanLimits, listedFindings: 10 });
    for (let blob = 0; blob < 100; blob += 1) {
      const letters = String(10_000_000 + blob);
      search.whole("blob", "f".repeat(40), Buffer.from(["MAYBE", letters].join("_")));
    }
    search.whole("blob", "a".repeat(40), Buffer.from(token("A")));
    const { secrets } = search.result(new Map(), new Set());
    expect(secrets.filter(({ isCertain }) => isCertain)).toHaveLength(1);
    expect(search.isComplete).toBe(false);
  });
});

describe("masked values in a push", () => {
  it("are found when a mask comes back in place of the value", async () => {
    await git.write("app.env", `KEY=${token("A")}\n`);
    const old = await git.commit("real");
    await git.write("app.env", `KEY=${maskedToken}\n`);
    const tip = await git.commit("masked");
    const change = await read(git, { old, new: tip });
    expect(change.maskedValues).toMatchObject([{ kind: "token", path: "app.env", line: 1 }]);
    expect(change.refs[0]?.files[0]?.flags).toEqual(["masked-value"]);
  });

  it("raise no alarm when they stood there before, as in documentation", async () => {
    await git.write("docs.md", `Like ${maskedToken}\n`);
    const old = await git.commit("docs");
    await git.write("docs.md", `Like ${maskedToken}\nMore.\n`);
    const tip = await git.commit("more");
    expect((await read(git, { old, new: tip })).maskedValues).toEqual([]);
  });
});

describe("a masked change", () => {
  it("holds no secret in lines, messages, authors, paths, tags or refs", async () => {
    await git.write("app.env", `KEY=${token("O")}\n`);
    const old = await git.commit("old");
    await git.write("app.env", `KEY=${token("A")}\n`);
    await git.write(`logs/${token("P")}.txt`, "x\n");
    await git.commit(`message ${token("M")}`);
    await git.run("tag", "-a", "v1", "-m", token("T"));
    const tag = await git.run("rev-parse", "v1");
    const change = await read(git, { new: tag, known: [old], ref: `refs/tags/${token("R")}` });
    const { summary, counts } = maskChange(change, fakeMasker);
    const text = JSON.stringify(summary);
    for (const letter of "OAPMTR") expect(text).not.toContain(token(letter));
    expect(text).toContain(maskedToken);
    expect(counts).toEqual([{ kind: "token", count: expect.any(Number) }]);
    expect("diffMasks" in summary).toBe(false);
  });

  it("shows that a secret was replaced by another", async () => {
    await git.write("app.env", `KEY=${token("A")}\n`);
    const old = await git.commit("old");
    await git.write("app.env", `KEY=${token("B")}\n`);
    const tip = await git.commit("rotated");
    const change = await read(git, { old, new: tip });
    expect(change.refs[0]?.files[0]?.hunks[0]?.lines).toEqual([
      { kind: "removed", text: `KEY=${maskedToken}`, oldLine: 1 },
      { kind: "added", text: `KEY=${maskedToken}`, newLine: 1 },
    ]);
  });

  it("masks the lines of a key whose first line is outside the hunk", async () => {
    const whole = key(40);
    await git.write("id.pem", `${whole}\n`);
    const old = await git.commit("key");
    await git.write("id.pem", `${whole.replace("keybody20\n", "keybody99\n")}\n`);
    const tip = await git.commit("touched");
    const { summary } = maskChange(await read(git, { old, new: tip }), fakeMasker);
    expect(summary.refs[0]?.files[0]).toMatchObject({ added: 1, removed: 1 });
    expect(JSON.stringify(summary)).not.toContain("keybody");
  });
});
