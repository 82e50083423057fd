// First pass over a pack: every entry in order, its size checked, plain objects hashed and shown to the visitor.
import type { ScanLimits } from "./limits.ts";
import { inflateStreamed, inflateWhole } from "./inflate.ts";
import type { PackFile } from "./pack-file.ts";
import { headerBytes } from "./pack-file.ts";
import type { EntryHead, ObjectType } from "./pack-table.ts";
import { offsetDelta, PackTable, refDelta } from "./pack-table.ts";
import { badPack, unavailable } from "./unsound.ts";
import type { ObjectVisitor } from "./visitor.ts";
import { objectHash } from "./visitor.ts";
import type { Work } from "./work.ts";

export interface Entries {
  readonly table: PackTable;
  /** Base id → entries that are deltas against it. */
  readonly refDeltas: Map<string, number[]>;
}

/** The shortest entry: one byte of head and an empty zlib stream. */
const leastEntryBytes = 9;

export async function readEntries(
  file: PackFile,
  limits: ScanLimits,
  work: Work,
  visitor: ObjectVisitor,
): Promise<Entries> {
  const count = await file.header();
  if (count > limits.packObjects)
    throw unavailable(`it holds ${count} objects; at most ${limits.packObjects} are read here`);
  // Checked before anything is allocated for them.
  if (count * leastEntryBytes > file.end) throw badPack("it announces more objects than fit into it");
  const table = new PackTable(count);
  const refDeltas = new Map<string, number[]>();
  let offset = headerBytes;
  for (let index = 0; index < count; index += 1) {
    const head = await readHead(file, offset);
    table.addEntry(index, offset, head);
    const consumed =
      head.stored >= offsetDelta
        ? await readDelta(file, table, refDeltas, index, offset, head, limits, work)
        : await readPlain(file, table, index, head, limits, work, visitor);
    offset += head.headBytes + consumed;
    await work.pause();
  }
  if (offset !== file.end) throw badPack("bytes follow its last object");
  return { table, refDeltas };
}

async function readHead(file: PackFile, offset: number): Promise<EntryHead> {
  const bytes = await file.slice(offset, 48);
  let at = 0;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined) throw badPack("it ends in the middle of an object");
    at += 1;
    return byte;
  };
  let byte = next();
  const stored = (byte >> 4) & 7;
  let size = byte & 15;
  for (let shift = 4; byte & 0x80; shift += 7) {
    if (shift > 39) throw badPack("an object gives an impossible size");
    byte = next();
    size += (byte & 0x7f) * 2 ** shift;
  }
  if (stored === 0 || stored === 5) throw badPack(`it holds an object of the unknown type ${stored}`);
  if (stored === refDelta) {
    const id = bytes.subarray(at, at + 20);
    if (id.length !== 20) throw badPack("it ends in the middle of an object");
    return { stored, size, headBytes: at + 20, baseOid: Buffer.from(id).toString("hex") };
  }
  if (stored !== offsetDelta) return { stored, size, headBytes: at };
  byte = next();
  let distance = byte & 0x7f;
  while (byte & 0x80) {
    if (distance > 2 ** 40) throw badPack("a delta gives an impossible distance");
    byte = next();
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return { stored, size, headBytes: at, baseOffset: offset - distance };
}

async function readDelta(
  file: PackFile,
  table: PackTable,
  refDeltas: Map<string, number[]>,
  index: number,
  offset: number,
  head: EntryHead,
  limits: ScanLimits,
  work: Work,
): Promise<number> {
  holdable(head.size, limits);
  work.charge(head.size);
  if (head.baseOid !== undefined) {
    const waiting = refDeltas.get(head.baseOid);
    if (waiting) waiting.push(index);
    else refDeltas.set(head.baseOid, [index]);
  } else {
    const baseOffset = head.baseOffset ?? offset;
    const base = baseOffset < offset ? table.atOffset(baseOffset, index) : -1;
    if (base < 0) throw badPack("a delta points at something that is not an earlier object");
    table.setBase(index, base);
  }
  return (await inflateWhole(file, offset + head.headBytes, head.size)).consumed;
}

async function readPlain(
  file: PackFile,
  table: PackTable,
  index: number,
  head: EntryHead,
  limits: ScanLimits,
  work: Work,
  visitor: ObjectVisitor,
): Promise<number> {
  const type = plainTypes[head.stored - 1] ?? "blob";
  const hash = objectHash(type, head.size);
  if (type === "blob" && head.size > limits.streamedFromBytes) {
    const blob = visitor.streamed();
    const consumed = await inflateStreamed(file, table.dataOffset(index), head.size, async (chunk) => {
      work.charge(chunk.length);
      hash.update(chunk);
      blob.chunk(chunk);
      await work.pause();
    });
    table.setObject(index, type, head.size, hash.digest());
    blob.end(table.oid(index));
    return consumed;
  }
  holdable(head.size, limits);
  work.charge(head.size);
  const { bytes, consumed } = await inflateWhole(file, table.dataOffset(index), head.size);
  table.setObject(index, type, head.size, hash.update(bytes).digest());
  visitor.whole(type, table.oid(index), bytes);
  return consumed;
}

const plainTypes: readonly ObjectType[] = ["commit", "tree", "blob", "tag"];

/** Throws when an object that must be in memory as a whole is too big for that. */
export function holdable(bytes: number, limits: ScanLimits): void {
  if (bytes > limits.heldBytes)
    throw unavailable(
      `it needs an object of ${bytes} bytes held in memory, and ${limits.heldBytes} is the most; ` +
        "set core.bigFileThreshold to 1m, or use Git LFS for large files",
    );
}
