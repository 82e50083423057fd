// How many records a second the ledger makes durable, against bare one-row SQLite commits with the same safety, in one run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NewRecord } from "../lambda/model/record.ts";
import { createClock } from "../lambda/platform/clock.ts";
import { openDatabase } from "../lambda/platform/local/database.ts";
import { createIds } from "../lambda/platform/ids.ts";
import { createRecordStore } from "../lambda/platform/local/record-store.ts";
import { createLedger } from "../lambda/record/ledger.ts";

const forMs = 2_000;
const ids = createIds();

function intent(): NewRecord {
  return {
    kind: "intent",
    entry: ids.next("req"),
    session: "ses_bench",
    caller: {
      subject: "https://idp.example#alice",
      login: "alice",
      teams: ["engineering"],
      client: "git/2.50.1",
      proof: "session-token",
      remoteAddress: "127.0.0.1",
      labels: {},
    },
    action: {
      surface: "rest",
      operation: "repos/get-content",
      title: "Get repository content",
      effect: "read",
      repository: "acme/app",
      refs: [],
      paths: ["README.md"],
      parameters: { path: "README.md" },
    },
    verdict: { is: "allow", rules: ["team-reads"], reason: "", policyHash: "0", masks: [], protection: [] },
    request: { method: "GET", path: "/repos/acme/app/contents/README.md" },
  };
}

/** Bare SQLite: the record's JSON in a table with one key, one commit each. */
function bareRate(folder: string): number {
  const db = new DatabaseSync(join(folder, "bare.db"));
  db.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (k TEXT PRIMARY KEY, json TEXT) STRICT",
  );
  const insert = db.prepare("INSERT INTO t VALUES (?, ?)");
  const endMs = Date.now() + forMs;
  let rows = 0;
  for (; Date.now() < endMs; rows += 1) insert.run(ids.next("req"), JSON.stringify(intent()));
  db.close();
  return rows / (forMs / 1000);
}

/** The ledger with this many callers, each waiting for its record before it writes the next. */
async function ledgerRate(folder: string, callers: number): Promise<number> {
  const db = openDatabase({ file: join(folder, `ledger-${callers}.db`) });
  const ledger = createLedger({ store: createRecordStore(db), clock: createClock(), ids });
  const endMs = Date.now() + forMs;
  let records = 0;
  const caller = async (): Promise<void> => {
    while (Date.now() < endMs) {
      await ledger.write([intent()]);
      records += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  db.close();
  return records / (forMs / 1000);
}

const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
try {
  const bare = bareRate(folder);
  const line = (name: string, rate: number): void => {
    const ratio = (rate / bare).toFixed(2);
    console.log(`${name.padEnd(44)} ${Math.round(rate).toString().padStart(7)} /s   ${ratio} x bare`);
  };
  line("bare SQLite, one row per synced commit", bare);
  for (const callers of [1, 16, 128]) {
    line(`ledger, ${callers} at once (hashed, chained, indexed)`, await ledgerRate(folder, callers));
  }
} finally {
  await rm(folder, { recursive: true });
}
