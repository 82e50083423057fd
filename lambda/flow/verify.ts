// The whole record, checked offline: every chain, every body that is there, and that no outcome stands without its intent.
import type { BodyStore, RecordStore } from "../model/ports.ts";
import type { BodyCommitment, ChainedRecord, GateRecord } from "../model/record.ts";
import { isCommittedBody, readBody } from "../record/read-body.ts";
import { verifyChain } from "../record/verify-chain.ts";

/** Where a writer's chain ended. Noted outside the store, it shows later that an end was cut off. */
export interface Head {
  readonly writer: string;
  readonly records: number;
  readonly head: string;
}

export interface RecordFault {
  readonly writer: string;
  readonly seq: number;
  /** One sentence for a person. */
  readonly says: string;
}

export interface RecordReport {
  readonly writers: readonly Head[];
  readonly records: number;
  readonly bodies: number;
  /** Calls that have no outcome yet: under way, or left by a crash until the gateway starts again. */
  readonly openEntries: number;
  /** Empty when nothing was found; at most 1,000. */
  readonly faults: readonly RecordFault[];
}

const maxFaults = 1_000;

interface Walk {
  readonly bodies: Pick<BodyStore, "get">;
  /** Entries of which only one half was seen so far. */
  readonly halves: Map<string, { readonly kind: "intent" | "outcome"; readonly at: Place }>;
  readonly faults: RecordFault[];
  records: number;
  bodyCount: number;
}
type Place = Pick<RecordFault, "writer" | "seq">;

/** `expected`: heads noted earlier, and kept where whoever can write the store cannot. */
export async function verifyRecord(
  store: {
    readonly records: Pick<RecordStore, "writers" | "chain">;
    readonly bodies: Pick<BodyStore, "get">;
  },
  expected: readonly Head[] = [],
): Promise<RecordReport> {
  const walk: Walk = { bodies: store.bodies, halves: new Map(), faults: [], records: 0, bodyCount: 0 };
  const writers: Head[] = [];
  for (const writer of await store.records.writers()) {
    const noted = expected.find((head) => head.writer === writer);
    const report = await verifyChain(watched(store.records.chain(writer), writer, walk), noted);
    for (const { seq, says } of report.faults) fault(walk, { writer, seq }, says);
    if (report.writer !== undefined && report.writer !== writer)
      fault(walk, { writer, seq: 0 }, `its records belong to writer ${report.writer}`);
    writers.push({ writer, records: report.records, head: report.head });
  }
  for (const { writer, records } of expected)
    if (records > 0 && !writers.some((found) => found.writer === writer))
      fault(walk, { writer, seq: 0 }, `all its records are gone; there were ${records}`);
  let openEntries = 0;
  for (const [entry, { kind, at }] of walk.halves) {
    if (kind === "intent") openEntries += 1;
    else fault(walk, at, `the outcome of ${entry} stands without its intent`);
  }
  const { records, bodyCount: bodies, faults } = walk;
  return { writers, records, bodies, openEntries, faults };
}

function fault({ faults }: Walk, { writer, seq }: Place, says: string): void {
  if (faults.length < maxFaults) faults.push({ writer, seq, says });
}

/** Passes the chain on, and looks into each record on the way. */
async function* watched(
  chain: AsyncIterable<ChainedRecord>,
  writer: string,
  walk: Walk,
): AsyncGenerator<ChainedRecord> {
  for await (const link of chain) {
    const at = { writer, seq: link.record.seq };
    walk.records += 1;
    pair(link.record, at, walk);
    for (const commitment of bodiesOf(link.record)) {
      walk.bodyCount += 1;
      const says = await bodyFault(commitment, walk.bodies);
      if (says !== undefined) fault(walk, at, says);
    }
    yield link;
  }
}

function pair(record: GateRecord, at: Place, { halves }: Walk): void {
  if (record.kind !== "intent" && record.kind !== "outcome") return;
  const half = halves.get(record.entry);
  if (half !== undefined && half.kind !== record.kind) halves.delete(record.entry);
  else halves.set(record.entry, { kind: record.kind, at });
}

function bodiesOf(record: GateRecord): readonly BodyCommitment[] {
  return record.kind === "outcome" || record.kind === "plan" ? record.bodies : [];
}

async function bodyFault(
  commitment: BodyCommitment,
  bodies: Pick<BodyStore, "get">,
): Promise<string | undefined> {
  const { name } = commitment;
  try {
    const body = await readBody(bodies, name);
    if (body === undefined) return `the body ${name} is gone`;
    return isCommittedBody(commitment, body) ? undefined : `the body ${name} is not the one committed to`;
  } catch {
    return `the body ${name} cannot be read`;
  }
}
