// Pull requests, written: creating, changing, and merging with the check of the head that GitHub makes.
import {
  created,
  GitHubError,
  notFound,
  ok,
  optionalText,
  requiredText,
  type Answer,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { isAncestor, mergeTree, moveRef, readRef, writeCommit } from "./github-history.ts";
import { currentPull, fullPullJson } from "./github-pulls.ts";
import { changeState, type PullState } from "./github-repositories.ts";
import { timestamp, tokenUser } from "./github-shapes.ts";

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
      isDraft: call.body.draft === true,
    };
    return Promise.resolve({
      state: { ...state, lastNumber: result.number, threads: [...state.threads, result] },
      result,
    });
  });
  const json = await fullPullJson(call, pull);
  return created(json, json.url);
}

/** Changes one pull request, one change at a time, starting from what its branches say now. */
function change(call: RepositoryCall, to: (pull: PullState) => Promise<PullState>): Promise<PullState> {
  return changeState(call.repository, async (state) => {
    const pull = state.threads.find(({ number }) => number === Number(call.parts[0]));
    if (pull?.kind !== "pull") throw notFound();
    const result = { ...(await to(await currentPull(call, pull))), updatedAt: timestamp(call.nowMs) };
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
    const state = next ?? old.state;
    const { closedAt = timestamp(call.nowMs), ...rest } = old;
    return currentPull(call, {
      ...rest,
      title: optionalText(call.body, "title") ?? old.title,
      body: optionalText(call.body, "body") ?? old.body,
      baseRef: base ?? old.baseRef,
      state,
      ...(state === "closed" ? { closedAt } : {}),
    });
  });
  return ok(await fullPullJson(call, pull));
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

export const pullChangeRoutes: readonly Route<RepositoryCall>[] = [
  ["POST", /^\/pulls$/, create],
  ["PATCH", /^\/pulls\/(\d+)$/, update],
  ["PUT", /^\/pulls\/(\d+)\/merge$/, merge],
];
