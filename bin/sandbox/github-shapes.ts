// The JSON forms in which GitHub's REST API shows repositories, people, commits and files.
import type { Call, Json, RepositoryCall } from "./github-answers.ts";
import type { GitObject } from "./github-git.ts";
import { organization, type SandboxRepository } from "./github-repositories.ts";
import { people } from "./people.ts";

/** The account that the sandbox's token belongs to. */
export const tokenUser = {
  id: 9000,
  login: "acme-gateway",
  name: "Acme Gateway",
  email: "gateway@acme.example",
};

export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64");
}

export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

export function repositoryUrl(call: Pick<Call, "base">, repository: SandboxRepository): string {
  return `${call.base}/api/v3/repos/${repository.fullName}`;
}

/** A path for an address: each segment encoded, slashes kept. */
export const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

export function userJson(call: Pick<Call, "base">, login: string): Json {
  const person = people.find((one) => one.login === login);
  const isOrganization = login === organization.login;
  const id = isOrganization ? organization.id : Number(person?.id.split("-")[1] ?? tokenUser.id);
  const url = `${call.base}/api/v3/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId("User", id),
    avatar_url: "",
    gravatar_id: "",
    url,
    html_url: `${call.base}/${login}`,
    repos_url: `${url}/repos`,
    type: isOrganization ? "Organization" : person === undefined ? "Bot" : "User",
    site_admin: false,
  };
}

export function repositoryJson(
  call: Pick<Call, "base">,
  repository: SandboxRepository,
  defaultBranch: string,
): Json {
  const url = repositoryUrl(call, repository);
  const html = `${call.base}/${repository.fullName}`;
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.isPrivate,
    owner: userJson(call, repository.owner),
    html_url: html,
    description: repository.description,
    fork: false,
    url,
    branches_url: `${url}/branches{/branch}`,
    commits_url: `${url}/commits{/sha}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    clone_url: `${html}.git`,
    git_url: `${html}.git`,
    homepage: null,
    language: "TypeScript",
    archived: false,
    disabled: false,
    has_issues: true,
    has_wiki: false,
    visibility: repository.isPrivate ? "private" : "public",
    default_branch: defaultBranch,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: false,
    delete_branch_on_merge: false,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

export interface Commit {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Json;
  readonly committer: Json;
  readonly message: string;
}

function identity(line: string): Json {
  const [, name = "", email = "", seconds = "0"] = /^(.*?) ?<([^>]*)> (\d+)/.exec(line) ?? [];
  return { name, email, date: timestamp(Number(seconds) * 1000) };
}

export function parseCommit(object: GitObject): Commit {
  const text = object.bytes.toString("utf8");
  const headEnd = text.indexOf("\n\n");
  const head = (headEnd < 0 ? text : text.slice(0, headEnd)).split("\n");
  const values = (name: string): string[] =>
    head.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  return {
    oid: object.oid,
    tree: values("tree")[0] ?? "",
    parents: values("parent"),
    author: identity(values("author")[0] ?? ""),
    committer: identity(values("committer")[0] ?? ""),
    message: headEnd < 0 ? "" : text.slice(headEnd + 2).replace(/\n$/, ""),
  };
}

const unsigned = { verified: false, reason: "unsigned", signature: null, payload: null, verified_at: null };

/** As `git/commits/{sha}` shows it. */
export function gitCommitJson(call: RepositoryCall, commit: Commit): Json {
  const url = repositoryUrl(call, call.repository);
  const html = `${call.base}/${call.repository.fullName}/commit/${commit.oid}`;
  return {
    sha: commit.oid,
    node_id: nodeId("Commit", commit.oid),
    url: `${url}/git/commits/${commit.oid}`,
    html_url: html,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${call.base}/${call.repository.fullName}/commit/${sha}`,
    })),
    verification: unsigned,
  };
}

function account(call: RepositoryCall, ident: Json): Json | null {
  const person = people.find(({ email }) => email === ident.email);
  return person === undefined ? null : userJson(call, person.login);
}

/** As `commits/{ref}` shows it, without files. */
export function commitJson(call: RepositoryCall, commit: Commit): Json {
  const url = repositoryUrl(call, call.repository);
  const html = `${call.base}/${call.repository.fullName}/commit`;
  return {
    sha: commit.oid,
    node_id: nodeId("Commit", commit.oid),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.oid}`,
      comment_count: 0,
      verification: unsigned,
    },
    url: `${url}/commits/${commit.oid}`,
    html_url: `${html}/${commit.oid}`,
    comments_url: `${url}/commits/${commit.oid}/comments`,
    author: account(call, commit.author),
    committer: account(call, commit.committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: `${html}/${sha}` })),
  };
}
