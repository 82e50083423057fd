// The sandbox's repositories: where they lie, what protects them, and the pull requests and issues beside the git data.
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

export interface PullState {
  readonly kind: "pull";
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly user: string;
  readonly headRef: string;
  readonly baseRef: string;
  /** As last seen; the branches themselves decide while the pull request is open. */
  readonly headOid: string;
  readonly baseOid: string;
  readonly state: "open" | "closed";
  readonly mergedOid?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt?: string;
  readonly isDraft: boolean;
}

export interface IssueComment {
  readonly id: number;
  readonly body: string;
  readonly user: string;
  readonly createdAt: string;
}

export interface IssueState {
  readonly kind: "issue";
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly user: string;
  readonly state: "open" | "closed";
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What GitHub keeps beside git. Issues and pull requests share their numbers. */
export interface RepositoryState {
  readonly lastNumber: number;
  readonly lastCommentId: number;
  readonly threads: readonly (PullState | IssueState)[];
  readonly comments: Readonly<Record<number, readonly IssueComment[]>>;
}

export interface SandboxRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly fullName: string;
  /** Names under which it was known before; they lead to it until somebody else takes them. */
  readonly formerNames: readonly string[];
  readonly description: string;
  readonly isPrivate: boolean;
  readonly directory: string;
  readonly firstBranch: string;
  /** Classic protection: shows as `protected` on a branch that exists. */
  readonly classic: readonly string[];
  /** Rulesets: show in rules/branches, for branches that do not exist too. */
  readonly rulesets: readonly string[];
}

export const organization = { id: 9001, login: "acme", name: "Acme" };

export function sandboxRepositories(dataDir: string): readonly SandboxRepository[] {
  const repository = (
    id: number,
    name: string,
    description: string,
    isPrivate: boolean,
    classic: readonly string[],
    rulesets: readonly string[],
  ): SandboxRepository => ({
    id,
    owner: organization.login,
    name,
    fullName: `${organization.login}/${name}`,
    formerNames: [],
    description,
    isPrivate,
    directory: join(dataDir, "repositories", organization.login, `${name}.git`),
    firstBranch: "main",
    classic,
    rulesets,
  });
  return [
    repository(710_001, "app", "The order service", true, ["main"], ["release/*"]),
    repository(710_002, "site", "The public pages", false, ["main"], []),
    repository(710_003, "vault", "For the security team only", true, [], []),
  ];
}

/** A wiki is a git repository of its own beside its repository. */
export function wikiDirectory({ directory }: SandboxRepository): string {
  return directory.replace(/\.git$/, ".wiki.git");
}

/** GitHub's fnmatch, as far as the sandbox's patterns need it: `*` does not cross a slash. */
export function matchesPattern(pattern: string, branch: string): boolean {
  const parts = pattern.split("/");
  const names = branch.split("/");
  return parts.length === names.length && parts.every((part, index) => part === "*" || part === names[index]);
}

export function isProtected(repository: SandboxRepository, branch: string): boolean {
  return [...repository.classic, ...repository.rulesets].some((pattern) => matchesPattern(pattern, branch));
}

export function isRuled(repository: SandboxRepository, branch: string): boolean {
  return repository.rulesets.some((pattern) => matchesPattern(pattern, branch));
}

const empty: RepositoryState = { lastNumber: 0, lastCommentId: 0, threads: [], comments: {} };

/** Beside the git data, in the repository's own folder. */
export const threadsFile = "threads.json";

function stateFile(repository: SandboxRepository): string {
  return join(repository.directory, threadsFile);
}

export async function readState(repository: SandboxRepository): Promise<RepositoryState> {
  try {
    return JSON.parse(await readFile(stateFile(repository), "utf8")) as RepositoryState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return empty;
    throw error;
  }
}

const queues = new Map<string, Promise<unknown>>();

/** Changes the state of one repository, one change at a time; what it returns is on disk. */
export async function changeState<T>(
  repository: SandboxRepository,
  change: (state: RepositoryState) => Promise<{ state: RepositoryState; result: T }>,
): Promise<T> {
  const run = async (): Promise<T> => {
    const { state, result } = await change(await readState(repository));
    const draft = `${stateFile(repository)}.draft`;
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(JSON.stringify(state));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, stateFile(repository));
    return result;
  };
  const before = queues.get(repository.directory) ?? Promise.resolve();
  const mine = before.then(run, run);
  queues.set(repository.directory, mine);
  return mine;
}
