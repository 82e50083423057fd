// Small values of one sign-in, one console session or one linked account.
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { Clock, KeyedStore } from "../../model/ports.ts";
import { promised, transaction } from "./database.ts";
import { rowText } from "./rows.ts";
import type { Row } from "./rows.ts";

/** Each write sweeps a few expired ones, so the table stays as small as what is alive. */
const sweptPerWrite = 20;

export function createKeyedStore(db: DatabaseSync, clock: Pick<Clock, "now">): KeyedStore {
  const find = db.prepare("SELECT value, expires_at_ms FROM keyed WHERE key_hash = ?");
  const upsert = db.prepare(
    "INSERT INTO keyed VALUES (?, ?, ?) ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms",
  );
  const insert = db.prepare(
    "INSERT INTO keyed VALUES (?, ?, ?) ON CONFLICT (key_hash) DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms WHERE expires_at_ms <= ?",
  );
  const swap = db.prepare(
    "UPDATE keyed SET value = ?, expires_at_ms = ? WHERE key_hash = ? AND value = ? AND expires_at_ms > ?",
  );
  const take = db.prepare("DELETE FROM keyed WHERE key_hash = ? RETURNING value, expires_at_ms");
  const sweep = db.prepare(
    "DELETE FROM keyed WHERE key_hash IN (SELECT key_hash FROM keyed WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?)",
  );

  function alive(row: Row | undefined): string | undefined {
    return row !== undefined && Number(row.expires_at_ms) > clock.now() ? rowText(row, "value") : undefined;
  }

  return {
    get: (key) => promised(() => alive(find.get(hashed(key)))),
    put: (key, value, expiresAtMs) =>
      promised(() => {
        transaction(db, () => {
          sweep.run(clock.now(), sweptPerWrite);
          upsert.run(hashed(key), value, expiresAtMs);
        });
      }),
    putNew: (key, value, expiresAtMs) =>
      promised(() => {
        const { changes } = insert.run(hashed(key), value, expiresAtMs, clock.now());
        sweep.run(clock.now(), sweptPerWrite);
        return Number(changes) === 1;
      }),
    replace: (key, known, value, expiresAtMs) =>
      promised(() => {
        const { changes } = swap.run(value, expiresAtMs, hashed(key), known, clock.now());
        return Number(changes) === 1;
      }),
    take: (key) => promised(() => alive(take.get(hashed(key)))),
    remove: (key) =>
      promised(() => {
        take.get(hashed(key));
      }),
  };
}

/** Keys are often the secret in somebody's cookie: who reads the file must not be able to become them. */
function hashed(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
