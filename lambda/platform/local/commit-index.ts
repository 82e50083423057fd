// Which entry brought a commit to GitHub, written with the outcome that says so.
import type { DatabaseSync } from "node:sqlite";
import type { Landing } from "../../model/ports.ts";
import type { GateRecord } from "../../model/record.ts";
import { rowText } from "./rows.ts";

export interface CommitIndex {
  /** Within the transaction that writes the record. */
  add(record: GateRecord): void;
  find(repository: string, prefix: string, limit: number): readonly Landing[];
}

export function createCommitIndex(db: DatabaseSync): CommitIndex {
  const insert = db.prepare("INSERT OR IGNORE INTO commits VALUES (?, ?, ?, ?)");
  // "g" follows every hex digit.
  const select = db.prepare(
    "SELECT oid, entry FROM commits WHERE repository = ? AND oid >= ? AND oid < ? || 'g' ORDER BY oid, at_ms, entry LIMIT ?",
  );
  return {
    add(record) {
      if (record.kind !== "outcome" || record.landed === undefined) return;
      const { repository, commits } = record.landed;
      for (const oid of commits) insert.run(repository.toLowerCase(), oid, record.atMs, record.entry);
    },
    find: (repository, prefix, limit) =>
      select
        .all(repository.toLowerCase(), prefix, prefix, limit)
        .map((row) => ({ commit: rowText(row, "oid"), entry: rowText(row, "entry") })),
  };
}
