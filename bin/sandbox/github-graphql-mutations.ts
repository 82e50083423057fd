// The sandbox's GraphQL mutations: those of REST by the same code, and the commit that only GraphQL makes.
import type { Json } from "./github-answers.ts";
import {
  decodeId,
  failure,
  nodeAt,
  refNode,
  repositoryCalled,
  repositoryNode,
  viewer,
  type GraphQLWorld,
} from "./github-graphql-nodes.ts";
import { pullNode, threadNode } from "./github-graphql-threads.ts";
import { moveRef, readRef, writeBlob, writeCommit, writeTree, type TreeEntry } from "./github-history.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { encodePath } from "./github-shapes.ts";

const zeros = "0".repeat(40);

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

export function mutations(world: GraphQLWorld, nowMs: number): Json {
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
    createPullRequest: async ({ input }: { input: Json }) => {
      const { repository } = home(String(input.repositoryId), "Repository");
      const { title, body, baseRefName: base, headRefName: head, draft = false } = input;
      const fields = { title, base, head, draft, ...(body === undefined ? {} : { body }) };
      const { number } = await world.rest("POST", `/repos/${repository.fullName}/pulls`, fields);
      return { ...input, pullRequest: await pullNode(world, repository, Number(number)) };
    },
    ...Object.fromEntries(
      [["closePullRequest", "closed"] as const, ["reopenPullRequest", "open"] as const].map(
        ([name, state]) => [
          name,
          async ({ input }: { input: { pullRequestId: string } }) => {
            const { repository, rest } = home(input.pullRequestId, "PullRequest");
            await world.rest("PATCH", `/repos/${repository.fullName}/pulls/${rest}`, { state });
            return { ...input, pullRequest: await pullNode(world, repository, Number(rest)) };
          },
        ],
      ),
    ),
    createIssue: async ({ input }: { input: { repositoryId: string; title: string; body?: string } }) => {
      const { repository } = home(input.repositoryId, "Repository");
      const { title, body } = input;
      const fields = { title, ...(body === undefined ? {} : { body }) };
      const { number } = await world.rest("POST", `/repos/${repository.fullName}/issues`, fields);
      return { ...input, issue: await threadNode(world, repository, Number(number)) };
    },
    closeIssue: async ({ input }: { input: { issueId: string } }) => {
      const { repository, rest } = home(input.issueId, "Issue");
      await world.rest("PATCH", `/repos/${repository.fullName}/issues/${rest}`, { state: "closed" });
      return { ...input, issue: await threadNode(world, repository, Number(rest)) };
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
