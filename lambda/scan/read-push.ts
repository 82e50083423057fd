// Reads a push before anybody decides about it: which commits and files it brings, and what is hidden in it.
import type { Oid, PushCommand } from "../model/action.ts";
import { zeroOid } from "../model/action.ts";
import type { ChangeSummary, FileChange, RefDiff } from "../model/change.ts";
import type { Masker } from "../model/masking.ts";
import type { EscrowObject } from "../model/ports.ts";
import type { MaskCount } from "../model/record.ts";
import { isWorkflowPath } from "../model/workflow-path.ts";
import { FileReader } from "./files.ts";
import type { Gained, Peeled } from "./history.ts";
import { History } from "./history.ts";
import type { ScanLimits } from "./limits.ts";
import { defaultScanLimits } from "./limits.ts";
import { CommitLister, tagSummaries } from "./listing.ts";
import type { PackIndex } from "./pack-index.ts";
import { indexPack } from "./pack-index.ts";
import { countUnreachable } from "./reach.ts";
import { SecretSearch } from "./secrets.ts";
import type { LookUp } from "./source.ts";
import { ObjectSource } from "./source.ts";
import { TouchedPaths } from "./touched.ts";
import type { TreeChange } from "./tree-diff.ts";
import { TreeDiffer } from "./tree-diff.ts";
import { badPack } from "./unsound.ts";
import type { IsTrusted } from "./workflows.ts";

export interface PushToRead {
  readonly push: { readonly commands: readonly PushCommand[] };
  /** Absent only when all commands are deletions. */
  readonly pack?: EscrowObject;
  readonly objects: LookUp;
  /** Whether the workflow files of a commit that GitHub has already run there, so that building on it changes none. */
  readonly hasKnownWorkflows: IsTrusted;
  readonly masker: Masker;
  readonly limits?: Partial<ScanLimits>;
  readonly isWorkflowPath?: (path: string) => boolean;
}

/** A summary whose diff lines are masked already; `maskChange` masks the rest. */
export interface PushReading extends ChangeSummary {
  readonly diffMasks: readonly MaskCount[];
}

/** Throws GH_BAD_PACK when the pack is not sound, GH_SCAN_UNAVAILABLE when it cannot be read in full. */
export async function readPush(args: PushToRead): Promise<PushReading> {
  const limits: ScanLimits = { ...defaultScanLimits, ...args.limits };
  const landing = args.push.commands.filter((command) => command.new !== zeroOid);
  if (args.pack === undefined && landing.length > 0)
    throw badPack("there is none, although refs would be set");
  const secrets = new SecretSearch(args.masker, limits);
  const pack = args.pack && (await indexPack(args.pack, limits, secrets));
  const reading = new Reading(args, pack, secrets, limits);
  await reading.touchedByCommits();
  const refs: RefDiff[] = [];
  for (const command of args.push.commands) refs.push(await reading.ref(command));
  return reading.summary(refs, landing);
}

class Reading {
  readonly #pack: PackIndex | undefined;
  readonly #secrets: SecretSearch;
  readonly #source: ObjectSource;
  readonly #history: History;
  readonly #trees: TreeDiffer;
  readonly #touched: TouchedPaths;
  readonly #files: FileReader;
  readonly #commits: CommitLister;
  readonly #hasKnownWorkflows: PushToRead["hasKnownWorkflows"];
  readonly #pathOf = new Map<Oid, string>();
  readonly #landing = new Set<Oid>();

  constructor(args: PushToRead, pack: PackIndex | undefined, secrets: SecretSearch, limits: ScanLimits) {
    const isWorkflow = args.isWorkflowPath ?? isWorkflowPath;
    this.#pack = pack;
    this.#hasKnownWorkflows = args.hasKnownWorkflows;
    this.#secrets = secrets;
    this.#source = new ObjectSource(pack, args.objects, limits);
    this.#history = new History(this.#source, limits);
    this.#trees = new TreeDiffer(this.#source, limits);
    this.#touched = new TouchedPaths(isWorkflow, limits);
    this.#commits = new CommitLister(limits);
    this.#files = new FileReader(this.#source, args.masker, limits, isWorkflow, (bytes) => {
      secrets.holdsAlready(bytes);
    });
  }

  /** Each commit against its first parent: what came and went on the way was still pushed. */
  async touchedByCommits(): Promise<void> {
    for (const { oid, type } of this.#pack?.objects() ?? []) {
      if (type !== "commit") continue;
      const commit = await this.#source.commit(oid);
      const parent = commit?.parents[0];
      const before = parent === undefined ? undefined : await this.#source.commit(parent);
      if (commit === undefined || (parent !== undefined && before === undefined))
        this.#touched.notEstablished();
      else await this.#compare(before?.tree, commit.tree);
    }
  }

  async ref(command: PushCommand): Promise<RefDiff> {
    this.#secrets.text(command.ref, { path: command.ref });
    const same = { ref: command.ref, old: command.old, new: command.new };
    if (command.new === zeroOid) return { ...same, commits: [], files: [], isFastForward: false };
    const peeled = await this.#history.peel(command.new);
    const tags = peeled.tags.length === 0 ? {} : { tags: tagSummaries(peeled.tags) };
    if (peeled.commit === undefined) {
      // A tree, a blob, or something that only GitHub knows: nothing to compare.
      this.#touched.notEstablished();
      return { ...same, ...tags, commits: [], files: [], isFastForward: "unknown" };
    }
    const gained = await this.#history.gained(peeled.commit);
    const old = command.old === zeroOid ? { tags: [] } : await this.#history.peel(command.old);
    const start = await this.#whereGitHubBegins(peeled.commit);
    const before = old.commit === undefined ? [] : [old.commit];
    if (start !== undefined && !(await this.#hasKnownWorkflows(start, before)))
      this.#touched.workflowsNotKnown();
    return {
      ...same,
      ...tags,
      commits: this.#commits.list(gained.commits),
      files: await this.#endToEnd(command, peeled.commit, old),
      isFastForward: await this.#isFastForward(command, old, gained),
    };
  }

  async #isFastForward(command: PushCommand, old: Peeled, gained: Gained): Promise<boolean | "unknown"> {
    if (old.commit === undefined && command.old !== zeroOid) return "unknown";
    return this.#history.isFastForward(command, old.commit ?? zeroOid, gained);
  }

  async #endToEnd(command: PushCommand, tip: Oid, old: Peeled): Promise<FileChange[]> {
    const fresh = await this.#source.commit(tip);
    if (command.old !== zeroOid && old.commit === undefined) this.#touched.notEstablished();
    const base = old.commit ?? (await this.#firstKnownParent(tip));
    const before = base === undefined ? undefined : await this.#source.commit(base);
    if (fresh === undefined || (base !== undefined && before === undefined)) {
      this.#touched.notEstablished();
      return [];
    }
    const changes = await this.#compare(before?.tree, fresh.tree);
    for (const change of changes) if (change.new !== undefined) this.#landing.add(change.new.oid);
    return this.#files.describe(changes);
  }

  /** The tip itself, when GitHub has it: commits can be made there without a push, and then no pack shows their files. */
  async #whereGitHubBegins(tip: Oid): Promise<Oid | undefined> {
    let at: Oid | undefined = tip;
    while (at !== undefined && this.#source.isInPack(at)) at = (await this.#source.commit(at))?.parents[0];
    return at;
  }

  /** For a new ref: the nearest commit that GitHub has; for a tip that GitHub has, its parent: its own change. */
  async #firstKnownParent(tip: Oid): Promise<Oid | undefined> {
    let at: Oid | undefined = tip;
    do at = (await this.#source.commit(at))?.parents[0];
    while (at !== undefined && this.#source.isInPack(at));
    return at;
  }

  /** In the order of their paths. */
  async #compare(old: Oid | undefined, fresh: Oid): Promise<TreeChange[]> {
    const changes: TreeChange[] = [];
    const isComplete = await this.#trees.diff(old, fresh, (change) => {
      changes.push(change);
      this.#touched.add(change.path);
      if (change.new === undefined || !this.#source.isInPack(change.new.oid)) return;
      if (!this.#pathOf.has(change.new.oid)) this.#pathOf.set(change.new.oid, change.path);
    });
    if (!isComplete) this.#touched.notEstablished();
    return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  async summary(refs: readonly RefDiff[], landing: readonly PushCommand[]): Promise<PushReading> {
    const touchedPaths = this.#touched.list();
    for (const path of touchedPaths) this.#secrets.text(path, { path });
    const found = this.#secrets.result(this.#pathOf, this.#landing);
    const objects = { commits: 0, trees: 0, blobs: 0, tags: 0 };
    for (const { type } of this.#pack?.objects() ?? []) objects[`${type}s`] += 1;
    const tips = landing.map((command) => command.new);
    return {
      refs: refs.map((ref) => ({ ...ref, files: flagged(ref.files, found) })),
      touchedPaths,
      touchesWorkflows: this.#touched.touchesWorkflows,
      ...found,
      objects,
      unreachableObjects: this.#pack ? await countUnreachable(this.#pack, this.#source, tips) : 0,
      isTruncated: ![this.#touched, this.#files, this.#commits, this.#secrets].every(
        (part) => part.isComplete,
      ),
      diffMasks: this.#files.masks,
    };
  }
}

function flagged(
  files: readonly FileChange[],
  found: Pick<ChangeSummary, "secrets" | "maskedValues">,
): FileChange[] {
  const secrets = new Set(found.secrets.map(({ oid }) => oid));
  const masked = new Set(found.maskedValues.map(({ oid }) => oid));
  return files.map((file) => ({
    ...file,
    flags: [
      ...file.flags,
      ...(file.newOid && secrets.has(file.newOid) ? (["secret"] as const) : []),
      ...(file.newOid && masked.has(file.newOid) ? (["masked-value"] as const) : []),
    ],
  }));
}
