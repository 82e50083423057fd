// The sandbox's GraphQL: GitHub's own names and ids, on the same repositories as REST and git.
import { graphql, parse, type ExecutionResult } from "graphql";
import { GitHubError, type Answer, type Json } from "./github-answers.ts";
import {
  decodeId,
  failure,
  nodeAt,
  pullNode,
  refNode,
  repositoryNode,
  viewer,
  type GraphQLWorld,
} from "./github-graphql-nodes.ts";
import { schema } from "./github-graphql-schema.ts";
import { moveRef, readRef, writeBlob, writeCommit, writeTree, type TreeEntry } from "./github-history.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { encodePath } from "./github-shapes.ts";

const zeros = "0".repeat(40);

/** Answers one GraphQL request: 200 with `errors` inside for whatever goes wrong in it, as GitHub does. */
export async function answerGraphQL(world: GraphQLWorld, body: Json, nowMs: number): Promise<Answer> {
  const { query, variables, operationName } = body;
  if (typeof query !== "string")
    throw new GitHubError(400, "A query attribute must be specified and must be a string.");
  const result = await graphql({
    schema,
    source: query,
    rootValue: { ...queries(world), ...mutations(world, nowMs) },
    ...(typeof variables === "object" && variables !== null ? { variableValues: variables as Json } : {}),
    ...(typeof operationName === "string" ? { operationName } : {}),
  });
  return { status: 200, json: asGitHub(result) };
}

/** "mutation createRef": for the log of what arrived. Undefined for what is no document. */
export function namedOperation(body: Json): string | undefined {
  try {
    const [operation] = parse(String(body.query), { noLocation: true }).definitions;
    if (operation === undefined || !("operation" in operation)) return undefined;
    const fields = operation.selectionSet.selections.map((one) => ("name" in one ? one.name.value : "…"));
    return `${operation.operation} ${fields.join(" ")}`;
  } catch {
    return undefined;
  }
}

function asGitHub({ data, errors }: ExecutionResult): Json {
  if (errors === undefined) return { data };
  const shown = errors.map(({ message, path, locations, extensions }) => ({
    ...(typeof extensions.type === "string" ? { type: extensions.type } : {}),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  }));
  return { ...(data === undefined ? {} : { data }), errors: shown };
}

function repositoryCalled(world: GraphQLWorld, name: string): SandboxRepository {
  const found = world.repositories.find(({ fullName }) => fullName === name.toLowerCase());
  if (found === undefined)
    throw failure("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  return found;
}

function queries(world: GraphQLWorld): Json {
  return {
    viewer,
    rateLimit: { limit: 5_000, remaining: 4_999, cost: 1 },
    repository: ({ owner, name }: { owner: string; name: string }) =>
      repositoryNode(world, repositoryCalled(world, `${owner}/${name}`)),
    node: ({ id }: { id: string }) => nodeAt(world, id),
    nodes: ({ ids }: { ids: readonly string[] }) => ids.map((id) => nodeAt(world, id)),
  };
}

interface CommitInput {
  readonly branch: {
    readonly id?: string;
    readonly repositoryNameWithOwner?: string;
    readonly branchName?: string;
  };
  readonly message: { readonly headline: string; readonly body?: string };
  readonly expectedHeadOid: string;
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

function mutations(world: GraphQLWorld, nowMs: number): Json {
  const home = (id: string, kind: string): { repository: SandboxRepository; rest: string } => {
    const decoded = decodeId(id);
    const [number = "", ...rest] = decoded.key.split(":");
    const isThread = decoded.kind === "PullRequest" || decoded.kind === "Issue";
    const key = isThread ? Math.floor(Number(number) / 1_000) : Number(number);
    const repository = world.repositories.find((one) => one.id === key);
    if (repository === undefined || (kind !== "" && decoded.kind !== kind))
      throw failure("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
    return { repository, rest: isThread ? String(Number(number) % 1_000) : rest.join(":") };
  };
  const shown = async (repository: SandboxRepository, ref: string): Promise<Json | null> => {
    const found = await readRef(repository.directory, ref);
    return found === undefined ? null : refNode(world, repository, found);
  };
  const gitPath = ({ fullName }: SandboxRepository, ref: string): string =>
    `/repos/${fullName}/git/${encodePath(ref)}`;
  return {
    createRef: async ({ input }: { input: { repositoryId: string; name: string; oid: string } }) => {
      const { repository } = home(input.repositoryId, "Repository");
      const body = { ref: input.name, sha: input.oid };
      await world.rest("POST", `/repos/${repository.fullName}/git/refs`, body);
      return { ...input, ref: await shown(repository, input.name) };
    },
    updateRef: async ({ input }: { input: { refId: string; oid: string; force: boolean } }) => {
      const { repository, rest } = home(input.refId, "Ref");
      await world.rest("PATCH", gitPath(repository, rest), { sha: input.oid, force: input.force });
      return { ...input, ref: await shown(repository, rest) };
    },
    deleteRef: async ({ input }: { input: { refId: string } }) => {
      const { repository, rest } = home(input.refId, "Ref");
      await world.rest("DELETE", gitPath(repository, rest));
      return input;
    },
    updateRefs: async ({ input }: { input: { repositoryId: string; refUpdates: readonly RefUpdate[] } }) => {
      const { repository } = home(input.repositoryId, "Repository");
      for (const update of input.refUpdates) {
        const now = (await readRef(repository.directory, update.name))?.oid ?? zeros;
        if (now !== (update.beforeOid ?? now)) throw failure("STALE_DATA", `${update.name} has moved`);
        if (update.afterOid === zeros) await world.rest("DELETE", gitPath(repository, update.name));
        else if (!(await moveRef(repository.directory, update.name, update.afterOid, now)))
          throw failure("UNPROCESSABLE", `${update.name} could not be moved`);
      }
      return input;
    },
    mergePullRequest: async ({ input }: { input: MergeInput }) => {
      const { repository, rest } = home(input.pullRequestId, "PullRequest");
      await world.rest("PUT", `/repos/${repository.fullName}/pulls/${rest}/merge`, {
        ...(input.expectedHeadOid === undefined ? {} : { sha: input.expectedHeadOid }),
        ...(input.mergeMethod === undefined ? {} : { merge_method: input.mergeMethod.toLowerCase() }),
        ...(input.commitHeadline === undefined ? {} : { commit_title: input.commitHeadline }),
        ...(input.commitBody === undefined ? {} : { commit_message: input.commitBody }),
      });
      return { ...input, actor: viewer, pullRequest: await pullNode(world, repository, Number(rest)) };
    },
    addComment: async ({ input }: { input: { subjectId: string; body: string } }) => {
      const { repository, rest } = home(input.subjectId, "");
      const path = `/repos/${repository.fullName}/issues/${rest}/comments`;
      const { node_id: id, body, html_url: url } = await world.rest("POST", path, { body: input.body });
      const node = {
        __typename: "IssueComment",
        id,
        body,
        url,
        repository: repositoryNode(world, repository),
      };
      return { ...input, subject: await nodeAt(world, input.subjectId), commentEdge: { node } };
    },
    createCommitOnBranch: async ({ input }: { input: CommitInput }) => {
      const { id, repositoryNameWithOwner = "", branchName = "" } = input.branch;
      const { repository, rest: name } =
        id === undefined
          ? { repository: repositoryCalled(world, repositoryNameWithOwner), rest: `refs/heads/${branchName}` }
          : home(id, "Ref");
      const oid = await commit(repository.directory, name, input, nowMs);
      const ref = await shown(repository, name);
      return { ...input, ref, commit: { __typename: "Commit", id: oid, oid, url: oid, ...messageOf(input) } };
    },
  };
}

interface RefUpdate {
  readonly name: string;
  readonly afterOid: string;
  readonly beforeOid?: string;
}

interface MergeInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string;
  readonly mergeMethod?: string;
  readonly commitHeadline?: string;
  readonly commitBody?: string;
}

function messageOf({ message }: CommitInput): { message: string; messageHeadline: string } {
  const text = message.body === undefined ? message.headline : `${message.headline}\n\n${message.body}`;
  return { message: text, messageHeadline: message.headline };
}

async function commit(directory: string, ref: string, input: CommitInput, nowMs: number): Promise<string> {
  const before = await readRef(directory, ref);
  if (before === undefined) throw failure("NOT_FOUND", "No such branch");
  if (before.oid !== input.expectedHeadOid)
    throw failure("STALE_DATA", `Expected branch to point to "${input.expectedHeadOid}" but it did not.`);
  const { additions = [], deletions = [] } = input.fileChanges ?? {};
  const entries: TreeEntry[] = deletions.map(({ path }) => ({ mode: "100644", path }));
  for (const { path, contents } of additions) {
    const oid = await writeBlob(directory, Buffer.from(contents, "base64"));
    entries.push({ mode: "100644", path, oid });
  }
  const tree = await writeTree(directory, before.oid, entries);
  const { message } = messageOf(input);
  const oid = await writeCommit(directory, { tree, parents: [before.oid], message, nowMs });
  if (!(await moveRef(directory, ref, oid, before.oid))) throw failure("STALE_DATA", "The branch has moved");
  return oid;
}
