// Somebody who can write the data folder changes what happened: `gatehouse verify` says where, or says what it cannot see.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { verifyFolder } from "../../bin/local/verify.ts";
import { forge, tamper, verified, writeEvidence, type Evidence } from "./a-record.ts";

let evidence: Evidence;
let writer: string;
let other: string;
beforeAll(async () => {
  evidence = await writeEvidence();
  [writer, other] = evidence.writers;
});
afterAll(() => evidence.discard());

const cut = "DELETE FROM records WHERE writer = ? AND seq >= ?";
const withOtherTime = (record: { atMs: number }) => ({ ...record, atMs: record.atMs + 1 });

async function bodyFile(folder: string, name: string): Promise<string> {
  const files = await readdir(join(folder, "bodies"), { recursive: true });
  const found = files.find((file) => file.endsWith(name));
  if (found === undefined) throw new Error(`no ${name} among the bodies`);
  return join(folder, "bodies", found);
}

/** What `verify --json` said of the untouched folder, kept outside it. */
async function notedBefore(): Promise<string> {
  const file = join(evidence.folder, "..", "noted.json");
  await writeFile(file, JSON.stringify((await verified(evidence.folder)).report));
  return file;
}

describe("an untouched record", () => {
  it("is sound, and is called self-consistent only", async () => {
    const { text, isSound } = await verifyFolder({ data: evidence.folder });
    expect(isSound).toBe(true);
    expect(text).toContain("Checked 2 writers, 10 records, 4 bodies; 0 calls without an outcome yet.");
    expect(text).toContain("self-consistent only");
  });

  it("is sound against heads that were noted earlier", async () => {
    expect((await verified(evidence.folder, await notedBefore())).faults).toEqual([]);
  });
});

describe("a record that was tampered with [LOGGING-05]", () => {
  it("shows a deleted row", async () => {
    const folder = await evidence.copy();
    tamper(folder, "DELETE FROM records WHERE writer = ? AND seq = 3", writer);
    const { isSound, faults } = await verified(folder);
    expect(isSound).toBe(false);
    expect(faults).toContain("3: record 3 is missing");
  });

  it("shows a deleted beginning", async () => {
    const folder = await evidence.copy();
    tamper(folder, "DELETE FROM records WHERE writer = ? AND seq < 2", writer);
    expect((await verified(folder)).faults).toContain("0: records 0 to 1 are missing");
  });

  it("shows a changed row", async () => {
    const folder = await evidence.copy();
    forge(folder, { writer, seq: 2 }, withOtherTime, { isRehashed: false });
    expect((await verified(folder)).faults).toEqual(["2: record 2 is not the one that was hashed"]);
  });

  it("shows a changed row whose hash was made to fit, by the one behind it", async () => {
    const folder = await evidence.copy();
    forge(folder, { writer, seq: 2 }, withOtherTime, { isRehashed: true });
    expect((await verified(folder)).faults).toEqual(["3: record 3 does not follow the one before it"]);
  });

  it("shows two rows that changed places", async () => {
    const folder = await evidence.copy();
    const move = "UPDATE records SET seq = ? WHERE writer = ? AND seq = ?";
    tamper(folder, move, 99, writer, 2);
    tamper(folder, move, 2, writer, 3);
    tamper(folder, move, 3, writer, 99);
    const { faults } = await verified(folder);
    expect(faults).toContain("2: record 2 stands where 4 belongs");
  });

  it("shows a row that was slipped in behind the end without its place in the chain", async () => {
    const folder = await evidence.copy();
    tamper(
      folder,
      `INSERT INTO records (key, writer, seq, kind, hash, json)
       SELECT 'forged/1', writer, 7, kind, hash, json FROM records WHERE writer = ? AND seq = 0`,
      writer,
    );
    expect((await verified(folder)).faults).toEqual(["0: record 0 stands where 7 belongs"]);
  });

  it("shows a row that was moved to another writer", async () => {
    const folder = await evidence.copy();
    tamper(folder, "UPDATE records SET writer = ?, seq = 3 WHERE writer = ? AND seq = 6", other, writer);
    expect((await verified(folder)).faults).toContain(`6: record 6 belongs to writer ${writer}`);
  });

  it("shows a chain that was given another writer's name", async () => {
    const folder = await evidence.copy();
    tamper(folder, "UPDATE records SET writer = 'wrt_forged' WHERE writer = ?", writer);
    expect((await verified(folder)).faults).toEqual([`0: its records belong to writer ${writer}`]);
  });

  it.each([
    ["is not JSON", "{"],
    ["is JSON, and no record", "null"],
  ])("shows a row that %s, and still checks the other writers", async (_, json) => {
    const folder = await evidence.copy();
    tamper(folder, "UPDATE records SET json = ? WHERE writer = ? AND seq = 4", json, writer);
    const { faults, report } = await verified(folder);
    expect(faults[0]).toMatch(/^4: record 4 cannot be read, nor what follows it/);
    expect(report.writers.find((head) => head.writer === other)?.records).toBe(3);
  });

  it("ends although a forged number would send a reader back to the start of the chain", async () => {
    const folder = await evidence.copy();
    const fill = `INSERT INTO records (key, writer, seq, kind, hash, json)
      WITH RECURSIVE n (at) AS (SELECT 7 UNION ALL SELECT at + 1 FROM n WHERE at < 600)
      SELECT 'forged/' || at, writer, at, kind, hash, json_set(json, '$.seq', -1)
      FROM records, n WHERE writer = ? AND seq = 0`;
    tamper(folder, fill, writer);
    const { report } = await verified(folder);
    expect(report.writers.find((head) => head.writer === writer)?.records).toBe(601);
  });

  it("shows an outcome whose intent was cut off, even where every chain by itself is whole", async () => {
    const folder = await evidence.copy();
    tamper(folder, cut, writer, 5);
    // The sweeper of a later run would have closed it in its own chain.
    forge(folder, { writer: other, seq: 2 }, (record) => ({ ...record, entry: "req_cc" }), {
      isRehashed: true,
    });
    expect((await verified(folder)).faults).toContain("2: the outcome of req_cc stands without its intent");
  });

  it("shows any change of any single record but a whole one at the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.nat(400), fc.nat(25), async (seq, at, letter) => {
        const folder = await evidence.copy();
        forge(
          folder,
          { writer, seq },
          (record) => {
            const text = JSON.stringify(record);
            const place = at % text.length;
            const next = `${text.slice(0, place)}${String.fromCharCode(97 + letter)}${text.slice(place + 1)}`;
            fc.pre(next !== text);
            return parsedOr(next, { ...record, atMs: 0 });
          },
          { isRehashed: false },
        );
        const { isSound } = await verified(folder);
        await rm(folder, { recursive: true });
        return !isSound;
      }),
      { numRuns: 25 },
    );
  });
});

function parsedOr(text: string, fallback: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}

describe("a recorded body that was tampered with", () => {
  it("shows when it is gone", async () => {
    const folder = await evidence.copy();
    await rm(await bodyFile(folder, "req_bb.response"));
    expect((await verified(folder)).faults).toEqual(["4: the body req_bb/response is gone"]);
  });

  it("shows when it is another one of the same length", async () => {
    const folder = await evidence.copy();
    const file = await bodyFile(folder, "req_bb.response");
    await writeFile(file, zstdCompressSync(Buffer.from("the answer to req_xx")));
    expect((await verified(folder)).faults).toEqual([
      "4: the body req_bb/response is not the one committed to",
    ]);
  });

  it("shows when it cannot be unpacked", async () => {
    const folder = await evidence.copy();
    await writeFile(await bodyFile(folder, "req_bb.response"), "no zstd");
    expect((await verified(folder)).faults).toEqual(["4: the body req_bb/response cannot be read"]);
  });
});

describe("what a chain alone cannot show", () => {
  it("a cut end passes, as the verdict warns; noted heads show it", async () => {
    const noted = await notedBefore();
    const folder = await evidence.copy();
    tamper(folder, cut, writer, 5);
    const { text, isSound } = await verifyFolder({ data: folder });
    expect(isSound).toBe(true);
    expect(text).toContain("an end cut off");
    const against = await verified(folder, noted);
    expect(against.isSound).toBe(false);
    expect(against.faults[0]).toMatch(/^5: record 6 should have the hash/);
  });

  it("a removed writer passes, as the verdict warns; noted heads show it", async () => {
    const noted = await notedBefore();
    const folder = await evidence.copy();
    tamper(folder, cut, other, 0);
    const { text, isSound } = await verifyFolder({ data: folder });
    expect(isSound).toBe(true);
    expect(text).toContain("a whole writer removed");
    expect((await verified(folder, noted)).faults).toEqual(["0: all its records are gone; there were 3"]);
  });

  it("a rewritten last record passes, as the verdict warns; noted heads show it", async () => {
    const noted = await notedBefore();
    const folder = await evidence.copy();
    forge(folder, { writer, seq: 6 }, withOtherTime, { isRehashed: true });
    const { text, isSound } = await verifyFolder({ data: folder });
    expect(isSound).toBe(true);
    expect(text).toContain("written anew");
    expect((await verified(folder, noted)).isSound).toBe(false);
  });
});

describe("gatehouse verify", () => {
  it("lists every fault with its place for a person", async () => {
    const folder = await evidence.copy();
    tamper(folder, "DELETE FROM records WHERE writer = ? AND seq = 3", writer);
    const { text } = await verifyFolder({ data: folder });
    expect(text).toContain(`FAULT  writer ${writer}, record 3: record 3 is missing`);
    expect(text).toContain("this record is not as it was written");
    expect(text).not.toContain("self-consistent");
  });

  it("refuses an earlier report that is none", async () => {
    const file = join(evidence.folder, "..", "no-report.json");
    await writeFile(file, "[]");
    await expect(verifyFolder({ data: evidence.folder, against: file })).rejects.toThrow(
      "not accepted. Expected: what gatehouse verify --json printed.",
    );
  });
});
