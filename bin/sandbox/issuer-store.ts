// Where the sandbox issuer keeps sessions, codes and tokens, so that a restart signs nobody out.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

export interface IssuerStore {
  readonly adapter: AdapterFactory;
  close(): void;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS item (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
    grant_id TEXT, user_code TEXT, uid TEXT, expires_at INTEGER,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_grant ON item (grant_id);
`;

export function openIssuerStore(dataDir: string, clock: () => number): IssuerStore {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, "issuer.sqlite"), { timeout: 5000 });
  database.exec(schema);
  database.prepare("DELETE FROM item WHERE expires_at < ?").run(clock());
  const find = (where: string) =>
    database.prepare(
      `SELECT payload FROM item WHERE model = ? AND ${where} AND (expires_at IS NULL OR expires_at > ?)`,
    );
  const byId = find("id = ?");
  const byUid = find("uid = ?");
  const byUserCode = find("user_code = ?");
  const put = database.prepare("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?)");
  const consume = database.prepare(
    "UPDATE item SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?",
  );
  const remove = database.prepare("DELETE FROM item WHERE model = ? AND id = ?");
  const revoke = database.prepare("DELETE FROM item WHERE model = ? AND grant_id = ?");

  const adapter = (model: string): Adapter => {
    const read = (statement: typeof byId, key: string): Promise<AdapterPayload | undefined> => {
      const row = statement.get(model, key, clock());
      return Promise.resolve(
        row === undefined ? undefined : (JSON.parse(String(row.payload)) as AdapterPayload),
      );
    };
    return {
      find: (id) => read(byId, id),
      findByUid: (uid) => read(byUid, uid),
      findByUserCode: (code) => read(byUserCode, code),
      upsert: (id, payload, expiresIn) => {
        const expiresAt = expiresIn === undefined ? null : clock() + expiresIn * 1000;
        const { grantId = null, userCode = null, uid = null } = payload;
        put.run(model, id, JSON.stringify(payload), grantId, userCode, uid, expiresAt);
        return Promise.resolve();
      },
      consume: (id) => {
        consume.run(Math.floor(clock() / 1000), model, id);
        return Promise.resolve();
      },
      destroy: (id) => {
        remove.run(model, id);
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => {
        revoke.run(model, grantId);
        return Promise.resolve();
      },
    };
  };
  return {
    adapter,
    close: () => {
      database.close();
    },
  };
}
