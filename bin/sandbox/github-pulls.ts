// Pull requests, read: they follow their branches while they are open.
import {
  listAnswer,
  notFound,
  ok,
  page,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { changedFiles, textForm } from "./github-commits.ts";
import { tryGit } from "./github-git.ts";
import { defaultBranch, mergeTree, readCommits, readRef, revList } from "./github-history.ts";
import { readState, type PullState } from "./github-repositories.ts";
import { commitJson, nodeId, repositoryJson, repositoryUrl, userJson } from "./github-shapes.ts";

/** An open pull request follows its branches; a closed one stays as it was. */
export async function currentPull(call: RepositoryCall, pull: PullState): Promise<PullState> {
  if (pull.state === "closed") return pull;
  const { directory } = call.repository;
  const [head, base] = await Promise.all(
    [pull.headRef, pull.baseRef].map((name) => readRef(directory, `refs/heads/${name}`)),
  );
  // GitHub closes a pull request whose branch is deleted.
  const state = head === undefined || base === undefined ? "closed" : "open";
  return { ...pull, state, headOid: head?.oid ?? pull.headOid, baseOid: base?.oid ?? pull.baseOid };
}

async function pullOf(call: RepositoryCall): Promise<PullState> {
  const { threads } = await readState(call.repository);
  const pull = threads.find(({ number }) => number === Number(call.parts[0]));
  if (pull?.kind !== "pull") throw notFound();
  return currentPull(call, pull);
}

async function mergeBase(call: RepositoryCall, pull: PullState): Promise<string> {
  const run = await tryGit(call.repository.directory, ["merge-base", pull.baseOid, pull.headOid]);
  return run.stdout.toString().trim() || pull.baseOid;
}

async function pullJson(call: RepositoryCall, pull: PullState): Promise<Json> {
  const url = `${repositoryUrl(call, call.repository)}/pulls/${pull.number}`;
  const repo = repositoryJson(call, call.repository, await defaultBranch(call.repository.directory));
  const side = (ref: string, sha: string): Json => ({
    label: `${call.repository.owner}:${ref}`,
    ref,
    sha,
    user: userJson(call, call.repository.owner),
    repo,
  });
  const id = call.repository.id * 1000 + pull.number;
  const html = `${call.base}/${call.repository.fullName}/pull/${pull.number}`;
  return {
    id,
    node_id: nodeId("PullRequest", id),
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${repositoryUrl(call, call.repository)}/issues/${pull.number}`,
    commits_url: `${url}/commits`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    user: userJson(call, pull.user),
    draft: pull.isDraft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.mergedOid === undefined ? null : (pull.closedAt ?? null),
    merge_commit_sha: pull.mergedOid ?? null,
    assignees: [],
    requested_reviewers: [],
    labels: [],
    head: side(pull.headRef, pull.headOid),
    base: side(pull.baseRef, pull.baseOid),
  };
}

export async function fullPullJson(call: RepositoryCall, pull: PullState): Promise<Json> {
  const { directory } = call.repository;
  const files = await changedFiles(call, await mergeBase(call, pull), pull.headOid);
  const commits = await revList(directory, [`${pull.baseOid}..${pull.headOid}`]);
  const isOpen = pull.state === "open";
  const mergeable = isOpen ? (await mergeTree(directory, pull.baseOid, pull.headOid)) !== undefined : null;
  const sum = (key: string): number => files.reduce((total, file) => total + Number(file[key]), 0);
  return {
    ...(await pullJson(call, pull)),
    merged: pull.mergedOid !== undefined,
    mergeable,
    mergeable_state: mergeable === null ? "unknown" : mergeable ? "clean" : "dirty",
    comments: 0,
    commits: commits.length,
    additions: sum("additions"),
    deletions: sum("deletions"),
    changed_files: files.length,
  };
}

async function list(call: RepositoryCall): Promise<Answer> {
  const { threads } = await readState(call.repository);
  const all = await Promise.all(
    threads.flatMap((thread) => (thread.kind === "pull" ? [currentPull(call, thread)] : [])),
  );
  const state = call.query.get("state") ?? "open";
  const head = call.query.get("head")?.replace(/^acme:/i, "");
  const base = call.query.get("base");
  const pulls = all.filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (head === undefined || pull.headRef === head) &&
      (base === null || pull.baseRef === base),
  );
  return listAnswer(call, pulls.toReversed(), (pull) => pullJson(call, pull));
}

async function get(call: RepositoryCall): Promise<Answer> {
  const pull = await pullOf(call);
  const text = await textForm(call, await mergeBase(call, pull), pull.headOid);
  return text ?? ok(await fullPullJson(call, pull));
}

async function files(call: RepositoryCall): Promise<Answer> {
  const pull = await pullOf(call);
  const all = await changedFiles(call, await mergeBase(call, pull), pull.headOid);
  return listAnswer(call, all, (file) => file);
}

async function commits(call: RepositoryCall): Promise<Answer> {
  const pull = await pullOf(call);
  const oids = await revList(call.repository.directory, ["--reverse", `${pull.baseOid}..${pull.headOid}`]);
  const { items, headers } = page(call, oids);
  const shown = await readCommits(call.repository.directory, items);
  return { status: 200, json: shown.map((commit) => commitJson(call, commit)), headers };
}

async function isMerged(call: RepositoryCall): Promise<Answer> {
  if ((await pullOf(call)).mergedOid === undefined) throw notFound();
  return { status: 204 };
}

export const pullRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/pulls$/, list],
  ["GET", /^\/pulls\/(\d+)$/, get],
  ["GET", /^\/pulls\/(\d+)\/files$/, files],
  ["GET", /^\/pulls\/(\d+)\/commits$/, commits],
  ["GET", /^\/pulls\/(\d+)\/merge$/, isMerged],
];
