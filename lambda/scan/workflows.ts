// Which workflow files a commit holds, and whether GitHub holds just these in places that count already.
import type { Oid } from "../model/action.ts";
import { isWorkflowPath } from "../model/workflow-path.ts";
import { defaultScanLimits } from "./limits.ts";
import { treeMode } from "./objects.ts";
import { displayPath } from "./paths.ts";
import { ObjectSource, type LookUp } from "./source.ts";

export interface WorkflowTrust {
  readonly objects: LookUp;
  /** The default branch's head: its workflow files were agreed to. */
  readonly defaultHead: () => Promise<Oid | undefined>;
  /** Where the two histories parted. Undefined when that is not known. */
  readonly mergeBase: (defaultHead: Oid, commit: Oid) => Promise<Oid | undefined>;
}

/** `before`: where the ref that would move stands now, so that its workflow files run already. */
export type IsTrusted = (commit: Oid, before: readonly Oid[]) => Promise<boolean>;

/** A request may name a thousand commits; beyond these every one counts as bringing workflow files. */
const maxCommits = 50;

/**
 * Whether a ref may point to this commit, or gain it, without a change to workflow files. Commits and trees can be made
 * at GitHub without any ref (REST), and then no push shows what is in them. What cannot be established is "no".
 */
export function createWorkflowTrust(trust: WorkflowTrust): IsTrusted {
  const source = new ObjectSource(undefined, trust.objects, defaultScanLimits);
  const answers = new Map<string, Promise<boolean>>();
  let defaultHead: Promise<Oid | undefined> | undefined;

  const look: IsTrusted = async (commit, before) => {
    if (before.includes(commit)) return true;
    defaultHead ??= trust.defaultHead();
    const head = await defaultHead;
    if (head === commit) return true;
    const known = head === undefined ? before : [head, ...before];
    const [here, ...there] = await Promise.all([commit, ...known].map((oid) => workflowsAt(source, oid)));
    if (here === undefined) return false;
    if (there.includes(here)) return true;
    // An older state of the default branch: nothing was changed since the two parted.
    const base = head === undefined ? undefined : await trust.mergeBase(head, commit);
    return base !== undefined && (base === commit || (await workflowsAt(source, base)) === here);
  };
  return (commit, before) => {
    const key = [commit, ...before].join(" ");
    const asked = answers.get(key);
    if (asked !== undefined) return asked;
    if (answers.size >= maxCommits) return Promise.resolve(false);
    const answer = look(commit, before).catch(() => false);
    answers.set(key, answer);
    return answer;
  };
}

/** One text for one set of workflow files, in whatever spelling and kind; undefined when a part of it is not known. */
async function workflowsAt(source: ObjectSource, commit: Oid): Promise<string | undefined> {
  const tree = (await source.commit(commit))?.tree;
  const root = tree === undefined ? undefined : await source.tree(tree);
  if (root === undefined) return undefined;
  const found: string[] = [];
  for (const top of root) {
    const folder = displayPath(top.name).path;
    if (!isWorkflowPath(folder)) continue;
    // A link or a submodule in the folder's place.
    if (top.mode !== treeMode) found.push(`${top.mode} ${top.name} ${top.oid}`);
    const entries = top.mode === treeMode ? await source.tree(top.oid) : [];
    if (entries === undefined) return undefined;
    for (const { mode, name, oid } of entries)
      if (isWorkflowPath(`${folder}/${displayPath(name).path}`))
        found.push(`${mode} ${top.name}/${name} ${oid}`);
  }
  return found.join("\n");
}
