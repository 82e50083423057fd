// Which branches a REST write touches: one resolver per operation; without a resolver it touches all of them.
import { zeroOid, type BranchSource, type Effect, type RefChange } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { isOid, readBranch, refProblem } from "./ref-name.ts";

type Body = Readonly<Record<string, unknown>>;

export interface Touched {
  readonly branches: BranchSource;
  /** The body with its branch name in the one form that we decided on. */
  readonly json: unknown;
}

type Resolver = (
  parameters: Readonly<Record<string, string>>,
  body: Body,
) => {
  readonly branches: BranchSource;
  readonly body?: Body;
};

/** Throws GH_BAD_BODY or GH_BAD_TARGET when a name that decides has two readings. */
export function touchedBranches(
  operation: string,
  effect: Effect,
  parameters: Readonly<Record<string, string>>,
  json: unknown,
): Touched {
  if (effect === "read" || effect === "read-many" || effect === "write") {
    return { branches: { from: "none" }, json };
  }
  const resolver = effect === "branch-write" ? resolvers[operation] : undefined;
  if (!resolver) return { branches: { from: "all" }, json };
  if (json !== undefined && json !== null && (typeof json !== "object" || Array.isArray(json))) {
    refuse("it is not a JSON object");
  }
  const body = (json ?? {}) as Body;
  const { branches, body: rewritten } = resolver(parameters, body);
  return { branches, json: rewritten ?? json };
}

/** Operations with a resolver of their own; the others touch every branch. */
export function hasBranchResolver(operation: string): boolean {
  return Object.hasOwn(resolvers, operation);
}

const contents: Resolver = (_parameters, body) => optionalBranch(body, "branch");

const resolvers: Readonly<Record<string, Resolver>> = {
  "repos/create-or-update-file-contents": contents,
  "repos/delete-file": contents,
  "code-scanning/commit-autofix": (_parameters, body) => optionalBranch(body, "target_ref"),
  "git/create-ref": (_parameters, body) => {
    const ref = body.ref;
    if (typeof ref !== "string") return refuse("ref is not a string");
    const problem = refProblem(ref);
    if (problem !== undefined) return refuse(problem);
    return refs({ ref, change: "create", old: zeroOid, new: oid(body, "sha"), force: "no" });
  },
  "git/update-ref": (parameters, body) => {
    const force = body.force ?? false;
    if (typeof force !== "boolean") return refuse("force is neither true nor false");
    return refs({
      ref: pathRef(parameters),
      change: "update",
      new: oid(body, "sha"),
      force: force ? "yes" : "no",
    });
  },
  "git/delete-ref": (parameters) =>
    refs({ ref: pathRef(parameters), change: "delete", new: zeroOid, force: "no" }),
  "repos/merge": (_parameters, body) => requiredBranch(body, "base"),
  "repos/merge-upstream": (_parameters, body) => requiredBranch(body, "branch"),
  "repos/create-deployment": (_parameters, body) => {
    const ref = body.ref;
    const autoMerge = body.auto_merge ?? true;
    if (typeof autoMerge !== "boolean") return refuse("auto_merge is neither true nor false");
    // Only a branch can be merged into, but which of branch, tag and commit GitHub takes is not ours to guess.
    if (typeof ref === "string" && "problem" in readBranch(ref)) return { branches: { from: "all" } };
    return requiredBranch(body, "ref");
  },
  "repos/rename-branch": (parameters, body) => {
    const old = readBranch(parameters.branch ?? "");
    if ("problem" in old) throw new GateError("GH_BAD_TARGET", { why: old.problem });
    const { ref, name } = branchIn(body, "new_name");
    return {
      ...refs(
        { ref: old.ref, change: "delete", new: zeroOid, force: "no" },
        { ref, change: "create", old: zeroOid, force: "no" },
      ),
      body: { ...body, new_name: name },
    };
  },
  "pulls/merge": (parameters, body) => ({
    branches: { from: "pull-base", pull: Number(parameters.pull_number), ...claimedHead(body, "sha") },
  }),
  "pulls/update-branch": (parameters, body) => ({
    branches: {
      from: "pull-head",
      pull: Number(parameters.pull_number),
      ...claimedHead(body, "expected_head_sha"),
    },
  }),
};

function refs(...changes: RefChange[]): { branches: BranchSource } {
  return { branches: { from: "refs", refs: changes } };
}

/** Absent, null and empty mean the default branch; anything else must be one sound name. */
function optionalBranch(body: Body, key: string): { branches: BranchSource; body?: Body } {
  const value = body[key];
  if (value === undefined || value === null || value === "") {
    const rest = Object.entries(body).filter(([name]) => name !== key);
    return { branches: { from: "default-branch" }, body: Object.fromEntries(rest) };
  }
  return requiredBranch(body, key);
}

function requiredBranch(body: Body, key: string): { branches: BranchSource; body: Body } {
  const { ref, name } = branchIn(body, key);
  return { ...refs({ ref, change: "update", force: "no" }), body: { ...body, [key]: name } };
}

function branchIn(body: Body, key: string): { ref: string; name: string } {
  const value = body[key];
  if (typeof value !== "string") return refuse(`${key} is not a string`);
  const branch = readBranch(value);
  if ("problem" in branch) return refuse(branch.problem);
  return branch;
}

function pathRef(parameters: Readonly<Record<string, string>>): string {
  const ref = `refs/${parameters.ref ?? ""}`;
  const problem = refProblem(ref);
  if (problem !== undefined) throw new GateError("GH_BAD_TARGET", { why: problem });
  return ref;
}

function oid(body: Body, key: string): string {
  const value = body[key];
  if (typeof value !== "string" || !isOid(value))
    return refuse(`${key} is not a commit id of 40 lower-case hex digits`);
  return value;
}

function claimedHead(body: Body, key: string): { claimedHead?: string } {
  const value = body[key];
  if (value === undefined || value === null || value === "") return {};
  return { claimedHead: oid(body, key) };
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
