// Whether a ref is protected: the default branch, an admin's pattern, GitHub's own rules, or simply that nobody knows.
import type { RefChange, Repository } from "../model/action.ts";
import type { Config } from "../model/config.ts";
import type { Clock, GitHubFacts } from "../model/ports.ts";
import type { ProtectionFact } from "../model/verdict.ts";
import { globMatches } from "./glob.ts";
import { createGate, ProtectionCache } from "./protection-cache.ts";

export interface Protection {
  /**
   * One fact per ref, in their order. Never throws: what cannot be established is protected. `isExecuting` says that the
   * answer decides about a write that is about to happen, so that an older "not protected" is not good enough.
   */
  of(
    repository: Repository,
    refs: readonly Pick<RefChange, "ref">[],
    options: { readonly isExecuting: boolean },
  ): Promise<readonly ProtectionFact[]>;
  /** After anything that may have changed the protection of this repository; without one, of any. */
  forget(repositoryId: number | undefined): void;
}

type BranchFacts = Pick<GitHubFacts, "branchFlag" | "hasBranchRules" | "symbolicTarget">;

const branchPrefix = "refs/heads/";
/** A push may carry a thousand refs; GitHub is not asked about all of them. */
const maxLookUpsPerRequest = 100;
const parallelLookUps = 8;
const lookUpTimeoutMs = 10_000;

export function createProtection(deps: {
  readonly facts: BranchFacts;
  readonly config: Pick<Config, "protectedBranches">;
  readonly clock: Clock;
}): Protection {
  const cache = new ProtectionCache(deps.clock);
  const gate = createGate(parallelLookUps);
  const look = (repository: Repository, branch: string): Promise<ProtectionFact> =>
    gate(() => lookUp(deps, repository, branch));

  return {
    async of(repository, refs, { isExecuting }) {
      let lookUps = 0;
      return Promise.all(
        refs.map(async ({ ref }): Promise<ProtectionFact> => {
          const known = knownFact(deps.config, repository, ref);
          if (known !== undefined) return known;
          const cached = cache.find(repository.id, ref, isExecuting);
          if (cached !== undefined) return cached;
          lookUps += 1;
          if (lookUps > maxLookUpsPerRequest)
            return protectedFact(ref, "unknown: too many refs in one request to ask GitHub about each");
          return cache.fetch(repository.id, ref, isExecuting, () =>
            look(repository, ref.slice(branchPrefix.length)),
          );
        }),
      );
    },
    forget: (repositoryId) => {
      cache.forget(repositoryId);
    },
  };
}

/** What needs no look-up. */
function knownFact(
  config: Pick<Config, "protectedBranches">,
  repository: Repository,
  ref: string,
): ProtectionFact | undefined {
  if (ref.startsWith("refs/tags/")) return protectedFact(ref, "tag: releases are made from tags");
  if (!ref.startsWith(branchPrefix)) return protectedFact(ref, "unknown: neither a branch nor a tag");
  const branch = ref.slice(branchPrefix.length);
  if (branch === repository.defaultBranch)
    return { ref, isProtected: true, isDefault: true, because: "default branch" };
  const fullName = repository.fullName.toLowerCase();
  const pattern = config.protectedBranches
    .filter((line) => globMatches(line.repository.toLowerCase(), fullName))
    .flatMap((line) => line.branches)
    .find((glob) => globMatches(glob, branch));
  return pattern === undefined ? undefined : protectedFact(ref, `pattern ${pattern}`);
}

async function lookUp(
  { facts, clock }: { readonly facts: BranchFacts; readonly clock: Clock },
  repository: Repository,
  branch: string,
): Promise<ProtectionFact> {
  const ref = `${branchPrefix}${branch}`;
  const done = new AbortController();
  const late = clock.sleep(lookUpTimeoutMs, done.signal).then((): "late" => "late");
  try {
    const [flag, rules, target] = await Promise.all([
      answerOf(() => facts.branchFlag(repository, branch), late),
      answerOf(() => facts.hasBranchRules(repository, branch), late),
      answerOf(() => facts.symbolicTarget(repository, ref), late),
    ]);
    if (flag === true) return protectedFact(ref, "GitHub: protected");
    if (rules === true) return protectedFact(ref, "GitHub: ruleset rule");
    // One "no" is not enough: each source sees what the others do not.
    if (flag === "late" || rules === "late" || target === "late")
      return protectedFact(ref, "unknown: GitHub did not answer in time");
    if (flag === "failed" || rules !== false || target === "failed")
      return protectedFact(ref, "unknown: GitHub did not answer");
    // Administrators of a GitHub Enterprise Server can make one; writing it writes what it stands for.
    if (target !== undefined) return protectedFact(ref, `GitHub: a symbolic ref that stands for ${target}`);
    const because =
      flag === undefined ? "GitHub: a new branch, no rule for its name" : "GitHub: not protected";
    return { ref, isProtected: false, isDefault: false, because };
  } finally {
    done.abort();
  }
}

async function answerOf<T>(look: () => Promise<T>, late: Promise<"late">): Promise<T | "late" | "failed"> {
  const answer = Promise.resolve()
    .then(look)
    .catch((): "failed" => "failed");
  return Promise.race([answer, late]);
}

function protectedFact(ref: string, because: string): ProtectionFact {
  return { ref, isProtected: true, isDefault: false, because };
}
