// One sentence that says exactly what will happen when a reviewer says yes.
import { zeroOid, type Oid, type RefChange } from "../model/action.ts";
import type { Plan } from "../model/plan.ts";
import { visible } from "./visible.ts";

type Told = Pick<Plan, "substance" | "repository" | "requester" | "title">;

/** "If you approve, main of acme/app moves from a1b2c3d to 9f8e7d6, as alice, once." */
export function planSentence(plan: Told): string {
  return `If you approve, ${whatHappens(plan)}, as ${visible(plan.requester.login)}, once.`;
}

/** The same without the frame: "main of acme/app moves from a1b2c3d to 9f8e7d6". */
export function whatHappens(plan: Told): string {
  const { operation, refs, parameters } = plan.substance;
  const name = visible(plan.repository.fullName);
  const [only] = refs;
  const path = parameters.path === undefined ? "a file" : visible(parameters.path);
  const pull = `pull request #${visible(parameters.pull_number ?? "?")}`;
  const at = short(parameters.head_sha);
  const head = at === undefined ? "" : ` (${visible(parameters.head ?? "its head")} at ${visible(at)})`;
  const on = only === undefined ? name : `${called(only.ref)} of ${name}`;
  switch (operation) {
    case "repos/create-or-update-file-contents":
      return `${path} is written to ${on} in a new commit${onTopOf(only)}`;
    case "repos/delete-file":
      return `${path} is deleted from ${on} in a new commit${onTopOf(only)}`;
    case "pulls/merge":
    case "pulls/merge-async":
    case "graphql/mergePullRequest":
      return `${pull}${head} is merged into ${on}${onTopOf(only)}`;
    case "pulls/update-branch":
    case "graphql/updatePullRequestBranch":
      return `the branch of ${pull}, ${on}, is brought up to date with its base${onTopOf(only)}`;
    case "repos/merge":
    case "graphql/mergeBranch":
      return `${visible(parameters.head ?? "another branch")} is merged into ${on}${onTopOf(only)}`;
    case "repos/merge-upstream":
      return `${on} is brought up to date with its upstream repository${onTopOf(only)}`;
    case "repos/rename-branch":
      return renamed(refs, name);
    case "git/receive-pack":
    case "git/create-ref":
    case "git/update-ref":
    case "git/delete-ref":
    case "graphql/createRef":
    case "graphql/updateRef":
    case "graphql/updateRefs":
    case "graphql/deleteRef":
      return refs.length === 0 ? anything(plan, name) : moved(refs, name);
    default:
      return anything(plan, name);
  }
}

function moved(refs: readonly RefChange[], name: string): string {
  const [only] = refs;
  if (refs.length === 1 && only !== undefined) return `${called(only.ref)} of ${name} ${movement(only)}`;
  return `${refs.length} refs of ${name} change together: ${refs.map((change) => `${called(change.ref)} ${movement(change)}`).join("; ")}`;
}

function movement({ change, old, new: next, force }: RefChange): string {
  const from = short(old);
  const to = short(next);
  if (change === "create") return to === undefined ? "is created" : `is created at ${to}`;
  if (change === "delete") return from === undefined ? "is deleted" : `is deleted (it points to ${from})`;
  const how = force === "yes" ? ", rewriting its history" : "";
  return `moves${from === undefined ? "" : ` from ${from}`}${to === undefined ? " to a new commit" : ` to ${to}`}${how}`;
}

function renamed(refs: readonly RefChange[], name: string): string {
  const from = refs.find(({ change }) => change === "delete");
  const to = refs.find(({ change }) => change === "create");
  return `${from === undefined ? "a branch" : called(from.ref)} of ${name} is renamed to ${to === undefined ? "another name" : called(to.ref)}`;
}

function anything(plan: Told, name: string): string {
  const { refs } = plan.substance;
  const touched = refs.length === 0 ? "" : `, changing ${refs.map(({ ref }) => called(ref)).join(", ")}`;
  return `“${visible(plan.title)}” is carried out in ${name}${touched}`;
}

function called(ref: string): string {
  if (ref.startsWith("refs/heads/")) return visible(ref.slice("refs/heads/".length));
  if (ref.startsWith("refs/tags/")) return `tag ${visible(ref.slice("refs/tags/".length))}`;
  return visible(ref);
}

function short(oid: Oid | undefined): string | undefined {
  return oid === undefined || oid === zeroOid ? undefined : oid.slice(0, 7);
}

function onTopOf(change: RefChange | undefined): string {
  const base = short(change?.old);
  return base === undefined ? "" : `, on top of ${base}`;
}
