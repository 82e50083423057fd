// The one SQLite file of a gateway on one machine: opened so that a commit survives a power cut, and kept up to date.
import { DatabaseSync } from "node:sqlite";
import { migrations } from "./migrations.ts";

/** https://sqlite.org/rescode.html: SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE. */
const duplicates = new Set([1555, 2067]);

export interface OpenDatabase {
  readonly file: string;
  readonly isReadOnly?: boolean;
  /** How long a statement waits for another process's write. It blocks this process meanwhile. */
  readonly busyTimeoutMs?: number;
}

/** Opens or creates the file and brings its tables up to date. Throws when a newer Gatehouse wrote it. */
export function openDatabase({ file, isReadOnly = false, busyTimeoutMs = 2000 }: OpenDatabase): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: isReadOnly, timeout: busyTimeoutMs });
  try {
    // FULL: in WAL mode only this syncs every commit (https://sqlite.org/pragma.html#pragma_synchronous).
    if (!isReadOnly) db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec("PRAGMA trusted_schema = OFF;");
    migrate(db, file, isReadOnly);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: DatabaseSync, file: string, isReadOnly: boolean): void {
  const found = Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (found > migrations.length) {
    throw new Error(
      `${file} has format ${found}, written by a newer Gatehouse; this one reads up to ${migrations.length}. ` +
        "Nothing was changed. Use the newer version, or another data folder.",
    );
  }
  if (isReadOnly) {
    if (found === migrations.length) return;
    throw new Error(
      `${file} has format ${found}, an older one. Start the gateway once, so that it is updated.`,
    );
  }
  for (const [at, sql] of migrations.entries()) {
    if (at < found) continue;
    transaction(db, () => {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${at + 1}`);
    });
  }
}

/** All of it or none of it, durable when it returns. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // On a full disk SQLite may have rolled back by itself.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** SQLite answers at once; the ports speak in promises, and a failure must be a rejection. */
export function promised<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** The column whose uniqueness was violated ("records.key"), or undefined for any other error. */
export function duplicateKey(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error) || !("message" in error))
    return undefined;
  if (!duplicates.has(Number(error.errcode))) return undefined;
  return /: ([a-z_.]+)/.exec(String(error.message))?.[1] ?? "";
}
