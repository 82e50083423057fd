// Stores that fail on demand, and a few records, for the tests of this room.
import { RecordExists } from "../../lambda/model/errors.ts";
import type { RecordStore, SessionTouch } from "../../lambda/model/ports.ts";
import { recordKey } from "../../lambda/model/record.ts";
import type { ChainedRecord, NewRecord } from "../../lambda/model/record.ts";

export interface MemoryStore extends Pick<RecordStore, "append"> {
  readonly records: ChainedRecord[];
  readonly touches: SessionTouch[];
  /** Sizes of the batches that were asked for, failed ones too. */
  readonly batches: number[];
  /** The next appends fail with these, in order; undefined lets one pass. */
  readonly failures: (Error | undefined)[];
  /** A failing append keeps this many records all the same, as a store without transactions may. */
  keptOnFailure: number;
}

export function memoryStore(): MemoryStore {
  const store: MemoryStore = {
    records: [],
    touches: [],
    batches: [],
    failures: [],
    keptOnFailure: 0,
    append(batch, touches) {
      store.batches.push(batch.length);
      const failure = store.failures.shift();
      if (failure !== undefined) {
        store.records.push(...batch.slice(0, store.keptOnFailure));
        return Promise.reject(failure);
      }
      const taken = new Set(store.records.map(({ record }) => recordKey(record)));
      for (const { record } of batch) {
        const key = recordKey(record);
        if (taken.has(key)) return Promise.reject(new RecordExists(key));
        taken.add(key);
      }
      store.records.push(...batch);
      store.touches.push(...touches);
      return Promise.resolve();
    },
  };
  return store;
}

export function full(store: MemoryStore): RecordStore {
  const none = (): never => {
    throw new Error("the ledger only appends");
  };
  return {
    append: (batch, touches) => store.append(batch, touches),
    entry: none,
    entriesOf: none,
    landings: none,
    sessions: none,
    session: none,
    orphans: none,
    chain: none,
    writers: none,
    lastEvent: none,
  };
}

export function started(details: Record<string, string> = {}): NewRecord {
  return { kind: "event", event: "started", details };
}

export function outcome(entry: string): NewRecord {
  return {
    kind: "outcome",
    entry,
    session: "ses_aaaa",
    result: "answered",
    status: 200,
    responseBytes: 0,
    bodies: [],
    refResults: [],
    timings: { total: 1 },
  };
}

/** Ids that count, so that a test can name them. */
export function countingIds(): { next(prefix: string): string } {
  let count = 0;
  return { next: (prefix) => `${prefix}_${(count += 1)}` };
}

export function byWriter(records: readonly ChainedRecord[]): ChainedRecord[][] {
  return [...Map.groupBy(records, ({ record }) => record.writer).values()];
}
