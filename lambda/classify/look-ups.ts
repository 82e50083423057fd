// The questions to GitHub that every surface asks alike: where refs stand, and what a pull request joins.
import { zeroOid, type RefChange, type Repository } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { GitHubFacts, PullFacts } from "../model/ports.ts";
import { readBranch } from "./ref-name.ts";

/** A look-up that fails is never an answer. */
export async function asked<T>(what: string, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof GateError) throw error;
    throw new GateError("GH_FACTS_UNAVAILABLE", { what }, { cause: error });
  }
}

/** Fills in the present heads. A push brings its own, which git compares. */
export async function presentHeads(
  changes: readonly RefChange[],
  repository: Repository,
  facts: GitHubFacts,
): Promise<readonly RefChange[]> {
  const refs: RefChange[] = [];
  for (const change of changes) {
    if (change.old !== undefined) {
      refs.push(change);
      continue;
    }
    const old = await asked(`where ${change.ref} stands`, () => facts.ref(repository, change.ref));
    if (old !== undefined) refs.push({ ...change, old });
    else refs.push(change.change === "update" ? { ...change, change: "create", old: zeroOid } : change);
  }
  return refs;
}

export function headOf(
  branch: string,
  repository: Repository,
  facts: GitHubFacts,
): Promise<string | undefined> {
  return asked(`where ${branch} stands`, () => facts.ref(repository, `refs/heads/${branch}`));
}

export function branchHead(
  name: string,
  repository: Repository,
  facts: GitHubFacts,
): Promise<string | undefined> {
  const branch = readBranch(name);
  if ("problem" in branch) throw new GateError("GH_BAD_BODY", { why: branch.problem });
  return headOf(branch.name, repository, facts);
}

export async function pullOf(number: number, repository: Repository, facts: GitHubFacts): Promise<PullFacts> {
  const pull = await asked("which branches the pull request joins", () => facts.pull(repository, number));
  if (!pull) throw new GateError("GH_NOT_FOUND", { what: "pull request" });
  return pull;
}

/** The branch of a fork is written in the fork: that repository's rules count. */
export async function headRepository(
  pull: PullFacts,
  base: Repository,
  facts: GitHubFacts,
): Promise<Repository> {
  const name = pull.headRepository;
  if (!name)
    throw new GateError("GH_REPOSITORY_NOT_FOUND", { repository: "the pull request's own repository" });
  if (`${name.owner}/${name.name}`.toLowerCase() === base.fullName.toLowerCase()) return base;
  const head = await asked("which repository the pull request comes from", () => facts.repository(name));
  if (!head) throw new GateError("GH_REPOSITORY_NOT_FOUND", { repository: `${name.owner}/${name.name}` });
  return head;
}
