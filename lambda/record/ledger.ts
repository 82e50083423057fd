// The ledger gives every record its place in this process's chain and makes it durable before anyone goes on.
import { setImmediate as nextTurn } from "node:timers/promises";
import { GateError, RecordExists } from "../model/errors.ts";
import type { Clock, Ids, RecordStore, SessionTouch } from "../model/ports.ts";
import { recordKey, recordVersion } from "../model/record.ts";
import type { ChainedRecord, NewRecord } from "../model/record.ts";
import { chained, genesis } from "./canonical.ts";
import { sessionTouch } from "./session-touch.ts";

/** DynamoDB items and SQLite transactions both stay small with this many records. */
const maxBatch = 100;
/** Past this many the store is not keeping up, and waiting longer would only fill memory. */
const maxWaiting = 10_000;

export interface Ledger {
  /**
   * Resolves when all of these records are durable; they succeed or fail together.
   * Throws RecordExists when a key is taken, else GateError GH_AUDIT_UNAVAILABLE.
   */
  write(records: readonly NewRecord[]): Promise<readonly ChainedRecord[]>;
}

interface Unit {
  readonly records: readonly NewRecord[];
  readonly atMs: number;
  resolve(written: readonly ChainedRecord[]): void;
  reject(error: Error): void;
}

interface Placed {
  readonly unit: Unit;
  readonly written: readonly ChainedRecord[];
}

interface Tip {
  readonly writer: string;
  readonly seq: number;
  readonly prev: string;
}

/** One writer: records that wait in the same moment share one `append` (group commit). */
export function createLedger(parts: {
  store: RecordStore;
  clock: Pick<Clock, "now">;
  ids: Pick<Ids, "next">;
  writerPrefix?: string;
}): Ledger {
  const { store, clock, ids, writerPrefix = "wrt" } = parts;
  const waiting: Unit[] = [];
  let waitingRecords = 0;
  let isPumping = false;
  let tip = freshTip();

  function freshTip(): Tip {
    return { writer: ids.next(writerPrefix), seq: 0, prev: genesis };
  }

  async function pump(): Promise<void> {
    isPumping = true;
    while (waiting.length > 0) {
      // Everything that arrives in this turn of the event loop shares the commit.
      await nextTurn();
      await commit(takeBatch());
    }
    isPumping = false;
  }

  function takeBatch(): Unit[] {
    let records = 0;
    let units = 0;
    for (const unit of waiting) {
      if (units > 0 && records + unit.records.length > maxBatch) break;
      records += unit.records.length;
      units += 1;
    }
    waitingRecords -= records;
    return waiting.splice(0, units);
  }

  /** Every round settles at least one unit, so it ends. Never throws. */
  async function commit(units: readonly Unit[]): Promise<void> {
    let left = units;
    while (left.length > 0) {
      const { placed, end } = place(left, tip);
      if (placed.length === 0) return;
      const batch = placed.flatMap(({ written }) => written);
      try {
        await store.append(batch, touchesOf(batch));
      } catch (error) {
        // Nobody knows how much of a failed batch a store kept; a chain that went on behind it could look cut.
        tip = freshTip();
        const taken = error instanceof RecordExists ? holderOf(error.key, placed) : undefined;
        if (taken === undefined) {
          for (const { unit } of placed) unit.reject(unavailable(error));
          return;
        }
        taken.unit.reject(error as RecordExists);
        left = placed.filter((each) => each !== taken).map(({ unit }) => unit);
        continue;
      }
      tip = end;
      for (const { unit, written } of placed) unit.resolve(written);
      return;
    }
  }

  return {
    write(records) {
      if (records.length === 0) return Promise.resolve([]);
      if (records.length > maxBatch) {
        return Promise.reject(new RangeError(`at most ${maxBatch} records are written together`));
      }
      if (waitingRecords + records.length > maxWaiting) {
        return Promise.reject(unavailable(new Error(`${waitingRecords} records are waiting already`)));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ records, atMs: clock.now(), resolve, reject });
        waitingRecords += records.length;
        if (!isPumping) void pump();
      });
    },
  };
}

/** Chains the units one behind the other. One that cannot be hashed fails alone and leaves no gap. */
function place(units: readonly Unit[], start: Tip): { placed: Placed[]; end: Tip } {
  const placed: Placed[] = [];
  let end = start;
  for (const unit of units) {
    let tip = end;
    const written: ChainedRecord[] = [];
    try {
      for (const record of unit.records) {
        const link = chained({ ...record, ...tip, v: recordVersion, atMs: unit.atMs });
        written.push(link);
        tip = { writer: tip.writer, seq: tip.seq + 1, prev: link.hash };
      }
    } catch (error) {
      unit.reject(unavailable(error));
      continue;
    }
    placed.push({ unit, written });
    end = tip;
  }
  return { placed, end };
}

/** The last holder: of two that came with one key, the first keeps it. */
function holderOf(key: string, placed: readonly Placed[]): Placed | undefined {
  return placed.findLast(({ written }) => written.some(({ record }) => recordKey(record) === key));
}

function touchesOf(batch: readonly ChainedRecord[]): SessionTouch[] {
  return batch.map(({ record }) => sessionTouch(record)).filter((touch) => touch !== undefined);
}

function unavailable(cause: unknown): GateError {
  return new GateError("GH_AUDIT_UNAVAILABLE", {}, { cause });
}
