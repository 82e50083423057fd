// Branches: listing them, what protects them, renaming, and merging one into another.
import {
  created,
  GitHubError,
  listAnswer,
  noContent,
  notFound,
  ok,
  optionalText,
  requiredText,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { git } from "./github-git.ts";
import {
  defaultBranch,
  deleteRef,
  isAncestor,
  isRefName,
  listRefs,
  mergeTree,
  moveRef,
  readCommit,
  readRef,
  resolveCommit,
  writeCommit,
  type Ref,
} from "./github-history.ts";
import { isProtected, isRuled } from "./github-repositories.ts";
import { commitJson, encodePath, repositoryUrl } from "./github-shapes.ts";

const zeros = "0".repeat(40);

function branchJson(call: RepositoryCall, { ref, oid }: Ref): Json {
  const name = ref.slice("refs/heads/".length);
  const url = repositoryUrl(call, call.repository);
  const on = isProtected(call.repository, name);
  return {
    name,
    commit: { sha: oid, url: `${url}/commits/${oid}` },
    protected: on,
    protection: {
      enabled: on,
      required_status_checks: { enforcement_level: "off", contexts: [], checks: [] },
    },
    protection_url: `${url}/branches/${encodePath(name)}/protection`,
  };
}

async function list(call: RepositoryCall): Promise<Answer> {
  const only = call.query.get("protected");
  const branches = (await listRefs(call.repository.directory, "refs/heads/")).filter(
    ({ ref }) =>
      only === null ||
      isProtected(call.repository, ref.slice("refs/heads/".length)) === (only === "true" || only === "1"),
  );
  return listAnswer(call, branches, (branch) => branchJson(call, branch));
}

async function branchOf(call: RepositoryCall): Promise<Ref> {
  const branch = await readRef(call.repository.directory, `refs/heads/${call.parts[0] ?? ""}`);
  if (branch === undefined) throw new GitHubError(404, "Branch not found");
  return branch;
}

async function get(call: RepositoryCall): Promise<Answer> {
  const branch = await branchOf(call);
  const commit = await readCommit(call.repository.directory, branch.oid);
  if (commit === undefined) throw notFound();
  const json = branchJson(call, branch);
  return ok({
    ...json,
    commit: commitJson(call, commit),
    _links: {
      self: `${repositoryUrl(call, call.repository)}/branches/${encodePath(call.parts[0] ?? "")}`,
      html: `${call.base}/${call.repository.fullName}/tree/${encodePath(call.parts[0] ?? "")}`,
    },
  });
}

/** Classic protection only: a ruleset never shows here. */
async function protection(call: RepositoryCall): Promise<Answer> {
  await branchOf(call);
  const name = call.parts[0] ?? "";
  if (!isProtected(call.repository, name) || isRuled(call.repository, name)) {
    throw new GitHubError(404, "Branch not protected");
  }
  return ok({
    url: `${repositoryUrl(call, call.repository)}/branches/${encodePath(name)}/protection`,
    required_pull_request_reviews: { required_approving_review_count: 1 },
    enforce_admins: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  });
}

function rules(call: RepositoryCall): Promise<Answer> {
  const source = {
    ruleset_source_type: "Repository",
    ruleset_source: call.repository.fullName,
    ruleset_id: 42,
  };
  const active = isRuled(call.repository, call.parts[0] ?? "")
    ? [
        { type: "deletion", ...source },
        { type: "non_fast_forward", ...source },
        { type: "pull_request", parameters: { required_approving_review_count: 1 }, ...source },
      ]
    : [];
  return listAnswer(call, active, (rule) => rule);
}

async function rename(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const branch = await branchOf(call);
  const target = `refs/heads/${requiredText(call.body, "new_name")}`;
  if (!(await isRefName(directory, target))) throw new GitHubError(422, "Invalid branch name");
  const isDefault = (await defaultBranch(directory)) === call.parts[0];
  if (!(await moveRef(directory, target, branch.oid, zeros))) {
    throw new GitHubError(422, "Branch name already exists");
  }
  if (isDefault) await git(directory, ["symbolic-ref", "HEAD", target]);
  await deleteRef(directory, branch.ref, branch.oid);
  return created(branchJson(call, { ...branch, ref: target }));
}

async function merge(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const base = requiredText(call.body, "base");
  const head = requiredText(call.body, "head");
  const target = await readRef(directory, `refs/heads/${base}`);
  if (target === undefined) throw new GitHubError(404, "Base does not exist");
  const oid = await resolveCommit(directory, head);
  if (oid === undefined) throw new GitHubError(404, "Head does not exist");
  if (await isAncestor(directory, oid, target.oid)) return noContent;
  const tree = await mergeTree(directory, target.oid, oid);
  if (tree === undefined) throw new GitHubError(409, "Merge conflict");
  const message = optionalText(call.body, "commit_message") ?? `Merge ${head} into ${base}`;
  const merged = await writeCommit(directory, {
    tree,
    parents: [target.oid, oid],
    message,
    nowMs: call.nowMs,
  });
  if (!(await moveRef(directory, target.ref, merged, target.oid))) {
    throw new GitHubError(409, "Base branch was modified. Review and try the merge again.");
  }
  const commit = await readCommit(directory, merged);
  if (commit === undefined) throw notFound();
  return created(commitJson(call, commit));
}

export const branchRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/branches$/, list],
  ["GET", /^\/branches\/(.+)\/protection$/, protection],
  ["POST", /^\/branches\/(.+)\/rename$/, rename],
  ["GET", /^\/branches\/(.+)$/, get],
  ["GET", /^\/rules\/branches\/(.+)$/, rules],
  ["POST", /^\/merges$/, merge],
];
