// Records in SQLite: one transaction per batch, and the session index changed in the same step.
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { RecordExists } from "../../model/errors.ts";
import type { RecordStore } from "../../model/ports.ts";
import { recordKey } from "../../model/record.ts";
import type { ChainedRecord, GateRecord } from "../../model/record.ts";
import { createCommitIndex } from "./commit-index.ts";
import { duplicateKey, promised, transaction } from "./database.ts";
import { cursorOf } from "../cursor.ts";
import { pageOf, rowText, type Row } from "./rows.ts";
import { createSessionIndex } from "./session-index.ts";

/** How many records of a chain are read at once: `verify` walks millions without holding them. */
const chainStep = 500;

export function createRecordStore(db: DatabaseSync): RecordStore {
  const index = createSessionIndex(db);
  const commits = createCommitIndex(db);
  const insert = db.prepare(
    "INSERT INTO records (key, writer, seq, kind, entry, session, event, hash, json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const openEntry = db.prepare("INSERT INTO open_entries VALUES (?, ?)");
  const closeEntry = db.prepare("DELETE FROM open_entries WHERE entry = ?");
  const ofEntry = db.prepare("SELECT hash, json FROM records WHERE entry = ? ORDER BY n");
  const intents = db.prepare(
    "SELECT n, entry FROM records WHERE session = ? AND kind = 'intent' AND n > ? AND json_extract(json, '$.atMs') >= ? ORDER BY n LIMIT ?",
  );
  const orphans = db.prepare("SELECT entry FROM open_entries WHERE at_ms < ? ORDER BY at_ms LIMIT ?");
  const chain = db.prepare(
    "SELECT seq, hash, json FROM records WHERE writer = ? AND seq > ? ORDER BY seq LIMIT ?",
  );
  // A loose scan of the index: one look-up per writer, however many records each of them has.
  const writers = db.prepare(`
    WITH RECURSIVE found (writer) AS (
      SELECT min(writer) FROM records
      UNION ALL SELECT (SELECT min(writer) FROM records WHERE writer > found.writer) FROM found WHERE writer IS NOT NULL
    ) SELECT writer FROM found WHERE writer IS NOT NULL`);
  const lastEvent = db.prepare("SELECT json, hash FROM records WHERE event = ? ORDER BY n DESC LIMIT 1");

  function insertRecord({ record, hash }: ChainedRecord): void {
    const key = recordKey(record);
    const ofCall = record.kind === "event" ? undefined : record;
    const event = record.kind === "event" ? record.event : null;
    try {
      insert.run(
        key,
        record.writer,
        record.seq,
        record.kind,
        ofCall?.entry ?? null,
        ofCall?.session ?? null,
        event,
        hash,
        JSON.stringify(record),
      );
    } catch (error) {
      const column = duplicateKey(error);
      if (column === undefined) throw error;
      throw new RecordExists(column === "records.key" ? key : `${record.writer}/${record.seq}`);
    }
    if (record.kind === "intent") openEntry.run(record.entry, record.atMs);
    if (record.kind === "outcome") closeEntry.run(record.entry);
    commits.add(record);
  }

  return {
    append: (batch, touches) =>
      promised(() => {
        transaction(db, () => {
          for (const link of batch) insertRecord(link);
          for (const touch of touches) index.touch(touch);
        });
      }),
    entry: (entry) => promised(() => links(ofEntry, entry)),
    entriesOf: (session, { limit, after, fromMs = 0 }) =>
      promised(() => {
        const from = after === undefined ? fromMs : 0;
        const rows = intents.all(session, Number(cursorOf(after, 1)[0] ?? 0), from, limit + 1);
        return pageOf(
          rows,
          limit,
          (row) => rowText(row, "entry"),
          (row) => [Number(row.n)],
        );
      }),
    landings: (repository, prefix, limit) => promised(() => commits.find(repository, prefix, limit)),
    sessions: (filter, page) => promised(() => index.list(filter, page)),
    session: (session) => promised(() => index.card(session)),
    orphans: (beforeMs, limit) =>
      promised(() => orphans.all(beforeMs, limit).map((row) => rowText(row, "entry"))),
    async *chain(writer) {
      let after = -1;
      while (true) {
        const step = await promised(() => chain.all(writer, after, chainStep));
        // One by one: what stands before a damaged row can still be checked.
        for (const row of step) yield linkOf(row);
        const last = step.at(-1);
        if (step.length < chainStep || last === undefined) return;
        // The column, not the record's own number: a forged one must not send `verify` in circles.
        after = Number(last.seq);
      }
    },
    writers: () => promised(() => writers.all().map((row) => rowText(row, "writer"))),
    lastEvent: (event) => promised(() => links(lastEvent, event)[0]?.record),
  };
}

function links(statement: StatementSync, ...parameters: (string | number)[]): ChainedRecord[] {
  return statement.all(...parameters).map(linkOf);
}

function linkOf(row: Row): ChainedRecord {
  return { record: JSON.parse(rowText(row, "json")) as GateRecord, hash: rowText(row, "hash") };
}
