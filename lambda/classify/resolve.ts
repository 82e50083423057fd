// Asks GitHub what the action leaves open: which repository, which branches and heads; and binds the request to the answers.
import type { Action, RefChange, Repository, RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { GitHubFacts, PullFacts } from "../model/ports.ts";
import { resolveMutation, resolveQuery } from "./graphql-resolve.ts";
import { nodeIdsIn } from "./mcp-arguments.ts";
import { canonicalCall, withArguments } from "./mcp-call.ts";
import { asked, branchHead, headOf, headRepository, pullOf, presentHeads } from "./look-ups.ts";
import type { ResolvedAction } from "./resolved.ts";
import { isOid } from "./ref-name.ts";
import { jsonBody } from "./rest.ts";

export type { ResolvedAction } from "./resolved.ts";

/** Throws GH_REPOSITORY_NOT_FOUND, GH_NOT_FOUND (pull request), GH_FACTS_UNAVAILABLE. */
export async function resolve(action: Action, facts: GitHubFacts): Promise<ResolvedAction> {
  if (action.graphql?.is === "mutation") return resolveMutation(action, action.graphql.fields, facts);
  if (action.graphql?.is === "query") return resolveQuery(action, action.graphql.nodeIds, facts);
  const base = await repositoryOf(action, facts);
  if (!base) {
    return { action, refs: [], touchesAllBranches: action.branches.from === "all", paths: action.paths };
  }
  await requireNodesIn(base, action, facts);
  const canonical: Action = {
    ...(action.mcp === undefined ? action : canonicalCall(action, base)),
    repository: { owner: base.owner, name: base.name },
    ...(action.mcp === undefined
      ? { send: { ...action.send, segments: canonicalSegments(action, base) } }
      : {}),
  };
  const found = await branchesOf(canonical, base, facts);
  return { paths: action.paths, repository: base, touchesAllBranches: false, ...found };
}

/** A tool names a repository and, by the id of a node, something that may lie in another one. */
async function requireNodesIn(
  { id, fullName }: Repository,
  action: Action,
  facts: GitHubFacts,
): Promise<void> {
  const ids = action.mcp?.tool === undefined ? [] : nodeIdsIn(action.json);
  if (ids.length === 0) return;
  const nodes = await asked("where the named nodes lie", () => facts.nodes(ids));
  if (nodes.some((node) => node?.repositoryId !== id))
    throw new GateError("GH_BAD_BODY", { why: `an id in it names nothing that lies in ${fullName}` });
}

type Found = Pick<ResolvedAction, "action" | "refs"> & Partial<ResolvedAction>;

async function branchesOf(action: Action, repository: Repository, facts: GitHubFacts): Promise<Found> {
  const { branches } = action;
  switch (branches.from) {
    case "none":
      return { action, refs: [] };
    case "all":
      return { action, refs: [], touchesAllBranches: true };
    case "refs": {
      const refs = await withHeads(
        action,
        await startingAt(action, branches.refs, repository, facts),
        repository,
        facts,
      );
      return merging(action, refs, repository, facts);
    }
    case "default-branch": {
      const ref = `refs/heads/${repository.defaultBranch}`;
      const refs = await withHeads(action, [{ ref, change: "update", force: "no" }], repository, facts);
      // Named, so that a default branch that changes in between cannot move the write to another one.
      return { action: named(action, repository), refs };
    }
    case "pull-base": {
      const pull = await pullOf(branches.pull, repository, facts);
      const ref = `refs/heads/${pull.baseRef}`;
      const gains = branches.claimedHead ?? pull.headOid;
      const refs = await withHeads(
        action,
        [{ ref, change: "update", gains, force: "no" }],
        repository,
        facts,
      );
      return { action: bound(action, "sha", gains, pull), refs };
    }
    case "pull-head": {
      const pull = await pullOf(branches.pull, repository, facts);
      const head = await headRepository(pull, repository, facts);
      const ref = `refs/heads/${pull.headRef}`;
      // The base's head may move before GitHub merges it; what moves it is decided on its own.
      const gains = await headOf(pull.baseRef, repository, facts);
      const refs: RefChange[] = [
        { ref, change: "update", old: pull.headOid, ...(gains === undefined ? {} : { gains }), force: "no" },
      ];
      const expected = branches.claimedHead ?? pull.headOid;
      return { action: bound(action, "expected_head_sha", expected, pull), repository: head, refs };
    }
    default:
      return branches satisfies never;
  }
}

/** A branch that an MCP tool creates starts where another one stands. */
async function startingAt(
  action: Action,
  refs: readonly RefChange[],
  repository: Repository,
  facts: GitHubFacts,
): Promise<readonly RefChange[]> {
  if (action.mcp === undefined || action.operation !== "git/create-ref") return refs;
  const { from_branch: from } = fieldsOf(action.json);
  const isNamed = typeof from === "string" && from !== "";
  const start = await branchHead(isNamed ? from : repository.defaultBranch, repository, facts);
  if (start === undefined) throw new GateError("GH_NOT_FOUND", { what: "branch to start from" });
  return refs.map((change) => ({ ...change, new: start }));
}

/** What GitHub would merge, looked up and bound: a branch that moves later cannot slip other commits in. */
async function merging(
  action: Action,
  refs: readonly RefChange[],
  repository: Repository,
  facts: GitHubFacts,
): Promise<Found> {
  if (action.operation === "repos/create-deployment") {
    const gains = await headOf(repository.defaultBranch, repository, facts);
    return { action, refs: gains === undefined ? refs : refs.map((change) => ({ ...change, gains })) };
  }
  if (action.operation !== "repos/merge") return { action, refs };
  const { head, base, commit_message: message } = fieldsOf(action.json);
  if (typeof head !== "string") throw new GateError("GH_BAD_BODY", { why: "head is not a string" });
  const gains = isOid(head) ? head : await branchHead(head, repository, facts);
  if (gains === undefined) throw new GateError("GH_NOT_FOUND", { what: "branch to merge" });
  const named = message ?? `Merge ${head} into ${typeof base === "string" ? base : "the branch"}`;
  const sent = withJson(action, { head: gains, commit_message: named });
  return {
    action: { ...sent, parameters: { ...sent.parameters, head: head.slice(0, 1024), head_sha: gains } },
    refs: refs.map((change) => ({ ...change, gains })),
  };
}

/** A branch that is renamed points, under its new name, to where it was. */
async function withHeads(
  action: Action,
  changes: readonly RefChange[],
  repository: Repository,
  facts: GitHubFacts,
): Promise<readonly RefChange[]> {
  const refs = await presentHeads(changes, repository, facts);
  const [from, to] = refs;
  if (action.operation === "repos/rename-branch" && from?.old !== undefined && to) {
    return [from, { ...to, new: from.old }];
  }
  return refs;
}

async function repositoryOf(action: Action, facts: GitHubFacts): Promise<Repository | undefined> {
  const id = action.parameters.repositoryId;
  const isById = action.send.segments[0] === "repositories" && id !== undefined;
  if (!isById && !action.repository) return undefined;
  const name = action.repository;
  const found = await asked("which repository this is", () =>
    isById ? facts.repositoryById(Number(id)) : name ? facts.repository(name) : Promise.resolve(undefined),
  );
  if (found) return found;
  const repository = name ? `${name.owner}/${name.name}` : `the repository with the id ${id ?? ""}`;
  throw new GateError("GH_REPOSITORY_NOT_FOUND", { repository });
}

/** Renames and numbers end here: upstream gets the current name, so that it has no reason to redirect. */
function canonicalSegments(action: Action, repository: RepositoryName): readonly string[] {
  const { segments } = action.send;
  if (action.surface === "git" || action.surface === "lfs") {
    const suffix = segments[1]?.endsWith(".wiki.git") === true ? ".wiki.git" : ".git";
    return [repository.owner, `${repository.name}${suffix}`, ...segments.slice(2)];
  }
  switch (segments[0]) {
    case "repos":
      return ["repos", repository.owner, repository.name, ...segments.slice(3)];
    case "repositories":
      return ["repos", repository.owner, repository.name, ...segments.slice(2)];
    default:
      return segments;
  }
}

function named(action: Action, repository: Repository): Action {
  const key = action.operation === "code-scanning/commit-autofix" ? "target_ref" : "branch";
  return withJson(action, { [key]: repository.defaultBranch });
}

/** GitHub refuses the call when the head is no longer the one that was looked at. */
function bound(action: Action, key: string, head: string, pull: PullFacts): Action {
  const sent = withJson(action, { [key]: head });
  const parameters = { ...sent.parameters, base: pull.baseRef, head: pull.headRef, head_sha: head };
  return { ...sent, parameters };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
}

function withJson(action: Action, values: Readonly<Record<string, unknown>>): Action {
  if (action.mcp !== undefined) return withArguments(action, values);
  const json = { ...fieldsOf(action.json), ...values };
  const headers = action.send.headers.filter(([name]) => name !== "content-type");
  return {
    ...action,
    json,
    send: {
      ...action.send,
      headers: [...headers, ["content-type", "application/json"]],
      body: jsonBody(json),
    },
  };
}
