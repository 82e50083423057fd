// Commits and comparisons: what lies between two points of a history, with files and patches.
import {
  GitHubError,
  listAnswer,
  notFound,
  ok,
  page,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { git, gitLine, tryGit } from "./github-git.ts";
import { defaultBranch, readCommit, readCommits, resolveCommit, revList } from "./github-history.ts";
import { commitJson, encodePath, repositoryUrl } from "./github-shapes.ts";

const maxFiles = 300;
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const statuses: Readonly<Record<string, string>> = {
  A: "added",
  D: "removed",
  M: "modified",
  T: "changed",
  R: "renamed",
  C: "copied",
};

interface FileChange {
  readonly status: string;
  readonly oid: string;
  readonly path: string;
  readonly previous?: string;
}

/** The `-z --raw` output: `:modes oids STATUS\0path\0` and, after a rename, a second path. */
function parseRaw(output: string): readonly FileChange[] {
  const fields = output.split("\0");
  const changes: FileChange[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const [, , oldOid = "", newOid = "", letters = ""] = (fields[at] ?? "").split(" ");
    const letter = letters.slice(0, 1);
    const isMove = letter === "R" || letter === "C";
    const first = fields[at + 1] ?? "";
    changes.push({
      status: statuses[letter] ?? "changed",
      oid: letter === "D" ? oldOid : newOid,
      path: isMove ? (fields[at + 2] ?? "") : first,
      ...(isMove ? { previous: first } : {}),
    });
    at += isMove ? 3 : 2;
  }
  return changes;
}

function hunks(patch: string): string | undefined {
  const start = patch.indexOf("\n@@ ");
  return start < 0 ? undefined : patch.slice(start + 1).replace(/\n$/, "");
}

/** The files that differ between two commits (or from nothing), in GitHub's form. */
export async function changedFiles(
  call: RepositoryCall,
  from: string | undefined,
  to: string,
): Promise<readonly Json[]> {
  const { directory } = call.repository;
  const trees = [from ?? emptyTree, to];
  const common = ["diff-tree", "-r", "-M", "--no-ext-diff", "--no-textconv"];
  const raw = (await git(directory, [...common, "-z", "--raw", "--no-abbrev", ...trees])).toString();
  const patches = (await git(directory, [...common, "-p", ...trees])).toString().split(/^(?=diff --git )/m);
  const url = repositoryUrl(call, call.repository);
  return parseRaw(raw).map((change, index) => {
    const patch = hunks(patches[index] ?? "");
    const lines = patch?.split("\n") ?? [];
    const additions = lines.filter((line) => line.startsWith("+")).length;
    const deletions = lines.filter((line) => line.startsWith("-")).length;
    const path = encodePath(change.path);
    return {
      sha: change.oid,
      filename: change.path,
      status: change.status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${call.base}/${call.repository.fullName}/blob/${to}/${path}`,
      raw_url: `${call.base}/raw/${call.repository.fullName}/${to}/${path}`,
      contents_url: `${url}/contents/${path}?ref=${to}`,
      ...(patch === undefined ? {} : { patch }),
      ...(change.previous === undefined ? {} : { previous_filename: change.previous }),
    };
  });
}

/** The text forms `diff` and `patch`, when the Accept header asks for one. */
export async function textForm(
  call: RepositoryCall,
  from: string | undefined,
  to: string,
): Promise<Answer | undefined> {
  const form = /\bapplication\/vnd\.github\.(?:v3\.)?(diff|patch)\b/.exec(call.accept)?.[1];
  if (form === undefined) return undefined;
  const args =
    form === "diff"
      ? ["diff-tree", "-r", "-M", "-p", "--no-ext-diff", from ?? emptyTree, to]
      : ["format-patch", "--stdout", ...(from === undefined ? ["--root", to] : [`${from}..${to}`])];
  const bytes = await git(call.repository.directory, args);
  return { status: 200, raw: { type: `application/vnd.github.${form}; charset=utf-8`, bytes } };
}

async function commitAt(call: RepositoryCall, name: string): Promise<string> {
  const oid = await resolveCommit(call.repository.directory, name);
  if (oid === undefined) throw notFound();
  return oid;
}

async function list(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const name = call.query.get("sha") ?? (await defaultBranch(directory));
  const start = await commitAt(call, name);
  const path = call.query.get("path");
  const oids = await revList(directory, [start, ...(path === null ? [] : ["--", path])]);
  const { items, headers } = page(call, oids);
  const commits = await readCommits(directory, items);
  return { status: 200, json: commits.map((commit) => commitJson(call, commit)), headers };
}

async function get(call: RepositoryCall): Promise<Answer> {
  const name = call.parts[0] ?? "";
  const oid = await resolveCommit(call.repository.directory, name);
  if (oid === undefined) throw new GitHubError(422, `No commit found for SHA: ${name}`);
  if (/\bapplication\/vnd\.github\.(v3\.)?sha\b/.test(call.accept)) {
    return {
      status: 200,
      raw: { type: "application/vnd.github.sha; charset=utf-8", bytes: Buffer.from(oid) },
    };
  }
  const commit = await readCommit(call.repository.directory, oid);
  if (commit === undefined) throw notFound();
  const text = await textForm(call, commit.parents[0], oid);
  if (text !== undefined) return text;
  const files = await changedFiles(call, commit.parents[0], oid);
  const sum = (key: string): number => files.reduce((total, file) => total + Number(file[key]), 0);
  const stats = { total: sum("changes"), additions: sum("additions"), deletions: sum("deletions") };
  return ok({ ...commitJson(call, commit), stats, files: files.slice(0, maxFiles) });
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const [base = "", head = ""] = (call.parts[0] ?? "").split("...");
  // `owner:branch` names the same repository here: the sandbox has no forks.
  const [from, to] = await Promise.all(
    [base, head].map((name) => commitAt(call, name.replace(/^acme:/i, ""))),
  );
  if (from === undefined || to === undefined) throw notFound();
  const run = await tryGit(directory, ["merge-base", from, to]);
  const mergeBase = run.stdout.toString().trim();
  if (mergeBase === "") throw new GitHubError(404, `No common ancestor between ${base} and ${head}.`);
  const counts = await gitLine(directory, ["rev-list", "--left-right", "--count", `${from}...${to}`]);
  const [behind = 0, ahead = 0] = counts.split(/\s+/).map(Number);
  const text = await textForm(call, mergeBase, to);
  if (text !== undefined) return text;
  const status = ahead > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical";
  const between = await revList(directory, ["--reverse", "--topo-order", `${from}..${to}`]);
  const { items, headers } = page(call, between);
  const [fromCommit, baseCommit] = await readCommits(directory, [from, mergeBase]);
  const commits = await readCommits(directory, items);
  if (fromCommit === undefined || baseCommit === undefined) throw notFound();
  const url = `${repositoryUrl(call, call.repository)}/compare/${encodePath(base)}...${encodePath(head)}`;
  return {
    status: 200,
    headers,
    json: {
      url,
      html_url: `${call.base}/${call.repository.fullName}/compare/${encodePath(base)}...${encodePath(head)}`,
      base_commit: commitJson(call, fromCommit),
      merge_base_commit: commitJson(call, baseCommit),
      status,
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: commits.map((commit) => commitJson(call, commit)),
      files: (await changedFiles(call, mergeBase, to)).slice(0, maxFiles),
    },
  };
}

async function pullsOf(call: RepositoryCall): Promise<Answer> {
  await commitAt(call, call.parts[0] ?? "");
  return listAnswer(call, [], (none) => none);
}

export const commitRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/compare\/(.+)$/s, compare],
  ["GET", /^\/commits$/, list],
  ["GET", /^\/commits\/([^/]+)\/pulls$/, pullsOf],
  ["GET", /^\/commits\/(.+)$/, get],
];
