// Which refs a GraphQL mutation changes: one reading per mutation; without one it touches every branch.
import { zeroOid, type MutationField, type RefChange, type Repository } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { GitHubFacts, NodeFacts, PullFacts } from "../model/ports.ts";
import { asked, branchHead, headOf, headRepository, pullOf } from "./look-ups.ts";
import { isOid, readBranch, refProblem } from "./ref-name.ts";

type Input = Readonly<Record<string, unknown>>;

export interface Write {
  /** Undefined: every branch may be touched. */
  readonly refs?: readonly RefChange[];
  /** With the guards that make GitHub check our view again, and names in the one form that we decided on. */
  readonly input: Input;
  /** Where the refs are, if not in the repository that the nodes lie in: a fork. */
  readonly repository?: Repository;
  readonly paths?: readonly string[];
  /** For the reviewer: pull request, head, base. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface Known {
  readonly repository: Repository;
  readonly nodes: ReadonlyMap<string, NodeFacts>;
  readonly facts: GitHubFacts;
}

type Reader = (field: MutationField, known: Known) => Write | Promise<Write>;

/** Throws GH_BAD_BODY for an input that leaves open what would change. */
export function writeOf(field: MutationField, known: Known): Promise<Write> {
  const reader = Object.hasOwn(readers, field.name) ? readers[field.name] : undefined;
  return Promise.resolve(reader === undefined ? { input: field.input } : reader(field, known));
}

export function hasReader(mutation: string): boolean {
  return Object.hasOwn(readers, mutation);
}

const readers: Readonly<Record<string, Reader>> = {
  createCommitOnBranch: ({ input }, { repository, nodes }) => {
    const { id, branchName } = fieldsOf(input.branch);
    const { ref, name } =
      typeof id === "string" ? branchNamed(refNamed(id, nodes)) : branchNamed(text(branchName, "branchName"));
    const head = input.expectedHeadOid;
    if (head !== undefined && head !== null) oid(head, "expectedHeadOid");
    return {
      refs: [{ ref, change: "update", force: "no" }],
      input: { ...input, branch: { repositoryNameWithOwner: repository.fullName, branchName: name } },
      paths: pathsIn(input.fileChanges),
      parameters: { branch: name },
    };
  },
  createRef: ({ input }) => {
    const ref = qualified(input.name);
    return {
      refs: [{ ref, change: "create", old: zeroOid, new: oid(input.oid, "oid"), force: "no" }],
      input,
    };
  },
  updateRef: ({ input }, { nodes }) => {
    const force = flag(input.force, "force") ? "yes" : "no";
    const ref = qualified(refNamed(input.refId, nodes));
    return { refs: [{ ref, change: "update", new: oid(input.oid, "oid"), force }], input };
  },
  deleteRef: ({ input }, { nodes }) => ({
    refs: [{ ref: qualified(refNamed(input.refId, nodes)), change: "delete", new: zeroOid, force: "no" }],
    input,
  }),
  updateRefs: async ({ input }, { repository, facts }) => {
    const updates = input.refUpdates;
    if (!Array.isArray(updates) || updates.length === 0 || updates.length > 100)
      return refuse("refUpdates is not a list of 1 to 100 updates");
    const refs: RefChange[] = [];
    const guarded: Input[] = [];
    for (const update of updates.map(fieldsOf)) {
      const ref = qualified(update.name);
      const after = update.afterOid === zeroOid ? zeroOid : oid(update.afterOid, "afterOid");
      const force = flag(update.force, "force") ? "yes" : "no";
      const now = (await asked(`where ${ref} stands`, () => facts.ref(repository, ref))) ?? zeroOid;
      const change = after === zeroOid ? "delete" : now === zeroOid ? "create" : "update";
      refs.push({ ref, change, old: now, new: after, force });
      const before = update.beforeOid ?? now;
      guarded.push({ ...update, beforeOid: before === zeroOid ? zeroOid : oid(before, "beforeOid") });
    }
    return { refs, input: { ...input, refUpdates: guarded } };
  },
  mergeBranch: async ({ input }, { repository, facts }) => {
    const { ref, name } = branchNamed(text(input.base, "base"));
    const head = text(input.head, "head");
    const gains = isOid(head) ? head : await branchHead(head, repository, facts);
    if (gains === undefined) throw new GateError("GH_NOT_FOUND", { what: "branch to merge" });
    const commitMessage = input.commitMessage ?? `Merge ${head} into ${name}`;
    return {
      refs: [{ ref, change: "update", gains, force: "no" }],
      input: { ...input, base: name, head: gains, commitMessage },
      parameters: { head: head.slice(0, 1_024), head_sha: gains },
    };
  },
  mergePullRequest: intoBase,
  enqueuePullRequest: intoBase,
  enablePullRequestAutoMerge: intoBase,
  updatePullRequestBranch: async ({ input }, known) => {
    const pull = await pullNamed(input.pullRequestId, known);
    const repository = await headRepository(pull, known.repository, known.facts);
    const expected = claimed(input.expectedHeadOid) ?? pull.headOid;
    const gains = await headOf(pull.baseRef, known.repository, known.facts);
    const merges = gains === undefined || input.updateMethod === "REBASE" ? {} : { gains };
    const force = input.updateMethod === "REBASE" ? "yes" : "no";
    const ref = `refs/heads/${pull.headRef}`;
    return {
      refs: [{ ref, change: "update", old: pull.headOid, ...merges, force }],
      input: { ...input, expectedHeadOid: expected },
      repository,
      parameters: told(pull, expected),
    };
  },
  createLinkedBranch: ({ input }) => {
    const commit = oid(input.oid, "oid");
    // GitHub makes up a name from the title: that could be any branch.
    if (input.name === undefined || input.name === null) return { input };
    const { ref, name } = branchNamed(text(input.name, "name"));
    return {
      refs: [{ ref, change: "create", old: zeroOid, new: commit, force: "no" }],
      input: { ...input, name },
    };
  },
  createDeployment: async ({ input }, { nodes, repository, facts }) => {
    flag(input.autoMerge, "autoMerge");
    const ref = refNamed(input.refId, nodes);
    if (!ref.startsWith("refs/heads/")) return { input };
    const gains = await headOf(repository.defaultBranch, repository, facts);
    return {
      refs: [{ ref, change: "update", ...(gains === undefined ? {} : { gains }), force: "no" }],
      input,
    };
  },
};

async function intoBase({ input }: MutationField, known: Known): Promise<Write> {
  const pull = await pullNamed(input.pullRequestId, known);
  const gains = claimed(input.expectedHeadOid) ?? pull.headOid;
  return {
    refs: [{ ref: `refs/heads/${pull.baseRef}`, change: "update", gains, force: "no" }],
    input: { ...input, expectedHeadOid: gains },
    parameters: told(pull, gains),
  };
}

function told(pull: PullFacts, head: string): Record<string, string> {
  return { pull_number: String(pull.number), base: pull.baseRef, head: pull.headRef, head_sha: head };
}

async function pullNamed(id: unknown, { nodes, repository, facts }: Known): Promise<PullFacts> {
  const node = nodes.get(text(id, "pullRequestId"));
  if (node?.type !== "PullRequest" || node.number === undefined)
    return refuse("pullRequestId does not name a pull request");
  return pullOf(node.number, repository, facts);
}

function refNamed(id: unknown, nodes: ReadonlyMap<string, NodeFacts>): string {
  const node = nodes.get(text(id, "an id"));
  if (node?.type !== "Ref" || node.ref === undefined) return refuse("an id does not name a ref");
  return node.ref;
}

function branchNamed(name: string): { readonly ref: string; readonly name: string } {
  const branch = readBranch(name);
  return "problem" in branch ? refuse(branch.problem) : branch;
}

function qualified(name: unknown): string {
  const ref = text(name, "name");
  const problem = refProblem(ref);
  return problem === undefined ? ref : refuse(problem);
}

/** As a path of REST: one that folds into another names two files. */
function pathsIn(changes: unknown): string[] {
  const { additions = [], deletions = [] } = fieldsOf(changes ?? {});
  const list = [additions ?? [], deletions ?? []].flatMap((one) =>
    Array.isArray(one) ? (one as unknown[]) : refuse("additions or deletions is not a list"),
  );
  return list.map((one) => {
    const path = text(fieldsOf(one).path, "path");
    const isOdd = path.includes("\\") || /\p{Cc}/u.test(path);
    if (isOdd || path.split("/").some((part) => part === "" || part === "." || part === ".."))
      return refuse("a file's path has an empty part, a dot segment, a backslash or a control character");
    return path;
  });
}

function claimed(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : oid(value, "expectedHeadOid");
}

function oid(value: unknown, key: string): string {
  if (typeof value !== "string" || !isOid(value))
    return refuse(`${key} is not a commit id of 40 lower-case hex digits`);
  return value;
}

function flag(value: unknown, key: string): boolean {
  if (value === undefined || value === null) return false;
  return typeof value === "boolean" ? value : refuse(`${key} is neither true nor false`);
}

function text(value: unknown, key: string): string {
  return typeof value === "string" ? value : refuse(`${key} is not a string`);
}

function fieldsOf(value: unknown): Input {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse("a part of the input is not an object");
  return value as Input;
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
