// Pull requests: creating, reading, changing, and merging with the check of the head that GitHub makes.
import {
  created,
  GitHubError,
  listAnswer,
  notFound,
  ok,
  optionalText,
  page,
  requiredText,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { changedFiles, textForm } from "./github-commits.ts";
import { tryGit } from "./github-git.ts";
import {
  defaultBranch,
  isAncestor,
  mergeTree,
  moveRef,
  readCommits,
  readRef,
  revList,
  writeCommit,
} from "./github-history.ts";
import { changeState, readState, type PullState } from "./github-repositories.ts";
import {
  commitJson,
  nodeId,
  repositoryJson,
  repositoryUrl,
  timestamp,
  tokenUser,
  userJson,
} from "./github-shapes.ts";

/** An open pull request follows its branches; a closed one stays as it was. */
async function current(call: RepositoryCall, pull: PullState): Promise<PullState> {
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
  return current(call, pull);
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

async function fullJson(call: RepositoryCall, pull: PullState): Promise<Json> {
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
    threads.flatMap((thread) => (thread.kind === "pull" ? [current(call, thread)] : [])),
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
  return text ?? ok(await fullJson(call, pull));
}

const invalid = (field: string, code: string, message?: string): GitHubError =>
  new GitHubError(422, "Validation Failed", [
    { resource: "PullRequest", field, code, ...(message === undefined ? {} : { message }) },
  ]);

async function create(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const title = requiredText(call.body, "title");
  const headRef = requiredText(call.body, "head").replace(/^acme:/i, "");
  const baseRef = requiredText(call.body, "base");
  const head = await readRef(directory, `refs/heads/${headRef}`);
  const base = await readRef(directory, `refs/heads/${baseRef}`);
  if (head === undefined) throw invalid("head", "invalid");
  if (base === undefined) throw invalid("base", "invalid");
  if (await isAncestor(directory, head.oid, base.oid)) {
    throw invalid("head", "custom", `No commits between ${baseRef} and ${headRef}`);
  }
  const at = timestamp(call.nowMs);
  const pull = await changeState(call.repository, (state) => {
    const isTaken = state.threads.some(
      (one) =>
        one.kind === "pull" && one.state === "open" && one.headRef === headRef && one.baseRef === baseRef,
    );
    if (isTaken) throw invalid("head", "custom", `A pull request already exists for acme:${headRef}.`);
    const result: PullState = {
      kind: "pull",
      number: state.lastNumber + 1,
      title,
      body: optionalText(call.body, "body") ?? null,
      user: tokenUser.login,
      headRef,
      baseRef,
      headOid: head.oid,
      baseOid: base.oid,
      state: "open",
      createdAt: at,
      updatedAt: at,
      isDraft: call.body["draft"] === true,
    };
    return Promise.resolve({
      state: { ...state, lastNumber: result.number, threads: [...state.threads, result] },
      result,
    });
  });
  const json = await fullJson(call, pull);
  return created(json, json["url"]);
}

/** Changes one pull request, one change at a time, starting from what its branches say now. */
function change(call: RepositoryCall, to: (pull: PullState) => Promise<PullState>): Promise<PullState> {
  return changeState(call.repository, async (state) => {
    const pull = state.threads.find(({ number }) => number === Number(call.parts[0]));
    if (pull?.kind !== "pull") throw notFound();
    const result = { ...(await to(await current(call, pull))), updatedAt: timestamp(call.nowMs) };
    const threads = state.threads.map((one) => (one === pull ? result : one));
    return { state: { ...state, threads }, result };
  });
}

async function update(call: RepositoryCall): Promise<Answer> {
  const next = optionalText(call.body, "state");
  const base = optionalText(call.body, "base");
  if (next !== undefined && next !== "open" && next !== "closed") throw invalid("state", "invalid");
  if (base !== undefined && (await readRef(call.repository.directory, `refs/heads/${base}`)) === undefined) {
    throw invalid("base", "invalid");
  }
  const pull = await change(call, (old) => {
    if (old.mergedOid !== undefined && (next !== undefined || base !== undefined)) {
      throw invalid("state", "invalid", "A merged pull request stays as it is.");
    }
    const { closedAt: _, ...rest } = old;
    const state = next ?? old.state;
    return current(call, {
      ...rest,
      title: optionalText(call.body, "title") ?? old.title,
      body: optionalText(call.body, "body") ?? old.body,
      baseRef: base ?? old.baseRef,
      state,
      ...(state === "closed" ? { closedAt: old.closedAt ?? timestamp(call.nowMs) } : {}),
    });
  });
  return ok(await fullJson(call, pull));
}

async function merge(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const method = optionalText(call.body, "merge_method") ?? "merge";
  if (method !== "merge" && method !== "squash") {
    throw new GitHubError(405, "Rebase merges are not allowed on this repository.");
  }
  const pull = await change(call, async (old) => {
    if (old.state !== "open") throw new GitHubError(405, "Pull Request is not mergeable");
    const sha = optionalText(call.body, "sha");
    if (sha !== undefined && sha !== old.headOid) {
      throw new GitHubError(409, "Head branch was modified. Review and try the merge again.");
    }
    const tree = await mergeTree(directory, old.baseOid, old.headOid);
    if (tree === undefined) throw new GitHubError(405, "Pull Request is not mergeable");
    const isSquash = method === "squash";
    const title =
      optionalText(call.body, "commit_title") ??
      (isSquash
        ? `${old.title} (#${old.number})`
        : `Merge pull request #${old.number} from acme/${old.headRef}`);
    const message = optionalText(call.body, "commit_message") ?? old.title;
    const mergedOid = await writeCommit(directory, {
      tree,
      parents: isSquash ? [old.baseOid] : [old.baseOid, old.headOid],
      message: `${title}\n\n${message}\n`,
      nowMs: call.nowMs,
    });
    if (!(await moveRef(directory, `refs/heads/${old.baseRef}`, mergedOid, old.baseOid))) {
      throw new GitHubError(409, "Base branch was modified. Review and try the merge again.");
    }
    return { ...old, state: "closed", mergedOid, closedAt: timestamp(call.nowMs) };
  });
  return ok({ sha: pull.mergedOid, merged: true, message: "Pull Request successfully merged" });
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
  ["POST", /^\/pulls$/, create],
  ["GET", /^\/pulls\/(\d+)$/, get],
  ["PATCH", /^\/pulls\/(\d+)$/, update],
  ["GET", /^\/pulls\/(\d+)\/files$/, files],
  ["GET", /^\/pulls\/(\d+)\/commits$/, commits],
  ["GET", /^\/pulls\/(\d+)\/merge$/, isMerged],
  ["PUT", /^\/pulls\/(\d+)\/merge$/, merge],
];
