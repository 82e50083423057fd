// The ledger: durable before it returns, one unbroken chain per writer, whatever the store does.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RecordExists } from "../../lambda/model/errors.ts";
import type { NewRecord } from "../../lambda/model/record.ts";
import { createLedger } from "../../lambda/record/ledger.ts";
import type { Ledger } from "../../lambda/record/ledger.ts";
import { verifyChain } from "../../lambda/record/verify-chain.ts";
import { byWriter, countingIds, full, memoryStore, outcome, started } from "./records.ts";
import type { MemoryStore } from "./records.ts";

function ledgerOn(store: MemoryStore, writerPrefix?: string): Ledger {
  let nowMs = 1_000;
  const clock = { now: () => (nowMs += 1) };
  return createLedger({
    store: full(store),
    clock,
    ids: countingIds(),
    ...(writerPrefix && { writerPrefix }),
  });
}

async function faults(store: MemoryStore): Promise<unknown[]> {
  const reports = await Promise.all(byWriter(store.records).map((chain) => verifyChain(chain)));
  return reports.flatMap((report) => report.faults);
}

describe("writing", () => {
  it("resolves only after the store has it", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    let finish = (): void => undefined;
    const { append } = store;
    store.append = async (batch, touches) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await append(batch, touches);
    };
    let isDurable = false;
    const writing = ledger.write([started()]).then(() => {
      isDurable = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDurable).toBe(false);
    finish();
    await writing;
    expect(store.records).toHaveLength(1);
  });

  it("gives version, time, writer, position and the hash of the record before", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store, "gate");
    const [first] = await ledger.write([started()]);
    const [second] = await ledger.write([outcome("req_aa")]);
    expect(first?.record).toMatchObject({
      v: 1,
      atMs: 1_001,
      writer: "gate_1",
      seq: 0,
      prev: "0".repeat(64),
    });
    expect(second?.record).toMatchObject({ atMs: 1_002, writer: "gate_1", seq: 1, prev: first?.hash });
  });

  it("hands the store what each record adds to its session", async () => {
    const store = memoryStore();
    await ledgerOn(store).write([started(), outcome("req_aa")]);
    expect(store.touches).toMatchObject([{ session: "ses_aaaa" }]);
  });

  it("of nothing asks the store nothing", async () => {
    const store = memoryStore();
    await expect(ledgerOn(store).write([])).resolves.toEqual([]);
    expect(store.batches).toEqual([]);
  });

  it("shares one append among all that wait in the same moment", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    await Promise.all(Array.from({ length: 50 }, () => ledger.write([started()])));
    expect(store.batches).toEqual([50]);
  });

  it("splits what waits into batches of at most 100, never inside one call", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    const threes = Array.from({ length: 67 }, () => ledger.write([started(), started(), started()]));
    await Promise.all(threes);
    expect(store.batches).toEqual([99, 99, 3]);
  });

  it("takes 100 records in one call and not 101", async () => {
    const ledger = ledgerOn(memoryStore());
    await expect(ledger.write(Array.from({ length: 100 }, () => started()))).resolves.toHaveLength(100);
    await expect(ledger.write(Array.from({ length: 101 }, () => started()))).rejects.toThrow(RangeError);
  });

  it("refuses when 10,000 records wait already, and goes on afterwards", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    const waiting = Array.from({ length: 10_000 }, () => ledger.write([started()]));
    await expect(ledger.write([started()])).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
    await Promise.all(waiting);
    await expect(ledger.write([started()])).resolves.toHaveLength(1);
  });

  it("repairs text that is not well-formed Unicode instead of refusing it", async () => {
    const store = memoryStore();
    await ledgerOn(store).write([started({ text: "a\ud800b" })]);
    expect(store.records[0]?.record).toMatchObject({ details: { text: "a\ufffdb" } });
    await expect(faults(store)).resolves.toEqual([]);
  });

  it("lets a record that has no canonical form fail alone, without a gap", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    const bad = { ...started(), details: loop } as unknown as NewRecord;
    const results = await Promise.allSettled([
      ledger.write([started()]),
      ledger.write([started(), bad]),
      ledger.write([started()]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.records.map(({ record }) => record.seq)).toEqual([0, 1]);
    await expect(faults(store)).resolves.toEqual([]);
  });
});

describe("when the store fails", () => {
  it("everybody in the batch hears that nothing was recorded, and the store's words stay inside", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    store.failures.push(new Error("disk full at /secret/place"));
    const results = await Promise.allSettled([ledger.write([started()]), ledger.write([started()])]);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "GH_AUDIT_UNAVAILABLE" } });
    }
    expect(JSON.stringify(results)).not.toContain("secret");
    expect(store.records).toEqual([]);
  });

  it("the next record starts a chain of its own", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    await ledger.write([started()]);
    store.failures.push(new Error("gone"));
    await expect(ledger.write([started()])).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
    const [next] = await ledger.write([started()]);
    expect(next?.record).toMatchObject({ writer: "wrt_2", seq: 0, prev: "0".repeat(64) });
  });

  it("a store that threw before it returned a promise is a failed one, too", async () => {
    const store = memoryStore();
    store.append = () => {
      throw new Error("closed");
    };
    await expect(ledgerOn(store).write([started()])).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
  });

  it("every chain stays sound and nothing acknowledged is missing, whatever fails and whatever it kept", async () => {
    const step = fc.record({ writes: fc.integer({ min: 1, max: 5 }), fails: fc.boolean(), kept: fc.nat(5) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const store = memoryStore();
        const ledger = ledgerOn(store);
        const acknowledged: string[] = [];
        for (const { writes, fails, kept } of steps) {
          store.keptOnFailure = kept;
          if (fails) store.failures.push(new Error("broken"));
          const all = await Promise.allSettled(
            Array.from({ length: writes }, () => ledger.write([started()])),
          );
          for (const each of all)
            if (each.status === "fulfilled") acknowledged.push(each.value[0]?.hash ?? "");
        }
        const stored = new Set(store.records.map(({ hash }) => hash));
        expect(acknowledged.filter((hash) => !stored.has(hash))).toEqual([]);
        await expect(faults(store)).resolves.toEqual([]);
      }),
    );
  });
});

describe("when a key is taken", () => {
  it("only the call concerned fails, with RecordExists", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    await ledger.write([outcome("req_bb")]);
    const results = await Promise.allSettled([
      ledger.write([outcome("req_aa")]),
      ledger.write([started(), outcome("req_bb")]),
      ledger.write([outcome("req_cc")]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: expect.any(RecordExists) as unknown });
    expect(store.records).toHaveLength(3);
    await expect(faults(store)).resolves.toEqual([]);
  });

  it("the first of two that come in the same moment keeps it", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    const results = await Promise.allSettled([
      ledger.write([outcome("req_aa")]),
      ledger.write([outcome("req_aa")]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("a key that nobody in the batch brought counts as a failed store", async () => {
    const store = memoryStore();
    store.failures.push(new RecordExists("req_zz/outcome"));
    await expect(ledgerOn(store).write([started()])).rejects.toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
  });

  it("a store that fails on the second try fails the others, and not for ever", async () => {
    const store = memoryStore();
    const ledger = ledgerOn(store);
    store.failures.push(new RecordExists("req_aa/outcome"), new Error("gone"));
    const results = await Promise.allSettled([
      ledger.write([outcome("req_aa")]),
      ledger.write([outcome("req_bb")]),
    ]);
    expect(results).toMatchObject([
      { reason: { name: "RecordExists" } },
      { reason: { code: "GH_AUDIT_UNAVAILABLE" } },
    ]);
    expect(store.batches).toEqual([2, 1]);
  });
});
