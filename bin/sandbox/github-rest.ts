// The REST API's front: finds the handler for a path, and answers for the account, the organisation and the repositories.
import {
  errorAnswer,
  GitHubError,
  listAnswer,
  notFound,
  ok,
  type Answer,
  type Call,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { branchRoutes } from "./github-branches.ts";
import { commitRoutes } from "./github-commits.ts";
import { contentRoutes } from "./github-contents.ts";
import { defaultBranch } from "./github-history.ts";
import { issueRoutes } from "./github-issues.ts";
import { objectRoutes } from "./github-objects.ts";
import { pullChangeRoutes } from "./github-pull-changes.ts";
import { pullRoutes } from "./github-pulls.ts";
import { refRoutes } from "./github-refs.ts";
import { moved, renamed } from "./github-renames.ts";
import { organization, type SandboxRepository } from "./github-repositories.ts";
import { repositoryJson, tokenUser, userJson } from "./github-shapes.ts";
import { people } from "./people.ts";

export interface RestRequest {
  readonly repositories: readonly SandboxRepository[];
  readonly method: string;
  /** Below /api/v3, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly base: string;
  readonly nowMs: number;
  /** Whose token it is, when it is a person's. */
  readonly login?: string;
  readBody(): Promise<unknown>;
  /** Keeps what a rename or a transfer made of a repository. */
  replace(repository: SandboxRepository): void;
}

interface AccountCall extends Call {
  readonly login?: string;
  readonly repositories: readonly SandboxRepository[];
}

async function listRepositories(call: AccountCall): Promise<Answer> {
  return listAnswer(call, call.repositories, async (repository) =>
    repositoryJson(call, repository, await defaultBranch(repository.directory)),
  );
}

const accountRoutes: readonly Route<AccountCall>[] = [
  [
    "GET",
    /^\/?$/,
    (call) =>
      ok({
        current_user_url: `${call.base}/api/v3/user`,
        repository_url: `${call.base}/api/v3/repos/{owner}/{repo}`,
      }),
  ],
  ["GET", /^\/meta$/, () => ok({ verifiable_password_authentication: false, installed_version: "3.17.0" })],
  [
    "GET",
    /^\/rate_limit$/,
    (call) => {
      const core = { limit: 15_000, used: 1, remaining: 14_999, reset: Math.floor(call.nowMs / 1000) + 3600 };
      return ok({ resources: { core }, rate: core });
    },
  ],
  [
    "GET",
    /^\/user$/,
    (call) => {
      const { login, name, email } = people.find((one) => one.login === call.login) ?? tokenUser;
      return ok({ ...userJson(call, login), name, email });
    },
  ],
  ["GET", /^\/user\/repos$/, listRepositories],
  [
    "GET",
    /^\/users\/([^/]+)$/,
    (call) => {
      const login = (call.parts[0] ?? "").toLowerCase();
      const person = people.find((one) => one.login === login);
      if (person === undefined && login !== tokenUser.login && login !== organization.login) throw notFound();
      return ok({ ...userJson(call, login), name: person?.name ?? tokenUser.name });
    },
  ],
  [
    "GET",
    /^\/orgs\/acme$/i,
    (call) => ok({ ...userJson(call, organization.login), name: organization.name, type: "Organization" }),
  ],
  ["GET", /^\/orgs\/acme\/repos$/i, listRepositories],
];

const repositoryRoutes: readonly Route<RepositoryCall>[] = [
  [
    "GET",
    /^$/,
    async (call) => ok(repositoryJson(call, call.repository, await defaultBranch(call.repository.directory))),
  ],
  ...branchRoutes,
  ...contentRoutes,
  ...refRoutes,
  ...objectRoutes,
  ...commitRoutes,
  ...pullRoutes,
  ...pullChangeRoutes,
  ...issueRoutes,
];

/** Each segment decoded once; an encoded slash in a branch name reads like a plain one, as at GitHub. */
function decodePath(path: string): string {
  try {
    return path.split("/").map(decodeURIComponent).join("/");
  } catch {
    throw new GitHubError(400, "Bad Request");
  }
}

function findRepository(
  repositories: readonly SandboxRepository[],
  path: string,
): { repository: SandboxRepository; rest: string; isFormerName: boolean } | undefined {
  const byName = /^\/repos\/([^/]+)\/([^/]+)(.*)$/s.exec(path);
  if (byName !== null) {
    const fullName = `${byName[1] ?? ""}/${byName[2] ?? ""}`.toLowerCase();
    const present = repositories.find((one) => one.fullName === fullName);
    const repository = present ?? repositories.find((one) => one.formerNames.includes(fullName));
    if (repository === undefined) throw notFound();
    return { repository, rest: byName[3] ?? "", isFormerName: present === undefined };
  }
  const byId = /^\/repositories\/(\d+)(.*)$/s.exec(path);
  if (byId === null) return undefined;
  const repository = repositories.find((one) => one.id === Number(byId[1]));
  if (repository === undefined) throw notFound();
  return { repository, rest: byId[2] ?? "", isFormerName: false };
}

function isRename(method: string, rest: string, body: Json): boolean {
  return (method === "PATCH" && rest === "" && "name" in body) || (method === "POST" && rest === "/transfer");
}

async function readObjectBody(request: RestRequest): Promise<Json> {
  if (request.method === "GET") return {};
  const body = await request.readBody();
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new GitHubError(400, "Body should be a JSON object");
  }
  return body as Json;
}

async function route<C extends Call>(
  routes: readonly Route<C>[],
  method: string,
  path: string,
  call: (parts: readonly string[]) => C,
): Promise<Answer> {
  for (const [verb, pattern, handler] of routes) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match !== null) return handler(call(match.slice(1)));
  }
  throw notFound();
}

/** Answers one REST request. What goes wrong is answered in GitHub's form too. */
export async function answerRest(request: RestRequest): Promise<Answer> {
  try {
    const path = decodePath(request.path).replace(/^\/raw\/([^/]+)\/([^/]+)\//, "/repos/$1/$2/raw/");
    const found = findRepository(request.repositories, path);
    const { base, query, accept, nowMs } = request;
    const common = { base, query, accept, nowMs, body: await readObjectBody(request) };
    if (found === undefined) {
      return await route(accountRoutes, request.method, path, (parts) => ({
        ...common,
        parts,
        pagePath: request.path,
        repositories: request.repositories,
        ...(request.login === undefined ? {} : { login: request.login }),
      }));
    }
    const { repository, rest } = found;
    if (found.isFormerName)
      return moved(request.method, `${base}/api/v3/repositories/${repository.id}${rest}`);
    if (isRename(request.method, rest, common.body)) {
      const now = await renamed(repository, common.body, request.repositories);
      request.replace(now);
      const branch = await defaultBranch(now.directory);
      return { status: rest === "" ? 200 : 202, json: repositoryJson(common, now, branch) };
    }
    return await route(repositoryRoutes, request.method, rest, (parts) => ({
      ...common,
      parts,
      pagePath: `/repositories/${repository.id}${rest.split("/").map(encodeURIComponent).join("/")}`,
      repository,
    }));
  } catch (error) {
    if (error instanceof GitHubError) return errorAnswer(error);
    throw error;
  }
}
