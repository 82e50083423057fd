// Commits can be made at GitHub without a push; whether a ref may have them is told by the workflow files they hold.
import { symlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Oid } from "../../lambda/model/action.ts";
import { createWorkflowTrust, type IsTrusted } from "../../lambda/scan/workflows.ts";
import { readPush } from "../../lambda/scan/read-push.ts";
import { inMemory } from "./escrow.ts";
import { fakeMasker } from "./fake-masker.ts";
import { Git } from "./git.ts";

let git: Git;
let main: Oid;
beforeEach(async () => {
  git = await Git.create();
  await git.write("README.md", "# App\n");
  await git.write(".github/workflows/ci.yml", "on: push\n");
  await git.write(".github/CODEOWNERS", "* @acme/platform\n");
  main = await git.commit("base");
});
afterEach(() => git.remove());

/** GitHub has everything that was committed so far. */
async function trust(): Promise<IsTrusted> {
  return createWorkflowTrust({
    objects: await git.upstream("--all", "HEAD"),
    defaultHead: () => Promise.resolve(main),
    mergeBase: (head, commit) => git.run("merge-base", head, commit).catch(() => undefined),
  });
}

async function commitOn(start: Oid, path: string, content: string | undefined): Promise<Oid> {
  await git.run("checkout", "-q", "--detach", start);
  if (content === undefined) await rm(join(git.folder, path), { recursive: true });
  else await git.write(path, content);
  const oid = await git.commit(`change ${path}`);
  await git.run("branch", "-f", `kept-${oid}`, oid);
  return oid;
}

describe("a commit that lies at GitHub", () => {
  it("may stand anywhere when it is the default branch's head", async () => {
    expect(await (await trust())(main, [])).toBe(true);
  });

  it("may stand anywhere when only other files differ", async () => {
    const commit = await commitOn(main, "src/a.ts", "a\n");
    expect(await (await trust())(commit, [])).toBe(true);
  });

  it("may stand anywhere when other files beside the workflows differ", async () => {
    const commit = await commitOn(main, ".github/CODEOWNERS", "* @acme/other\n");
    expect(await (await trust())(commit, [])).toBe(true);
  });

  it.each([
    ["changes one", ".github/workflows/ci.yml", "on: pull_request_target\n"],
    ["adds one", ".github/workflows/new.yml", "on: push\n"],
    ["removes one", ".github/workflows/ci.yml", undefined],
    ["adds one in another spelling", ".GitHub/Workflows/x.yml", "on: push\n"],
    ["adds one below", ".github/workflows/deep/x.yml", "on: push\n"],
  ])("brings workflow files when it %s", async (_what, path, content) => {
    const commit = await commitOn(main, path, content);
    expect(await (await trust())(commit, [])).toBe(false);
  });

  it.each([".github", ".github/workflows"])("brings workflow files when %s is a link", async (path) => {
    await git.run("checkout", "-q", "--detach", main);
    await rm(join(git.folder, path), { recursive: true });
    await symlink("elsewhere", join(git.folder, path));
    const commit = await git.commit("a link");
    expect(await (await trust())(commit, [])).toBe(false);
  });

  it("brings what an earlier commit of its line brought, though its own change is another", async () => {
    const evil = await commitOn(main, ".github/workflows/ci.yml", "on: issues\n");
    const commit = await commitOn(evil, "src/a.ts", "a\n");
    expect(await (await trust())(commit, [])).toBe(false);
  });

  it("may stand where the same workflow files stood before", async () => {
    const before = await commitOn(main, ".github/workflows/ci.yml", "on: issues\n");
    const commit = await commitOn(before, "src/a.ts", "a\n");
    expect(await (await trust())(commit, [before])).toBe(true);
  });

  it("may stand anywhere when it left the default branch before that one's workflow files changed", async () => {
    const old = await commitOn(main, "src/a.ts", "a\n");
    const ancestor = main;
    main = await commitOn(main, ".github/workflows/ci.yml", "on: [push, pull_request]\n");
    const isTrusted = await trust();
    expect(await isTrusted(old, [])).toBe(true);
    expect(await isTrusted(ancestor, [])).toBe(true);
  });

  it("brings workflow files when GitHub has it not, or does not answer", async () => {
    expect(await (await trust())("f".repeat(40), [])).toBe(false);
    const failing = createWorkflowTrust({
      objects: () => Promise.reject(new Error("no answer")),
      defaultHead: () => Promise.resolve(main),
      mergeBase: () => Promise.resolve(undefined),
    });
    expect(await failing("f".repeat(40), [])).toBe(false);
  });

  it("is asked about once, and the fifty-first of one request counts as bringing workflow files", async () => {
    let asked = 0;
    const isTrusted = createWorkflowTrust({
      objects: () => Promise.resolve(undefined),
      defaultHead: () => Promise.resolve(main),
      mergeBase: () => {
        asked += 1;
        return Promise.resolve(undefined);
      },
    });
    for (let at = 0; at < 49; at += 1) await isTrusted(String(at).padStart(40, "0"), []);
    expect(await isTrusted(main, [])).toBe(true);
    expect(await isTrusted(main, [])).toBe(true);
    expect(await isTrusted(main, ["e".repeat(40)])).toBe(false);
    expect(asked).toBe(0);
  });
});

describe("a push onto a commit that was made at GitHub", () => {
  it("touches workflow files though no commit in its pack does", async () => {
    const evil = await commitOn(main, ".github/workflows/ci.yml", "on: issues\n");
    const isTrusted = await trust();
    const objects = await git.upstream(evil);
    const tip = await commitOn(evil, "src/a.ts", "a\n");
    const change = await readPush({
      push: { commands: [{ old: "0".repeat(40), new: tip, ref: "refs/heads/x" }] },
      pack: inMemory(await git.pack([tip], [evil])),
      objects,
      hasKnownWorkflows: isTrusted,
      masker: fakeMasker,
    });
    expect(change.touchedPaths).toEqual(["src/a.ts"]);
    expect(change.touchesWorkflows).toBe(true);
  });

  it("does not borrow trust from another ref of the push, whose old value is only claimed", async () => {
    const evil = await commitOn(main, ".github/workflows/ci.yml", "on: issues\n");
    const fine = await commitOn(main, "src/a.ts", "a\n");
    const change = await readPush({
      push: {
        commands: [
          { old: evil, new: fine, ref: "refs/heads/lie" },
          { old: "0".repeat(40), new: evil, ref: "refs/heads/x" },
        ],
      },
      pack: inMemory(await git.pack([main], [main])),
      objects: await git.upstream(evil, fine),
      hasKnownWorkflows: async (commit, before) => (await trust())(commit, before),
      masker: fakeMasker,
    });
    expect(change.touchesWorkflows).toBe(true);
  });
});
