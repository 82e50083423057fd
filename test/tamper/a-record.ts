// A data folder with two finished runs of a gateway in it, and ways to tamper with a copy as somebody with the disk could.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { verifyFolder } from "../../bin/local/verify.ts";
import type { RecordReport } from "../../lambda/flow/verify.ts";
import type { BodyCommitment, GateRecord, NewRecord } from "../../lambda/model/record.ts";
import { openLocalPlatform, type LocalPlatform } from "../../lambda/platform/local/platform.ts";
import { createBodyRecorder } from "../../lambda/record/body-recorder.ts";
import { recordHash } from "../../lambda/record/canonical.ts";
import { createLedger } from "../../lambda/record/ledger.ts";
import { outcome, started } from "../record/records.ts";

export interface Evidence {
  readonly folder: string;
  /** Both writers, the longer first: 7 and 3 records. */
  readonly writers: readonly [string, string];
  /** A fresh copy to tamper with. */
  copy(): Promise<string>;
  discard(): Promise<void>;
}

const entries = ["req_aa", "req_bb", "req_cc"];

export async function writeEvidence(): Promise<Evidence> {
  const home = await mkdtemp(join(tmpdir(), "gatehouse-tamper-"));
  const folder = join(home, "original");
  const platform = await openLocalPlatform(folder, {
    onApproved: () => Promise.resolve(),
    onDue: () => Promise.resolve(undefined),
    onGivenUp: () => undefined,
  });
  const first = await run(platform, entries);
  const second = await run(platform, ["req_dd"]);
  await platform.close();
  let copies = 0;
  return {
    folder,
    writers: [first, second],
    copy: async () => {
      const place = join(home, `copy-${(copies += 1)}`);
      await cp(folder, place, { recursive: true });
      return place;
    },
    discard: () => rm(home, { recursive: true, force: true }),
  };
}

/** One life of a gateway: its start, and each entry's intent and outcome with a body. Returns the writer. */
async function run(platform: LocalPlatform, names: readonly string[]): Promise<string> {
  const ledger = createLedger({ store: platform.records, clock: platform.clock, ids: platform.ids });
  const [start] = await ledger.write([started()]);
  for (const entry of names) {
    await ledger.write([intent(entry)]);
    const bodies = [await body(platform, `${entry}/response`, `the answer to ${entry}`)];
    await ledger.write([{ ...outcome(entry), bodies } as NewRecord]);
  }
  return start?.record.writer ?? "";
}

function body(platform: LocalPlatform, name: string, text: string): Promise<BodyCommitment> {
  const masker = {
    stream: () => ({ push: (bytes: Uint8Array) => bytes, end: () => new Uint8Array(0), counts: () => [] }),
  };
  const recorder = createBodyRecorder({
    name,
    mediaType: "text/plain",
    kind: "text",
    masker,
    limit: 1_000,
    bodies: platform.bodies,
    ids: platform.ids,
  });
  recorder.push(Buffer.from(text));
  return recorder.finish();
}

function intent(entry: string): NewRecord {
  return {
    kind: "intent",
    entry,
    session: "ses_aaaa",
    caller: {
      subject: "https://issuer.test#1",
      login: "alice",
      teams: [],
      client: "git",
      proof: "session-token",
      remoteAddress: "127.0.0.1",
      labels: {},
    },
    action: {
      surface: "rest",
      operation: "repos/get",
      title: "Get a repository",
      effect: "read",
      refs: [],
      paths: [],
      parameters: {},
    },
    verdict: { is: "allow", rules: [], reason: "", policyHash: "", masks: [], protection: [] },
    request: { method: "GET", path: "/repos/acme/app" },
  };
}

export function tamper(folder: string, sql: string, ...values: SQLInputValue[]): void {
  const db = new DatabaseSync(join(folder, "gatehouse.db"));
  try {
    const { changes } = db.prepare(sql).run(...values);
    if (Number(changes) === 0) throw new Error("this changed nothing, so it would prove nothing");
  } finally {
    db.close();
  }
}

/** Changes a record; with `isRehashed` its hash is made to fit, as a careful forger would. */
export function forge(
  folder: string,
  at: { readonly writer: string; readonly seq: number },
  change: (record: GateRecord) => unknown,
  { isRehashed }: { readonly isRehashed: boolean },
): void {
  const db = new DatabaseSync(join(folder, "gatehouse.db"));
  const row = db
    .prepare("SELECT json, hash FROM records WHERE writer = ? AND seq = ?")
    .get(at.writer, at.seq);
  db.close();
  const record = change(JSON.parse(String(row?.json)) as GateRecord) as GateRecord;
  const hash = isRehashed ? recordHash(record) : String(row?.hash);
  const sql = "UPDATE records SET json = ?, hash = ? WHERE writer = ? AND seq = ?";
  tamper(folder, sql, JSON.stringify(record), hash, at.writer, at.seq);
}

export interface Found {
  readonly isSound: boolean;
  /** `seq: sentence`, one each. */
  readonly faults: readonly string[];
  readonly report: RecordReport;
}

export async function verified(folder: string, against?: string): Promise<Found> {
  const { text, isSound } = await verifyFolder({
    data: folder,
    json: true,
    ...(against === undefined ? {} : { against }),
  });
  const report = JSON.parse(text) as RecordReport;
  return { isSound, report, faults: report.faults.map(({ seq, says }) => `${seq}: ${says}`) };
}
