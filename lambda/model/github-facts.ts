// What the gateway asks GitHub before it decides: repositories, refs, protection, objects.
import type { Oid, Repository, RepositoryName } from "./action.ts";
import type { Bytes } from "./http.ts";

/** Look-ups at GitHub with the gateway's own read credential. Every failure throws; nobody reads it as "no". */
export interface GitHubFacts {
  /** Undefined when GitHub says 404. `isFresh`: asked now, because a name may belong to another repository by now. */
  repository(name: RepositoryName, options?: { readonly isFresh: boolean }): Promise<Repository | undefined>;
  /** The same by numeric id (`/repositories/{id}`), as pagination links name it. */
  repositoryById(id: number): Promise<Repository | undefined>;
  /** Undefined when the ref does not exist. */
  ref(repository: Repository, ref: string): Promise<Oid | undefined>;
  /** GraphQL node ids, in either of GitHub's spellings, to what they name. Undefined where GitHub shows none. */
  nodes(ids: readonly string[]): Promise<readonly (NodeFacts | undefined)[]>;
  pull(repository: Repository, number: number): Promise<PullFacts | undefined>;
  /** The `protected` flag of an existing branch; undefined when the branch does not exist. */
  branchFlag(repository: Repository, branch: string): Promise<boolean | undefined>;
  /** Whether an active ruleset rule applies to a branch of this name, existing or not. */
  hasBranchRules(repository: Repository, branch: string): Promise<boolean>;
  /** The ref that this one stands for, when it is a symbolic ref: writing it writes the other. */
  symbolicTarget(repository: Repository, ref: string): Promise<string | undefined>;
  /** Git objects by id, for the old side of a diff. Undefined when GitHub does not have it. */
  object(repository: Repository, kind: "blob" | "tree" | "commit", oid: Oid): Promise<Bytes | undefined>;
  /** The best common ancestor. Undefined when GitHub has one of the commits not, or they share no history. */
  mergeBase(repository: Repository, base: Oid, head: Oid): Promise<Oid | undefined>;
  /** "ahead" and "identical" mean fast-forward. */
  compare(
    repository: Repository,
    base: Oid,
    head: Oid,
  ): Promise<"ahead" | "behind" | "diverged" | "identical" | "unknown">;
}

export interface PullFacts {
  readonly number: number;
  readonly title: string;
  readonly baseRef: string;
  readonly baseOid: Oid;
  readonly headRef: string;
  readonly headOid: Oid;
  readonly headRepository: RepositoryName | undefined;
  readonly state: "open" | "closed";
}

export interface NodeFacts {
  /** GitHub's type name: "PullRequest", "Ref". */
  readonly type: string;
  /** The numeric id of the repository that it is or lies in: node ids have two spellings, this has one. */
  readonly repositoryId?: number;
  /** Of a Ref: its full name. */
  readonly ref?: string;
  /** Of an issue or pull request. */
  readonly number?: number;
  /** Of an account its login, of a label its name. */
  readonly name?: string;
}
