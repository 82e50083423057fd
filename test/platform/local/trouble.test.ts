// Trouble on one machine: a second gateway, a full disk, a locked database, damaged files, careless permissions.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../lambda/platform/local/database.ts";
import { openLocalPlatform, openLocalReader } from "../../../lambda/platform/local/platform.ts";
import type { LocalPlatform } from "../../../lambda/platform/local/platform.ts";
import { createRecordStore } from "../../../lambda/platform/local/record-store.ts";
import { createIds } from "../../../lambda/platform/ids.ts";
import { createLedger } from "../../../lambda/record/ledger.ts";
import { event, intent, outcome } from "../contract/samples.ts";
import { steeredClock } from "../steered-clock.ts";
import { scratchFolder } from "./scratch.ts";

let folder = "";
let open: LocalPlatform[] = [];

beforeEach(async () => {
  folder = await scratchFolder();
});
afterEach(async () => {
  for (const platform of open) await platform.close();
  open = [];
  await rm(folder, { recursive: true });
});

async function start(dataDir = folder): Promise<LocalPlatform> {
  const platform = await openLocalPlatform(dataDir, {
    clock: steeredClock(),
    onDue: () => Promise.resolve(undefined),
    onApproved: () => Promise.resolve(),
    onGivenUp: () => undefined,
    busyTimeoutMs: 0,
  });
  open.push(platform);
  return platform;
}

function ledgerOf(records: LocalPlatform["records"]): ReturnType<typeof createLedger> {
  return createLedger({ store: records, clock: steeredClock(), ids: createIds() });
}

describe("the data folder", () => {
  it("belongs to one gateway at a time, and the second hears which process has it", async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(
      `Another gateway (process ${process.pid}) is using the data folder`,
    );
    await first.close();
    await expect(start()).resolves.toBeDefined();
  });

  it("is free again when its gateway could not start", async () => {
    await mkdir(join(folder, "keys"));
    await writeFile(join(folder, "keys", "escrow.key"), "short", { mode: 0o600 });
    await expect(start()).rejects.toThrow("is not a key of 32 bytes");
    await rm(join(folder, "keys", "escrow.key"));
    await expect(start()).resolves.toBeDefined();
  });

  it("is made, and closed to others, together with what is in it", async () => {
    const made = join(folder, "a", "b");
    await start(made);
    expect((await stat(made)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(made, "keys"))) {
      expect((await stat(join(made, "keys", name))).mode & 0o777).toBe(0o600);
    }
  });

  it("is closed to the group when it was open, and refused when everybody may write to it", async () => {
    await chmod(folder, 0o770);
    await start();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const shared = join(folder, "shared");
    await mkdir(shared);
    await chmod(shared, 0o777);
    await expect(start(shared)).rejects.toThrow("Everybody on this machine may write");
  });

  it("is refused when it is a file", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(start(file)).rejects.toThrow(`${file} is not a folder`);
  });

  it("is refused at once where nothing can be made, and does not look for a way for ever", async () => {
    await expect(start("/proc/gatehouse/data")).rejects.toThrow(/ENOENT|EROFS|EACCES/);
  });

  it("with a key that others may read is refused, with what to do", async () => {
    const platform = await start();
    await platform.close();
    const key = join(folder, "keys", "session-token.jwk");
    await chmod(key, 0o640);
    await expect(start()).rejects.toThrow(`chmod 600 ${key}`);
  });

  it("with a broken signing key is refused without quoting it", async () => {
    await mkdir(join(folder, "keys"));
    await writeFile(join(folder, "keys", "session-token.jwk"), '{"d":"private', { mode: 0o600 });
    await expect(start()).rejects.toThrow(/is not an ES256 key \(JWK\)\. Restore it[^{]*$/);
  });

  it("written by a newer version is left alone", async () => {
    const platform = await start();
    await platform.close();
    const db = new DatabaseSync(join(folder, "gatehouse.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    await expect(start()).rejects.toThrow("written by a newer Gatehouse");
  });

  it("loses what was half-written when the gateway ended", async () => {
    await (await start()).close();
    for (const kind of ["escrow", "bodies"])
      await writeFile(join(folder, kind, "partial", "esc_old"), "half");
    const platform = await start();
    for (const kind of ["escrow", "bodies"])
      await expect(readdir(join(folder, kind, "partial"))).resolves.toEqual([]);
    await expect(platform.escrow.list()).resolves.toEqual([]);
  });
});

describe("the reader beside a gateway", () => {
  it("sees what the gateway writes, and writes nothing itself", async () => {
    const platform = await start();
    const reader = await openLocalReader(folder);
    await ledgerOf(platform.records).write([intent("req_aa")]);
    await platform.bodies.put("req_aa/request", Buffer.from("x"));
    await expect(reader.records.entry("req_aa")).resolves.toHaveLength(1);
    await expect(reader.bodies.get("req_aa/request")).resolves.toHaveLength(1);
    await expect(ledgerOf(reader.records).write([intent("req_bb")])).rejects.toMatchObject({
      code: "GH_AUDIT_UNAVAILABLE",
    });
    await reader.close();
  });

  it("works when no gateway runs", async () => {
    const platform = await start();
    await ledgerOf(platform.records).write([intent("req_aa")]);
    await platform.close();
    const reader = await openLocalReader(folder);
    await expect(reader.records.entry("req_aa")).resolves.toHaveLength(1);
    await reader.close();
  });

  it("refuses a folder that holds no gateway's data, and leaves it empty", async () => {
    await expect(openLocalReader(folder)).rejects.toThrow("is not the data folder of a gateway");
    await expect(readdir(folder)).resolves.toEqual([]);
  });
});

describe("the record", () => {
  it("is refused while another process holds the database, and goes on afterwards with sound chains", async () => {
    const { records } = await start();
    const ledger = ledgerOf(records);
    const other = new DatabaseSync(join(folder, "gatehouse.db"));
    other.exec("BEGIN IMMEDIATE");
    await expect(ledger.write([intent("req_aa")])).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
    other.exec("ROLLBACK");
    other.close();
    await expect(ledger.write([intent("req_aa")])).resolves.toHaveLength(1);
  });

  it("on a full disk is written not at all, and what was there stays readable", async () => {
    const db = openDatabase({ file: join(folder, "small.db") });
    const records = createRecordStore(db);
    const ledger = ledgerOf(records);
    await ledger.write([intent("req_aa")]);
    const pages = Number(db.prepare("PRAGMA page_count").get()?.page_count);
    db.exec(`PRAGMA max_page_count = ${pages}`);
    const big = { ...event(), details: { text: "x".repeat(100_000) } } as const;
    await expect(ledger.write([outcome("req_aa"), big])).rejects.toMatchObject({
      code: "GH_AUDIT_UNAVAILABLE",
    });
    await expect(records.entry("req_aa")).resolves.toHaveLength(1);
    db.exec("PRAGMA max_page_count = 1000000");
    await expect(ledger.write([outcome("req_aa"), big])).resolves.toHaveLength(2);
    db.close();
  });

  it("is kept with full syncs: a commit survives a power cut", () => {
    const db = openDatabase({ file: join(folder, "gatehouse.db") });
    expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    db.close();
  });
});

describe("values of a sign-in", () => {
  it("are not to be found by their key in the database's files", async () => {
    const { keyed, clock } = await start();
    const cookie = createIds().next("cookie");
    await keyed.put(cookie, "value", clock.now() + 1);
    for (const name of ["gatehouse.db", "gatehouse.db-wal"]) {
      expect((await readFile(join(folder, name))).includes(cookie)).toBe(false);
    }
  });
});
