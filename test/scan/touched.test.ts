// A push that touches a workflow is found out, whichever way it goes about it.
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readPush } from "../../lambda/scan/read-push.ts";
import { isWorkflowPath } from "../../lambda/model/workflow-path.ts";
import { inMemory } from "./escrow.ts";
import { fakeMasker } from "./fake-masker.ts";
import { Git } from "./git.ts";
import { read } from "./pushes.ts";

const workflow = ".github/workflows/ci.yml";
let git: Git;
let base: string;
beforeEach(async () => {
  git = await Git.create();
  await git.write("README.md", "hello\n");
  await git.write(workflow, "on: push\n");
  base = await git.commit("base");
});
afterEach(() => git.remove());

describe("touched paths", () => {
  it("leave workflows alone when a push does", async () => {
    await git.write("README.md", "hello again\n");
    const tip = await git.commit("text");
    expect(await read(git, { old: base, new: tip })).toMatchObject({
      touchedPaths: ["README.md"],
      touchesWorkflows: false,
    });
  });

  it("include what one commit changes and the next one restores", async () => {
    await git.write(workflow, "on: pull_request_target\n");
    await git.commit("change");
    await git.write(workflow, "on: push\n");
    const tip = await git.commit("restore");
    const change = await read(git, { old: base, new: tip });
    expect(change.refs[0]?.files).toEqual([]);
    expect(change).toMatchObject({ touchedPaths: [workflow], touchesWorkflows: true });
  });

  it("include a deleted workflow", async () => {
    await rm(join(git.folder, workflow));
    const tip = await git.commit("delete");
    expect(await read(git, { old: base, new: tip })).toMatchObject({ touchesWorkflows: true });
  });

  it("include a workflow that only the merge commit changes", async () => {
    await git.run("checkout", "-q", "-b", "side");
    await git.write("side.txt", "side\n");
    await git.commit("side");
    await git.run("checkout", "-q", "main");
    await git.write("main.txt", "main\n");
    const main = await git.commit("main");
    await git.run("merge", "-q", "--no-ff", "--no-commit", "side");
    await git.write(workflow, "on: evil\n");
    const tip = await git.commit("merge");
    const change = await read(git, { old: main, new: tip, known: [main, "side"] });
    expect(change).toMatchObject({ touchedPaths: [workflow, "side.txt"], touchesWorkflows: true });
  });

  it("include a folder of workflows that becomes a symbolic link", async () => {
    await rm(join(git.folder, ".github"), { recursive: true });
    await git.write("elsewhere/workflows/x.yml", "on: push\n");
    await symlink("elsewhere", join(git.folder, ".github"));
    const tip = await git.commit("link");
    expect(await read(git, { old: base, new: tip })).toMatchObject({ touchesWorkflows: true });
  });

  it("include the tip's own change when a new branch points at a commit that GitHub has", async () => {
    await git.write(workflow, "on: workflow_dispatch\n");
    const tip = await git.commit("workflow");
    const change = await read(git, { new: tip, known: [tip], ref: "refs/heads/new" });
    expect(change).toMatchObject({ touchedPaths: [workflow], touchesWorkflows: true });
  });

  it("count as touching workflows when GitHub does not know the old side", async () => {
    await git.write("README.md", "hello again\n");
    const tip = await git.commit("text");
    const change = await readPush({
      push: { commands: [{ old: base, new: tip, ref: "refs/heads/main" }] },
      pack: inMemory(await git.pack([tip], [base])),
      objects: () => Promise.resolve(undefined),
      hasKnownWorkflows: () => Promise.resolve(true),
      masker: fakeMasker,
    });
    expect(change).toMatchObject({ touchesWorkflows: true, isTruncated: true });
  });

  it("count as touching workflows when the comparison is larger than the limits", async () => {
    await git.write("README.md", "hello again\n");
    const tip = await git.commit("text");
    const change = await read(git, { old: base, new: tip, limits: { treeEntries: 0 } });
    expect(change).toMatchObject({ touchesWorkflows: true, isTruncated: true });
  });

  it("find a workflow beyond the end of the list", async () => {
    for (let file = 0; file < 5; file += 1) await git.write(`a${file}.txt`, `${file}`);
    await git.write(".github/workflows/z.yml", "on: push\n");
    const tip = await git.commit("many");
    const change = await read(git, { old: base, new: tip, limits: { listedPaths: 2, listedFiles: 2 } });
    expect(change.touchedPaths).toHaveLength(2);
    expect(change).toMatchObject({ touchesWorkflows: true, isTruncated: true });
  });

  it("are not read when GitHub cannot be asked", async () => {
    await git.write("README.md", "hello again\n");
    const tip = await git.commit("text");
    const reading = readPush({
      push: { commands: [{ old: base, new: tip, ref: "refs/heads/main" }] },
      pack: inMemory(await git.pack([tip], [base])),
      objects: () => Promise.reject(new Error("socket hang up")),
      hasKnownWorkflows: () => Promise.resolve(true),
      masker: fakeMasker,
    });
    await expect(reading).rejects.toMatchObject({ code: "GH_SCAN_UNAVAILABLE" });
  });
});

describe("a workflow path", () => {
  it.each([
    [".github/workflows/ci.yml", true],
    [".GitHub/Workflows/ci.yml", true],
    [".github/work\u200bflows/ci.yml", true],
    [".github/workflows", true],
    [".github", true],
    [".github/workflow/ci.yml", false],
    ["docs/.github/workflows/ci.yml", false],
    [".github/dependabot.yml", false],
  ])("%j is one: %s", (path, expected) => {
    expect(isWorkflowPath(path)).toBe(expected);
  });
});
