// Whether a write brings workflow files to a ref without naming their paths: commits that lie at GitHub already, and merges.
import { createWorkflowTrust, type IsTrusted } from "../scan/workflows.ts";
import type { Target, World } from "./world.ts";

/** Their paths are named in the request, and policy looks at them. */
const namedByPath: ReadonlySet<string> = new Set([
  "repos/create-or-update-file-contents",
  "repos/delete-file",
  "graphql/createCommitOnBranch",
]);

/** For REST and GraphQL; a push's own commits are read by `scan`. What GitHub alone knows counts as touching them. */
export async function touchesWorkflows(target: Target, world: World): Promise<boolean> {
  const { action, refs: all } = target;
  const parts = action.parts ?? [{ ...action, refs: all, touchesAllBranches: target.touchesAllBranches }];
  const open = parts.filter(
    ({ effect, operation }) => effect === "branch-write" && !namedByPath.has(operation),
  );
  if (open.some(({ refs, touchesAllBranches }) => touchesAllBranches || refs.length === 0)) return true;
  const refs = open.flatMap((part) => part.refs);
  const isTrusted = workflowTrust(target, world);
  // GitHub said where they stand. A push only claims it, so one ref of a push may not vouch for another.
  const before = refs.flatMap(({ change, old }) => (change === "create" || old === undefined ? [] : [old]));
  for (const { change, new: next, gains } of refs) {
    if (change === "delete") continue;
    const gained = next ?? gains;
    if (gained === undefined || !(await isTrusted(gained, before))) return true;
  }
  return false;
}

export function workflowTrust({ repository }: Target, { facts }: World): IsTrusted {
  if (repository === undefined) return () => Promise.resolve(false);
  return createWorkflowTrust({
    objects: (kind, oid) => facts.object(repository, kind, oid),
    defaultHead: () => facts.ref(repository, `refs/heads/${repository.defaultBranch}`),
    mergeBase: (head, commit) => facts.mergeBase(repository, head, commit),
  });
}
