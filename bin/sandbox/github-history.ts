// Refs, commits and trees of one repository: what the REST handlers read and write with git's plumbing.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { GitHubError, type Json } from "./github-answers.ts";
import { git, gitLine, readObject, readObjects, tryGit } from "./github-git.ts";
import { parseCommit, tokenUser, type Commit } from "./github-shapes.ts";

export interface Ref {
  readonly ref: string;
  readonly oid: string;
  readonly type: string;
}

/** Refs under a prefix (`refs/heads/`), sorted by name. */
export async function listRefs(directory: string, prefix: string): Promise<readonly Ref[]> {
  const format = "--format=%(refname)%00%(objectname)%00%(objecttype)";
  const output = await gitLine(directory, ["for-each-ref", format, prefix]);
  if (output === "") return [];
  return output.split("\n").map((line) => {
    const [ref = "", oid = "", type = ""] = line.split("\0");
    return { ref, oid, type };
  });
}

/** One ref by its full name. */
export async function readRef(directory: string, ref: string): Promise<Ref | undefined> {
  if (!isLiteral(ref)) return undefined;
  return (await listRefs(directory, ref)).find((one) => one.ref === ref);
}

/** A ref name that is a pattern would match others than itself. */
const isLiteral = (ref: string): boolean => ref.startsWith("refs/") && !/[*?[\0\n]/.test(ref);

export async function isRefName(directory: string, ref: string): Promise<boolean> {
  if (!isLiteral(ref)) return false;
  return (await tryGit(directory, ["check-ref-format", ref])).code === 0;
}

export async function defaultBranch(directory: string): Promise<string> {
  return (await gitLine(directory, ["symbolic-ref", "HEAD"])).replace("refs/heads/", "");
}

/** A branch, tag, full ref or object id to its commit. Undefined when there is none. */
export async function resolveCommit(directory: string, name: string): Promise<string | undefined> {
  // git's own revision language (`main~3`, `:/text`) is not part of GitHub's API.
  if (name === "" || name.startsWith("-") || /[\s~^:?*[\\]|\.\.|@\{/.test(name)) return undefined;
  const tries = name === "HEAD" ? ["HEAD"] : [`refs/heads/${name}`, `refs/tags/${name}`, name];
  for (const one of tries) {
    const run = await tryGit(directory, [
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${one}^{commit}`,
    ]);
    const oid = run.stdout.toString().trim();
    if (run.code === 0 && /^[0-9a-f]{40}$/.test(oid)) return oid;
  }
  return undefined;
}

export async function readCommit(directory: string, oid: string): Promise<Commit | undefined> {
  const object = await readObject(directory, oid);
  return object?.type === "commit" ? parseCommit(object) : undefined;
}

export async function readCommits(directory: string, oids: readonly string[]): Promise<readonly Commit[]> {
  const objects = await readObjects(directory, oids);
  return objects.flatMap((object) => (object?.type === "commit" ? [parseCommit(object)] : []));
}

export async function revList(directory: string, args: readonly string[]): Promise<readonly string[]> {
  const output = await gitLine(directory, ["rev-list", ...args]);
  return output === "" ? [] : output.split("\n");
}

export interface TreeEntry {
  readonly mode: string;
  readonly path: string;
  /** Without it the path is removed. */
  readonly oid?: string;
}

/** A tree made of `base` with some paths changed. Throws 422 for a path that git does not take. */
export async function writeTree(
  directory: string,
  base: string | undefined,
  entries: readonly TreeEntry[],
): Promise<string> {
  const index = join(directory, `index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git(directory, base === undefined ? ["read-tree", "--empty"] : ["read-tree", base], "", env);
    const lines = entries.map(({ mode, path, oid }) =>
      oid === undefined ? `0 ${"0".repeat(40)}\t${path}\0` : `${mode} ${oid}\t${path}\0`,
    );
    const run = await tryGit(directory, ["update-index", "-z", "--index-info"], lines.join(""), env);
    if (run.code !== 0) throw new GitHubError(422, "tree.path contains a malformed path component");
    return await gitLine(directory, ["write-tree"], "", env);
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

export async function writeBlob(directory: string, bytes: Uint8Array): Promise<string> {
  return gitLine(directory, ["hash-object", "-w", "--stdin"], bytes);
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author?: Json | undefined;
  readonly committer?: Json | undefined;
  readonly nowMs: number;
}

function field(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

export async function writeCommit(directory: string, commit: NewCommit): Promise<string> {
  const seconds = Math.floor(commit.nowMs / 1000);
  const person = (kind: "AUTHOR" | "COMMITTER", given: Json | undefined): Record<string, string> => {
    const date = Date.parse(field(given?.date, ""));
    return {
      [`GIT_${kind}_NAME`]: field(given?.name, tokenUser.name),
      [`GIT_${kind}_EMAIL`]: field(given?.email, tokenUser.email),
      [`GIT_${kind}_DATE`]: `${Number.isNaN(date) ? seconds : Math.floor(date / 1000)} +0000`,
    };
  };
  const committer = commit.committer ?? commit.author;
  return gitLine(
    directory,
    ["commit-tree", commit.tree, ...commit.parents.flatMap((oid) => ["-p", oid])],
    commit.message,
    { ...person("AUTHOR", commit.author ?? committer), ...person("COMMITTER", committer) },
  );
}

/** Moves a ref if it is still at `old` (zeros: if it does not exist). False when somebody was faster. */
export async function moveRef(directory: string, ref: string, to: string, old: string): Promise<boolean> {
  return (await tryGit(directory, ["update-ref", "--", ref, to, old])).code === 0;
}

export async function deleteRef(directory: string, ref: string, old: string): Promise<boolean> {
  return (await tryGit(directory, ["update-ref", "-d", "--", ref, old])).code === 0;
}

export async function isAncestor(directory: string, ancestor: string, of: string): Promise<boolean> {
  return (await tryGit(directory, ["merge-base", "--is-ancestor", ancestor, of])).code === 0;
}

/** The tree of a merge without conflicts, and undefined with them. */
export async function mergeTree(
  directory: string,
  ours: string,
  theirs: string,
): Promise<string | undefined> {
  const run = await tryGit(directory, ["merge-tree", "--write-tree", ours, theirs]);
  return run.code === 0 ? run.stdout.toString().split("\n")[0] : undefined;
}
