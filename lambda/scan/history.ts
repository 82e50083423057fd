// From a new tip back through the commits that the pack brings, to where GitHub's history begins.
import type { Oid, PushCommand } from "../model/action.ts";
import { zeroOid } from "../model/action.ts";
import type { ScanLimits } from "./limits.ts";
import type { Commit, Tag } from "./objects.ts";
import type { ObjectSource } from "./source.ts";
import { unavailable } from "./unsound.ts";

export interface GainedCommit {
  readonly oid: Oid;
  readonly commit: Commit;
}

export interface Gained {
  /** Newest first: no commit before one that is built on it. */
  readonly commits: readonly GainedCommit[];
  /** Parents that the pack does not hold, nearest first. */
  readonly boundary: readonly Oid[];
}

export interface Peeled {
  /** Annotated tags on the way, outermost first. */
  readonly tags: readonly Tag[];
  /** Undefined when it is not a commit, or nobody knows what it is. */
  readonly commit?: Oid;
}

const tagDepth = 10;
/** Commits of GitHub's that are looked at to tell a rewritten history from a continued one. */
const ancestryLookUps = 64;

export class History {
  readonly #source: ObjectSource;
  #visitsLeft: number;

  constructor(source: ObjectSource, limits: ScanLimits) {
    this.#source = source;
    this.#visitsLeft = limits.commitVisits;
  }

  /** Follows annotated tags to what they name. */
  async peel(oid: Oid): Promise<Peeled> {
    const tags: Tag[] = [];
    let at = oid;
    for (let tag = await this.#source.tag(at); tag !== undefined; tag = await this.#source.tag(at)) {
      tags.push(tag);
      at = tag.object;
      if (tags.length > tagDepth) return { tags };
    }
    return (await this.#source.commit(at)) === undefined ? { tags } : { tags, commit: at };
  }

  async gained(tip: Oid): Promise<Gained> {
    const commits = new Map<Oid, Commit>();
    const children = new Map<Oid, number>();
    const boundary = new Set<Oid>();
    const queue: Oid[] = [tip];
    const seen = new Set<Oid>(queue);
    // The queue grows while it is walked.
    for (const oid of queue) {
      const commit = this.#source.isInPack(oid) ? await this.#visit(oid) : undefined;
      if (commit === undefined) {
        boundary.add(oid);
        continue;
      }
      commits.set(oid, commit);
      for (const parent of new Set(commit.parents)) {
        children.set(parent, (children.get(parent) ?? 0) + 1);
        if (!seen.has(parent)) queue.push(parent);
        seen.add(parent);
      }
    }
    return { commits: newestFirst(tip, commits, children), boundary: [...boundary] };
  }

  async #visit(oid: Oid): Promise<Commit | undefined> {
    this.#visitsLeft -= 1;
    if (this.#visitsLeft < 0) throw unavailable("it brings too many commits; push fewer at a time");
    return this.#source.commit(oid);
  }

  /** Whether the new tip contains the old one. `tip` and `old` are commits. */
  async isFastForward(command: PushCommand, old: Oid, gained: Gained): Promise<boolean | "unknown"> {
    if (command.old === zeroOid) return true;
    if (gained.boundary.includes(old) || gained.commits.some(({ oid }) => oid === old)) return true;
    // A new root: no way leads to GitHub's history.
    if (gained.boundary.length === 0) return false;
    return this.#reaches(gained.boundary, old);
  }

  /**
   * Looks for `old` behind the boundary, and for the boundary behind `old`, one commit of each in turn.
   * History has no circles: what lies behind `old` cannot contain it.
   */
  async #reaches(boundary: readonly Oid[], old: Oid): Promise<boolean | "unknown"> {
    const behindOld = new Set<Oid>([old]);
    const behindBoundary = new Set<Oid>(boundary);
    const isOlder = (): boolean => boundary.every((oid) => behindOld.has(oid));
    const [forward, backward] = [[...boundary], [old]];
    let isForwardWhole = true;
    for (let lookUps = 0; lookUps < ancestryLookUps; lookUps += 1) {
      if (behindBoundary.has(old)) return true;
      if (isOlder()) return false;
      const side = lookUps % 2 === 0 ? forward : backward;
      const oid = side.shift();
      if (oid === undefined) {
        if (forward.length === 0) break;
        continue;
      }
      const commit = await this.#source.commit(oid);
      if (commit === undefined && side === forward) isForwardWhole = false;
      const seen = side === forward ? behindBoundary : behindOld;
      for (const parent of commit?.parents ?? []) {
        if (!seen.has(parent)) side.push(parent);
        seen.add(parent);
      }
    }
    if (behindBoundary.has(old)) return true;
    if (isOlder() || (forward.length === 0 && isForwardWhole)) return false;
    return "unknown";
  }
}

function newestFirst(
  tip: Oid,
  commits: ReadonlyMap<Oid, Commit>,
  children: Map<Oid, number>,
): GainedCommit[] {
  const ordered: GainedCommit[] = [];
  const ready: Oid[] = [tip];
  for (let oid = ready.pop(); oid !== undefined; oid = ready.pop()) {
    const commit = commits.get(oid);
    if (commit === undefined) continue;
    ordered.push({ oid, commit });
    for (const parent of new Set(commit.parents.toReversed())) {
      const left = (children.get(parent) ?? 1) - 1;
      children.set(parent, left);
      if (left === 0) ready.push(parent);
    }
  }
  return ordered;
}
