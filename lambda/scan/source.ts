// Where the objects of a comparison come from: the pack first, then GitHub, within a number of look-ups.
import type { Oid } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import { ByteCache } from "./byte-cache.ts";
import type { ScanLimits } from "./limits.ts";
import type { Commit, Tag, TreeEntry } from "./objects.ts";
import { parseCommit, parseTag, parseTree } from "./objects.ts";
import type { PackIndex } from "./pack-index.ts";
import { unavailable } from "./unsound.ts";

/** Raw content of an object at GitHub, without git's header; undefined when GitHub does not have it. Throws when it cannot tell. */
export type LookUp = (kind: "blob" | "tree" | "commit", oid: Oid) => Promise<Bytes | undefined>;

export type BlobContent =
  | { readonly is: "whole"; readonly bytes: Bytes }
  | { readonly is: "too-large"; readonly size: number }
  | { readonly is: "not-found" }
  | { readonly is: "not-asked" };

const parsedTreeBytes = 16 * 1024 * 1024;
const parsedCommitBytes = 4 * 1024 * 1024;
/** What one parsed entry takes, more or less. */
const entryWeight = 160;

export class ObjectSource {
  readonly pack: PackIndex | undefined;
  readonly #lookUp: LookUp;
  readonly #trees = new ByteCache<Oid, readonly TreeEntry[]>(parsedTreeBytes);
  readonly #commits = new ByteCache<Oid, Commit>(parsedCommitBytes);
  #lookUpsLeft: number;
  #blobLookUpsLeft: number;

  constructor(pack: PackIndex | undefined, lookUp: LookUp, limits: ScanLimits) {
    this.pack = pack;
    this.#lookUp = lookUp;
    this.#lookUpsLeft = limits.lookUps;
    this.#blobLookUpsLeft = limits.blobLookUps;
  }

  isInPack(oid: Oid): boolean {
    return this.pack?.has(oid) === true;
  }

  /** Undefined when neither side has it, or when no more look-ups are allowed: it is not established. */
  async commit(oid: Oid): Promise<Commit | undefined> {
    const cached = this.#commits.get(oid);
    if (cached !== undefined) return cached;
    const bytes = await this.#bytes("commit", oid);
    if (bytes === undefined) return undefined;
    const commit = parsed("commit", oid, () => parseCommit(bytes));
    this.#commits.set(oid, commit, 512 + 2 * bytes.length);
    return commit;
  }

  async tree(oid: Oid): Promise<readonly TreeEntry[] | undefined> {
    const cached = this.#trees.get(oid);
    if (cached !== undefined) return cached;
    const bytes = await this.#bytes("tree", oid);
    if (bytes === undefined) return undefined;
    const entries = parsed("tree", oid, () => parseTree(bytes));
    this.#trees.set(oid, entries, 64 + entries.length * entryWeight);
    return entries;
  }

  /** Annotated tags are read from the pack only: GitHub is not asked for them. */
  async tag(oid: Oid): Promise<Tag | undefined> {
    const read = await this.pack?.read(oid);
    const bytes = read?.type === "tag" ? read.bytes : undefined;
    return bytes === undefined ? undefined : parsed("tag", oid, () => parseTag(bytes));
  }

  async blob(oid: Oid): Promise<BlobContent> {
    const read = await this.pack?.read(oid);
    if (read !== undefined) {
      if (read.type !== "blob") return { is: "not-found" };
      return read.bytes === undefined
        ? { is: "too-large", size: read.size }
        : { is: "whole", bytes: read.bytes };
    }
    if (this.#blobLookUpsLeft <= 0) return { is: "not-asked" };
    this.#blobLookUpsLeft -= 1;
    const bytes = await this.#ask("blob", oid);
    return bytes === undefined ? { is: "not-found" } : { is: "whole", bytes };
  }

  async #bytes(kind: "tree" | "commit", oid: Oid): Promise<Bytes | undefined> {
    const read = await this.pack?.read(oid);
    if (read !== undefined) return read.type === kind ? read.bytes : undefined;
    if (this.#lookUpsLeft <= 0) return undefined;
    this.#lookUpsLeft -= 1;
    return this.#ask(kind, oid);
  }

  async #ask(kind: "blob" | "tree" | "commit", oid: Oid): Promise<Bytes | undefined> {
    try {
      return await this.#lookUp(kind, oid);
    } catch (cause) {
      if (cause instanceof GateError) throw cause;
      throw unavailable(`GitHub did not show the ${kind} ${oid}`, cause);
    }
  }
}

/** Objects of the pack were checked when it was indexed, so what fails here is GitHub's answer. */
function parsed<T>(kind: string, oid: Oid, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw unavailable(`the ${kind} ${oid} could not be understood`, cause);
  }
}
