// Reads a stored pack once, proves that it is sound, and then answers questions about its objects.
import type { Oid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import type { EscrowObject } from "../model/ports.ts";
import { PackBodies } from "./bodies.ts";
import { readEntries } from "./entries.ts";
import { Fsck } from "./fsck.ts";
import type { ScanLimits } from "./limits.ts";
import { PackFile } from "./pack-file.ts";
import type { ObjectType, PackTable } from "./pack-table.ts";
import { resolveDeltas } from "./resolve.ts";
import { badPack, unavailable, Unsound } from "./unsound.ts";
import type { ObjectVisitor } from "./visitor.ts";
import { nobody } from "./visitor.ts";
import { Work } from "./work.ts";

export interface PackObject {
  readonly type: ObjectType;
  readonly size: number;
  /** Absent for blobs that are too big to hold. */
  readonly bytes?: Bytes;
}

export interface PackIndex {
  readonly count: number;
  /** The place of an object, below `count`, or -1. */
  indexOf(oid: Oid): number;
  has(oid: Oid): boolean;
  typeOf(oid: Oid): ObjectType | undefined;
  sizeOf(oid: Oid): number | undefined;
  read(oid: Oid): Promise<PackObject | undefined>;
  objects(): Iterable<{ readonly oid: Oid; readonly type: ObjectType; readonly size: number }>;
}

/** Throws GH_BAD_PACK for what git would refuse too, GH_SCAN_UNAVAILABLE for what is beyond the limits. */
export async function indexPack(
  object: EscrowObject,
  limits: ScanLimits,
  visitor: ObjectVisitor = nobody,
): Promise<PackIndex> {
  if (object.bytes > limits.packBytes)
    throw unavailable(`it is ${object.bytes} bytes long; at most ${limits.packBytes} are read here`);
  const file = new PackFile(object);
  await file.header();
  await file.verifyTrailer();
  const work = new Work(object.bytes, limits);
  const fsck = new Fsck();
  const checked: ObjectVisitor = {
    whole(type, oid, bytes) {
      refusing(oid, () => {
        fsck.check(type, oid, bytes);
      });
      visitor.whole(type, oid, bytes);
    },
    streamed: () => visitor.streamed(),
  };
  const entries = await readEntries(file, limits, work, checked);
  const bodies = new PackBodies(file, entries.table, limits, work);
  await resolveDeltas(entries, bodies, limits, checked);
  entries.table.seal();
  // Questions have a budget of their own: the first reading may have used up most of the other.
  const answers = new PackBodies(file, entries.table, limits, new Work(object.bytes, limits));
  const index = packIndex(entries.table, answers, limits);
  for (const oid of fsck.gitmodules) {
    const blob = await index.read(oid);
    if (blob === undefined) continue;
    refusing(oid, () => {
      fsck.checkGitmodules(blob.bytes);
    });
  }
  return index;
}

function packIndex(table: PackTable, bodies: PackBodies, limits: ScanLimits): PackIndex {
  const found = (oid: Oid): number | undefined => {
    const index = table.find(oid);
    return index < 0 ? undefined : index;
  };
  return {
    count: table.count,
    indexOf: (oid) => table.find(oid),
    has: (oid) => found(oid) !== undefined,
    typeOf: (oid) => {
      const index = found(oid);
      return index === undefined ? undefined : table.type(index);
    },
    sizeOf: (oid) => {
      const index = found(oid);
      return index === undefined ? undefined : table.size(index);
    },
    async read(oid) {
      const index = found(oid);
      const type = index === undefined ? undefined : table.type(index);
      if (index === undefined || type === undefined) return undefined;
      const size = table.size(index);
      if (type === "blob" && size > limits.streamedFromBytes) return { type, size };
      return { type, size, bytes: await bodies.of(index) };
    },
    *objects() {
      for (let index = 0; index < table.count; index += 1) {
        const type = table.type(index);
        if (type !== undefined) yield { oid: table.oid(index), type, size: table.size(index) };
      }
    },
  };
}

function refusing(oid: Oid, check: () => void): void {
  try {
    check();
  } catch (cause) {
    if (cause instanceof Unsound) throw badPack(`object ${oid}: ${cause.message}`, cause);
    throw cause;
  }
}
