// A push that nobody made: the refspecs that a person would type, as the action that a real one would be.
import { zeroOid, type Action, type RefChange } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { refProblem } from "./ref-name.ts";
import { isAccountName, isRepositoryName } from "./router.ts";

/** Throws GH_BAD_TARGET. `repository` is "acme/app"; a refspec is `main`, `+main`, `:old` or a full ref. */
export function draftPush(repository: string, refspecs: readonly string[]): Action {
  const [owner = "", folder = "", ...more] = repository.split("/");
  const name = folder.replace(/\.git$/, "");
  if (!isAccountName(owner) || !isRepositoryName(name) || more.length > 0)
    return refuse("the repository is not a name that GitHub gives");
  const refs = refspecs.map(changeOf);
  if (new Set(refs.map(({ ref }) => ref)).size < refs.length) refuse("it names a ref twice");
  return {
    surface: "git",
    operation: "git/receive-pack",
    title: "Push",
    effect: "branch-write",
    repository: { owner, name },
    branches: { from: "refs", refs },
    paths: [],
    parameters: {},
    send: { upstream: "git", method: "POST", segments: [], query: [], headers: [], body: { is: "none" } },
  };
}

function changeOf(refspec: string): RefChange {
  const isForced = refspec.startsWith("+");
  const isDeletion = refspec.startsWith(":");
  const named = isForced || isDeletion ? refspec.slice(1) : refspec;
  // "HEAD:main" is how git says from where; only the other side matters here.
  const destination = isDeletion ? named : (named.split(":").at(-1) ?? "");
  const ref = destination.startsWith("refs/") ? destination : `refs/heads/${destination}`;
  const problem = refProblem(ref);
  if (problem !== undefined) return refuse(problem);
  return isDeletion
    ? { ref, change: "delete", new: zeroOid, force: "no" }
    : { ref, change: "update", force: isForced ? "yes" : "no" };
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_TARGET", { why });
}
