// Tampering with one writer's chain shows.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ChainedRecord } from "../../lambda/model/record.ts";
import { recordHash } from "../../lambda/record/canonical.ts";
import { createLedger } from "../../lambda/record/ledger.ts";
import { verifyChain } from "../../lambda/record/verify-chain.ts";
import { countingIds, full, memoryStore, started } from "./records.ts";

async function chainOf(length: number, writerPrefix = "wrt"): Promise<ChainedRecord[]> {
  const store = memoryStore();
  const ledger = createLedger({
    store: full(store),
    clock: { now: () => 1 },
    ids: countingIds(),
    writerPrefix,
  });
  await Promise.all(Array.from({ length }, (_, at) => ledger.write([started({ at: String(at) })])));
  return store.records;
}

function changed(link: ChainedRecord | undefined, isRehashed: boolean): ChainedRecord {
  if (link === undefined) throw new Error("no such record");
  const record = { ...link.record, atMs: link.record.atMs + 1 };
  return { record, hash: isRehashed ? recordHash(record) : link.hash };
}

const found = async (chain: readonly ChainedRecord[]): Promise<string[]> =>
  (await verifyChain(chain)).faults.map(({ fault }) => fault);

describe("a chain", () => {
  it("as written is sound, and its report names writer, length and head", async () => {
    const chain = await chainOf(5);
    await expect(verifyChain(chain)).resolves.toEqual({
      writer: "wrt_1",
      records: 5,
      head: chain.at(-1)?.hash,
      faults: [],
    });
  });

  it("of nothing is sound", async () => {
    await expect(verifyChain([])).resolves.toMatchObject({ records: 0, faults: [] });
  });

  it("shows a deleted record and says which one", async () => {
    const report = await verifyChain((await chainOf(5)).toSpliced(2, 1));
    expect(report.faults).toEqual([{ fault: "missing", seq: 2, says: "record 2 is missing" }]);
  });

  it("shows a deleted beginning", async () => {
    const report = await verifyChain((await chainOf(5)).slice(2));
    expect(report.faults[0]?.says).toBe("records 0 to 1 are missing");
  });

  it("shows a change, and one with a new hash by the record after it", async () => {
    const chain = await chainOf(5);
    await expect(found(chain.with(2, changed(chain[2], false)))).resolves.toEqual(["changed"]);
    await expect(found(chain.with(2, changed(chain[2], true)))).resolves.toEqual(["unlinked"]);
  });

  it("shows a record of another writer", async () => {
    const chain = await chainOf(3);
    const other = await chainOf(3, "other");
    await expect(found(chain.toSpliced(1, 1, ...other.slice(1, 2)))).resolves.toContain("foreign");
  });

  it("shows a cut end only to who kept the head", async () => {
    const chain = await chainOf(5);
    const kept = { records: 5, head: chain.at(-1)?.hash ?? "" };
    await expect(found(chain.slice(0, 4))).resolves.toEqual([]);
    expect((await verifyChain(chain.slice(0, 4), kept)).faults).toMatchObject([{ fault: "truncated" }]);
    expect((await verifyChain(chain, kept)).faults).toEqual([]);
  });

  it("that has grown since the head was kept is sound", async () => {
    const chain = await chainOf(5);
    const kept = { records: 3, head: chain[2]?.hash ?? "" };
    expect((await verifyChain(chain, kept)).faults).toEqual([]);
    expect((await verifyChain(chain, { ...kept, head: "00" })).faults).toMatchObject([
      { fault: "truncated" },
    ]);
  });

  it("reports at most 100 faults", async () => {
    const chain = await chainOf(150);
    expect((await verifyChain(chain.map((link) => changed(link, false)))).faults).toHaveLength(100);
  });

  it("shows any deletion, change, swap, copy or insertion before its last record", async () => {
    const length = 8;
    const chain = await chainOf(length);
    const at = fc.nat(length - 2);
    const tampering = fc.oneof(
      at.map((n) => chain.toSpliced(n, 1)),
      at.map((n) => chain.with(n, changed(chain[n], false))),
      at.map((n) => chain.with(n, changed(chain[n], true))),
      fc
        .tuple(fc.nat(length - 1), fc.nat(length - 1))
        .filter(([a, b]) => a !== b)
        .map(([a, b]) =>
          chain.with(a, chain[b] ?? changed(undefined, false)).with(b, chain[a] ?? changed(undefined, false)),
        ),
      fc.tuple(at, fc.nat(length)).map(([n, to]) => chain.toSpliced(to, 0, ...chain.slice(n, n + 1))),
      fc.tuple(at, fc.nat(length)).map(([n, to]) => chain.toSpliced(to, 0, changed(chain[n], true))),
    );
    await fc.assert(
      fc.asyncProperty(tampering, async (tampered) => {
        expect((await found(tampered)).length).toBeGreaterThan(0);
      }),
    );
  });
});
