// Requests and answers get lost, the table is busy: nothing is done twice, and no chain breaks.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { streamOf } from "../../../lambda/model/http.ts";
import { createClock } from "../../../lambda/platform/clock.ts";
import type { AwsPlatform } from "../../../lambda/platform/aws/platform.ts";
import { createLedger } from "../../../lambda/record/ledger.ts";
import { verifyChain } from "../../../lambda/record/verify-chain.ts";
import { useEnvironment } from "../../stand-ins/aws/environment.ts";
import { inTurn, startFaultyRoad, type Fault, type FaultyRoad } from "../../stand-ins/aws/faults.ts";
import { startAwsStandIns, type AwsStandIns } from "../../stand-ins/aws/stand-ins.ts";
import { collected, pattern } from "../contract/escrow-store.ts";
import { intent, outcome, plan } from "../contract/samples.ts";
import { deploy } from "./opened.ts";

interface World {
  readonly aws: AwsStandIns;
  readonly table: FaultyRoad;
  readonly rest: FaultyRoad;
  readonly restore: () => void;
}

let world: World | undefined;
let opened: AwsPlatform | undefined;
let beside: AwsPlatform | undefined;

beforeAll(async () => {
  const aws = await startAwsStandIns();
  const table = await startFaultyRoad(aws.environment.AWS_ENDPOINT_URL_DYNAMODB ?? "");
  const rest = await startFaultyRoad(aws.environment.AWS_ENDPOINT_URL ?? "");
  const restore = useEnvironment({
    ...aws.environment,
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    AWS_ENDPOINT_URL: rest.url,
  });
  world = { aws, table, rest, restore };
});
afterAll(async () => {
  world?.restore();
  await Promise.all([world?.table.close(), world?.rest.close()]);
  await world?.aws.close();
});

beforeEach(async () => {
  const deployment = await deploy(lent().aws);
  opened = await deployment.open(createClock());
  beside = await deployment.open(createClock());
});
afterEach(async () => {
  lent().table.fate = () => undefined;
  lent().rest.fate = () => undefined;
  await Promise.all([opened?.close(), beside?.close()]);
});

function lent(): World {
  if (world === undefined) throw new Error("only inside a test");
  return world;
}
function platform(): AwsPlatform {
  if (opened === undefined) throw new Error("only inside a test");
  return opened;
}
function other(): AwsPlatform {
  if (beside === undefined) throw new Error("only inside a test");
  return beside;
}

async function everyChainIsSound(): Promise<number> {
  let records = 0;
  for (const writer of await platform().records.writers()) {
    const report = await verifyChain(platform().records.chain(writer));
    expect(report.faults).toEqual([]);
    records += report.records;
  }
  return records;
}

const lostAnyWay = fc.constantFrom<(Fault | undefined)[]>(
  ["answer-lost"],
  ["request-lost"],
  ["throttled"],
  ["server-error"],
  ["request-lost", "answer-lost"],
  ["answer-lost", "answer-lost"],
  ["throttled", "answer-lost", "server-error"],
  ["answer-lost", "answer-lost", "answer-lost", "answer-lost"],
  ["request-lost", "request-lost", "request-lost", "request-lost"],
);

describe("a record", () => {
  it("whose write was done but not acknowledged is written, once", async () => {
    const ledger = createLedger({ store: platform().records, ...platform() });
    lent().table.fate = inTurn("PutItem", undefined, "answer-lost", "answer-lost");
    const written = await ledger.write([intent("req_aa"), outcome("req_aa")]);
    await expect(platform().records.entry("req_aa")).resolves.toEqual(written);
    await expect(everyChainIsSound()).resolves.toBe(2);
  });

  it("leaves sound chains behind, whatever got lost and whenever", async () => {
    const loss = fc.array(fc.tuple(fc.nat(12), lostAnyWay), { maxLength: 3 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(loss, async (losses) => {
        const ledger = createLedger({ store: platform().records, ...platform() });
        const due = new Map(losses);
        let puts = -1;
        let current: (Fault | undefined)[] = [];
        lent().table.fate = (operation) => {
          if (operation !== "PutItem" && operation !== "UpdateItem") return undefined;
          const next = current.shift();
          if (next !== undefined) return next;
          puts += 1;
          current = [...(due.get(puts) ?? [])];
          return current.shift();
        };
        runs += 1;
        const name = (at: number): string =>
          `req_${"abcdefghijklmnopqrstuvwxyz"[runs % 26] ?? ""}${"abcdefghijklmnopqrstuvwxyz"[at] ?? ""}`;
        const acknowledged: string[] = [];
        for (let at = 0; at < 3; at += 1) {
          await ledger.write([intent(name(at))]).then(
            () => acknowledged.push(name(at)),
            (error: unknown) => {
              expect(error).toMatchObject({ code: "GH_AUDIT_UNAVAILABLE" });
            },
          );
        }
        lent().table.fate = () => undefined;
        await everyChainIsSound();
        for (const entry of acknowledged)
          await expect(platform().records.entry(entry)).resolves.toHaveLength(1);
      }),
      { numRuns: 12 },
    );
  });

  it("is counted once in its session, however often the write was tried", async () => {
    const ledger = createLedger({ store: platform().records, ...platform() });
    lent().table.fate = inTurn("UpdateItem", "answer-lost", "answer-lost", "answer-lost");
    await ledger.write([intent("req_aa")]);
    await expect(platform().records.session("ses_aaaa")).resolves.toMatchObject({ requests: 1 });
  });

  it("of a batch that broke in the middle is followed by nothing: the front is kept", async () => {
    const ledger = createLedger({ store: platform().records, ...platform() });
    const entries = ["req_aa", "req_bb", "req_cc"];
    lent().table.fate = (operation, body) =>
      operation === "PutItem" && body.includes("E#req_bb") ? "server-error" : undefined;
    await expect(ledger.write(entries.map((entry) => intent(entry)))).rejects.toMatchObject({
      code: "GH_AUDIT_UNAVAILABLE",
    });
    lent().table.fate = () => undefined;
    const kept = await Promise.all(entries.map((entry) => platform().records.entry(entry)));
    expect(kept.map((records) => records.length)).toEqual([1, 0, 0]);
    await everyChainIsSound();
    await ledger.write([intent("req_dd")]);
    await expect(everyChainIsSound()).resolves.toBe(2);
  });

  it("is read though the table answers only a part at a time", async () => {
    const ledger = createLedger({ store: platform().records, ...platform() });
    const [first] = await ledger.write(["req_aa", "req_bb", "req_cc"].map((entry) => intent(entry)));
    lent().table.fate = inTurn("BatchGetItem", "half-unprocessed", "throttled", "half-unprocessed");
    const report = await verifyChain(platform().records.chain(first?.record.writer ?? ""));
    expect(report).toMatchObject({ records: 3, faults: [] });
  });
});

describe("a plan", () => {
  it("is moved on by exactly one of two processes, whatever gets lost on the way", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(lostAnyWay, lostAnyWay, async (mine, yours) => {
        runs += 1;
        const stored = plan(`pln_${"abcdefghijklmnopqrstuvwxyz"[runs] ?? ""}a`, {
          state: "approved",
          hash: String(runs),
        });
        await platform().plans.open(stored);
        const left = [mine, yours].flat();
        lent().table.fate = (operation) => (operation === "PutItem" ? left.shift() : undefined);
        const next = { ...stored, state: "executing" as const, version: stored.version + 1 };
        const moved = await Promise.allSettled([platform().plans.replace(next), other().plans.replace(next)]);
        lent().table.fate = () => undefined;
        const owners = moved.filter((each) => each.status === "fulfilled" && each.value).length;
        const unsure = moved.filter((each) => each.status === "rejected").length;
        expect(owners).toBeLessThanOrEqual(1);
        const now = await platform().plans.get(stored.id);
        // Who was told of no success does not send; a plan that moved has one owner, or one who does not know.
        if (now?.version === next.version) expect(owners + unsure).toBeGreaterThanOrEqual(1);
        else expect(owners).toBe(0);
      }),
      { numRuns: 8 },
    );
  });

  it("is opened once, though nobody heard that it was", async () => {
    lent().table.fate = inTurn("PutItem", "answer-lost", "answer-lost", "answer-lost");
    const first = await platform().plans.open(plan("pln_aa"));
    const second = await other().plans.open(plan("pln_bb"));
    expect(first).toMatchObject({ isNew: true, plan: { id: "pln_aa" } });
    expect(second).toMatchObject({ isNew: false, plan: { id: "pln_aa" } });
  });

  it("that its opener left behind unlisted is listed by who finds it", async () => {
    lent().table.fate = (operation) => (operation === "UpdateItem" ? "request-lost" : undefined);
    await expect(platform().plans.open(plan("pln_aa"))).rejects.toThrow();
    lent().table.fate = () => undefined;
    await expect(other().plans.open(plan("pln_bb"))).resolves.toMatchObject({ plan: { id: "pln_aa" } });
    const { items } = await other().plans.list({ states: ["pending"] }, { limit: 5 });
    expect(items.map(({ id }) => id)).toEqual(["pln_aa"]);
  });
});

describe("a value for a single use", () => {
  it("is new to who stored it, though the answer was lost", async () => {
    lent().table.fate = inTurn("PutItem", "answer-lost");
    await expect(platform().keyed.putNew("key", "value", Date.now() + 60_000)).resolves.toBe(true);
    await expect(other().keyed.putNew("key", "value", Date.now() + 60_000)).resolves.toBe(false);
  });

  it("is spent when the answer that carried it was lost", async () => {
    await platform().keyed.put("key", "value", Date.now() + 60_000);
    lent().table.fate = inTurn("DeleteItem", "answer-lost");
    await expect(platform().keyed.take("key")).resolves.toBeUndefined();
    await expect(other().keyed.take("key")).resolves.toBeUndefined();
  });
});

describe("an object", () => {
  it("that was stored without an answer is its writer's own", async () => {
    lent().rest.fate = losesOnce("PUT", "answer-lost");
    await platform().bodies.put("req_aa/response", Buffer.from("body"));
    await expect(other().bodies.put("req_aa/response", Buffer.from("else"))).rejects.toMatchObject({
      name: "RecordExists",
    });
  });

  it("is tried again while another write of its name is under way", async () => {
    lent().rest.fate = losesOnce("PUT", "conflict");
    await platform().bodies.put("req_aa/response", Buffer.from("body"));
    await expect(platform().bodies.get("req_aa/response")).resolves.toEqual(
      new Uint8Array(Buffer.from("body")),
    );
  });

  it("of many parts is stored once and whole, though the last answer was lost", async () => {
    const bytes = pattern(9 * 1024 * 1024);
    lent().rest.fate = losesOnce("POST", "answer-lost", (operation) => operation.includes("uploadId="));
    const object = await platform().escrow.put(
      "req_aa",
      streamOf(bytes.subarray(0, 100), bytes.subarray(100)),
    );
    expect(object.bytes).toBe(bytes.length);
    const found = await other().escrow.open("req_aa");
    expect((await collected(found?.stream(5) ?? streamOf())).equals(bytes.subarray(5))).toBe(true);
    expect(Buffer.from((await found?.read(8_388_600, 10)) ?? [])).toEqual(
      bytes.subarray(8_388_600, 8_388_610),
    );
  });

  it("of many parts whose sender broke off leaves no parts behind", async () => {
    const put = platform().escrow.put(
      "req_aa",
      (async function* () {
        yield pattern(9 * 1024 * 1024);
        yield await Promise.reject<Buffer>(new Error("the client left"));
      })(),
    );
    await expect(put).rejects.toThrow("the client left");
    await expect(platform().escrow.list()).resolves.toEqual([]);
    const uploads = lent()
      .rest.asked.filter(({ operation }) => operation.startsWith("DELETE"))
      .map(({ operation }) => operation.includes("uploadId="));
    expect(uploads).toEqual([true]);
  });
});

/** The first request of this method, and of no other. */
function losesOnce(
  method: string,
  fault: Fault,
  isMeant: (operation: string) => boolean = () => true,
): FaultyRoad["fate"] {
  let isDone = false;
  return (operation) => {
    if (isDone || !operation.startsWith(`${method} `) || !isMeant(operation)) return undefined;
    isDone = true;
    return fault;
  };
}
