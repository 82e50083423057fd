// Checks one writer's chain: a record deleted, changed, moved or slipped in shows, whoever did it.
import type { ChainedRecord } from "../model/record.ts";
import { genesis, recordHash } from "./canonical.ts";

const maxFaults = 100;

export interface ChainFault {
  readonly fault:
    "changed" | "missing" | "out-of-place" | "unlinked" | "foreign" | "unreadable" | "truncated";
  /** Position at which it shows. */
  readonly seq: number;
  /** One sentence for a person. */
  readonly says: string;
}

export interface ChainReport {
  readonly writer: string | undefined;
  readonly records: number;
  /** Hash of the last record; 64 zeros for none. Kept elsewhere, it shows a cut end later. */
  readonly head: string;
  /** Empty when the chain is sound; at most 100. */
  readonly faults: readonly ChainFault[];
}

/**
 * Walks what one writer wrote, in its order. A chain proves only itself: an end cut off, or everything rewritten,
 * shows only against an `expected` head, noted earlier and kept outside the store.
 */
export async function verifyChain(
  records: AsyncIterable<ChainedRecord> | Iterable<ChainedRecord>,
  expected?: { readonly records: number; readonly head: string },
): Promise<ChainReport> {
  const faults: ChainFault[] = [];
  let writer: string | undefined;
  let count = 0;
  let next = 0;
  let head = genesis;
  let headThen = expected?.records === 0 ? genesis : undefined;
  try {
    for await (const link of records) {
      writer ??= link.record.writer;
      count += 1;
      const found = faultsOf(link, { writer, next, head });
      for (const fault of found) if (faults.length < maxFaults) faults.push(fault);
      next = link.record.seq + 1;
      head = link.hash;
      if (count === expected?.records) headThen = head;
    }
  } catch (error) {
    // What a tamperer left behind need not be JSON, and a damaged disk is not always silent.
    const why = error instanceof Error ? error.message : String(error);
    const says = `record ${next} cannot be read, nor what follows it: ${why}`;
    faults.push({ fault: "unreadable", seq: next, says });
  }
  if (expected !== undefined && headThen !== expected.head) {
    const says = `record ${expected.records - 1} should have the hash ${expected.head}; it is gone or another one`;
    faults.push({ fault: "truncated", seq: next, says });
  }
  return { writer, records: count, head, faults };
}

function faultsOf(
  link: ChainedRecord,
  at: { readonly writer: string; readonly next: number; readonly head: string },
): ChainFault[] {
  const { record } = link;
  const { seq } = record;
  const faults: ChainFault[] = [];
  if (hashOrUndefined(link) !== link.hash) {
    faults.push({ fault: "changed", seq, says: `record ${seq} is not the one that was hashed` });
  }
  if (record.writer !== at.writer) {
    faults.push({ fault: "foreign", seq, says: `record ${seq} belongs to writer ${record.writer}` });
  } else if (seq > at.next) {
    const gap = seq - at.next === 1 ? `record ${at.next} is` : `records ${at.next} to ${seq - 1} are`;
    faults.push({ fault: "missing", seq: at.next, says: `${gap} missing` });
  } else if (seq < at.next) {
    faults.push({ fault: "out-of-place", seq, says: `record ${seq} stands where ${at.next} belongs` });
  } else if (record.prev !== at.head) {
    faults.push({ fault: "unlinked", seq, says: `record ${seq} does not follow the one before it` });
  }
  return faults;
}

/** A record so damaged that it has no canonical form counts as changed. */
function hashOrUndefined(link: ChainedRecord): string | undefined {
  try {
    return recordHash(link.record);
  } catch {
    return undefined;
  }
}
