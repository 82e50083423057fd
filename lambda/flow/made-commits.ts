// The commits that a call made: GitHub's answer names them, and a push brings them along.
import type { Oid } from "../model/action.ts";
import type { ChangeSummary } from "../model/change.ts";
import type { RefResult } from "../model/plan.ts";

type Path = readonly string[];

/**
 * Where GitHub's answer holds the id of a commit that the call itself made, by operation. What only moves a branch to a
 * commit that exists already is not here: it did not write it. MCP's push_files is filed under contents and answers
 * with the branch, which its commit is the tip of then.
 */
const named: ReadonlyMap<string, readonly Path[]> = new Map([
  [
    "repos/create-or-update-file-contents",
    [
      ["commit", "sha"],
      ["object", "sha"],
    ],
  ],
  ["repos/delete-file", [["commit", "sha"]]],
  ["repos/merge", [["sha"]]],
  ["pulls/merge", [["sha"]]],
  ["git/create-commit", [["sha"]]],
  ["graphql/createCommitOnBranch", [["commit", "oid"]]],
  ["graphql/mergePullRequest", [["pullRequest", "mergeCommit", "oid"]]],
  ["graphql/mergeBranch", [["mergeCommit", "oid"]]],
]);

export function namesCommits(operation: string): boolean {
  return named.has(operation);
}

/** `answer` is what GitHub says of the operation: a REST body, the text of a tool's result, one field of GraphQL. */
export function commitsNamed(operation: string, answer: unknown): readonly Oid[] {
  return (named.get(operation) ?? [])
    .map((path) => path.reduce<unknown>(inside, answer))
    .filter((oid): oid is Oid => typeof oid === "string" && /^[0-9a-f]{40}$/.test(oid));
}

/** What the refs that GitHub took gain, as far as the pack brought it, newest first. */
export function commitsPushed(
  change: ChangeSummary | undefined,
  results: readonly RefResult[],
): readonly Oid[] {
  const taken = new Set(results.filter(({ ok }) => ok).map(({ ref }) => ref));
  const refs = (change?.refs ?? []).filter(({ ref }) => taken.has(ref));
  return [...new Set(refs.flatMap(({ commits }) => commits.map(({ oid }) => oid)))];
}

function inside(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
