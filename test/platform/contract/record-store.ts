// What every record store keeps to, whatever it is made of.
import { describe, expect, it } from "@jest/globals";
import { RecordExists } from "../../../lambda/model/errors.ts";
import type { RecordStore } from "../../../lambda/model/ports.ts";
import type { NewRecord } from "../../../lambda/model/record.ts";
import { createLedger } from "../../../lambda/record/ledger.ts";
import type { Ledger } from "../../../lambda/record/ledger.ts";
import { verifyChain } from "../../../lambda/record/verify-chain.ts";
import { eachWith } from "./platform.ts";
import type { MakePlatform } from "./platform.ts";
import { body, event, intent, outcome, withVerdict } from "./samples.ts";

export function recordStoreContract(make: MakePlatform): void {
  const world = eachWith(make);
  let writers = 0;

  function ledgerOn(store: RecordStore): Ledger {
    const ids = { next: (prefix: string) => `${prefix}_${(writers += 1)}` };
    return createLedger({ store, clock: world.clock, ids });
  }
  async function write(...records: NewRecord[]): Promise<void> {
    const ledger = ledgerOn(world.platform.records);
    for (const record of records) await ledger.write([record]);
  }

  describe("records", () => {
    it("are read back by entry in the order written, with the hashes they were given", async () => {
      const ledger = ledgerOn(world.platform.records);
      const [first] = await ledger.write([intent("req_aa")]);
      await ledger.write([intent("req_bb")]);
      const [second] = await ledger.write([outcome("req_aa")]);
      await expect(world.platform.records.entry("req_aa")).resolves.toEqual([first, second]);
    });

    it("survive a restart", async () => {
      await write(intent("req_aa"));
      const { records } = await world.platform.restart();
      await expect(records.entry("req_aa")).resolves.toHaveLength(1);
    });

    it.each(["intent", "outcome"] as const)("take a second %s of one entry as taken", async (kind) => {
      const record = kind === "intent" ? intent("req_aa") : outcome("req_aa");
      await write(record);
      await expect(write(record)).rejects.toThrow(RecordExists);
    });

    it("are written all or not at all", async () => {
      await write(outcome("req_bb"));
      await expect(
        ledgerOn(world.platform.records).write([intent("req_aa"), outcome("req_bb")]),
      ).rejects.toThrow(RecordExists);
      await expect(world.platform.records.entry("req_aa")).resolves.toEqual([]);
      await expect(world.platform.records.session("ses_aaaa")).resolves.toMatchObject({ requests: 0 });
    });

    it("keep one outcome when two processes write it at once", async () => {
      const { records } = await world.platform.beside();
      const results = await Promise.allSettled([
        ledgerOn(world.platform.records).write([outcome("req_aa")]),
        ledgerOn(records).write([outcome("req_aa")]),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      await expect(records.entry("req_aa")).resolves.toHaveLength(1);
    });

    it("form a sound chain for each writer, however long", async () => {
      const ledger = ledgerOn(world.platform.records);
      const many = Array.from({ length: 1_203 }, () => ledger.write([event()]));
      await Promise.all(many);
      await write(event());
      const found = await world.platform.records.writers();
      expect(found).toHaveLength(2);
      const reports = await Promise.all(
        found.map((writer) => verifyChain(world.platform.records.chain(writer))),
      );
      expect(reports.map(({ records }) => records).sort((a, b) => a - b)).toEqual([1, 1_203]);
      expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
    });

    it("name the newest event of a kind", async () => {
      await write(event("started"), event("stopped"), event("started"), intent("req_aa"));
      await expect(world.platform.records.lastEvent("started")).resolves.toMatchObject({ seq: 2 });
      await expect(world.platform.records.lastEvent("policy-changed")).resolves.toBeUndefined();
    });
  });

  describe("landings", () => {
    const oid = (front: string): string => front.padEnd(40, "0");
    const landed = (entry: string, repository: string, ...commits: string[]): NewRecord =>
      outcome(entry, { landed: { repository, commits } });

    it("lead from a commit, or the front of its id, to the entries that brought it, oldest first", async () => {
      await write(landed("req_bb", "acme/app", oid("abcd1"), oid("abcd2")));
      await world.clock.advance(10);
      await write(
        landed("req_aa", "acme/app", oid("abcd1"), oid("ffff")),
        landed("req_cc", "acme/site", oid("abcd3")),
      );
      const { records } = world.platform;
      const first = { commit: oid("abcd1"), entry: "req_bb" };
      const again = { commit: oid("abcd1"), entry: "req_aa" };
      const second = { commit: oid("abcd2"), entry: "req_bb" };
      await expect(records.landings("acme/app", "abcd", 10)).resolves.toEqual([first, again, second]);
      await expect(records.landings("ACME/App", oid("abcd2"), 10)).resolves.toEqual([second]);
      await expect(records.landings("acme/app", "abcd", 1)).resolves.toEqual([first]);
      await expect(records.landings("acme/app", "abcd3", 10)).resolves.toEqual([]);
      await expect(records.landings("acme/ap", "abcd", 10)).resolves.toEqual([]);
    });

    it("are found for every commit of a push of a thousand", async () => {
      const commits = Array.from({ length: 1_000 }, (_, at) => oid(at.toString(16).padStart(4, "0")));
      await write(landed("req_aa", "acme/app", ...commits));
      for (const commit of [commits[0], commits[511], commits[999]])
        await expect(world.platform.records.landings("acme/app", commit ?? "", 2)).resolves.toEqual([
          { commit, entry: "req_aa" },
        ]);
    });
  });

  describe("entries of a session", () => {
    it("begin where they are asked to, and go on from there", async () => {
      await write(intent("req_aa"));
      await world.clock.advance(10);
      const fromMs = world.clock.now();
      await write(intent("req_bb"), intent("req_cc"));
      const { records } = world.platform;
      const page = await records.entriesOf("ses_aaaa", { limit: 1, fromMs });
      expect(page.items).toEqual(["req_bb"]);
      const after = page.next ?? "";
      await expect(records.entriesOf("ses_aaaa", { limit: 5, fromMs, after })).resolves.toEqual({
        items: ["req_cc"],
      });
      await expect(records.entriesOf("ses_aaaa", { limit: 5, fromMs: fromMs + 1 })).resolves.toEqual({
        items: [],
      });
    });
  });

  describe("orphans", () => {
    it("are intents without an outcome that are older than asked, oldest first", async () => {
      const startMs = world.clock.now();
      await write(intent("req_aa"));
      await world.clock.advance(10);
      await write(intent("req_bb"), intent("req_cc"), outcome("req_bb"));
      await expect(world.platform.records.orphans(startMs, 10)).resolves.toEqual([]);
      await expect(world.platform.records.orphans(startMs + 1, 10)).resolves.toEqual(["req_aa"]);
      await expect(world.platform.records.orphans(startMs + 11, 10)).resolves.toEqual(["req_aa", "req_cc"]);
      await expect(world.platform.records.orphans(startMs + 11, 1)).resolves.toEqual(["req_aa"]);
    });
  });

  describe("sessions", () => {
    it("count what their records say", async () => {
      const startMs = world.clock.now();
      await write(
        intent("req_aa"),
        intent("req_bb", { verdict: withVerdict("hold"), repository: "acme/site" }),
        intent("req_cc", { verdict: withVerdict("deny") }),
        outcome("req_aa", {
          bodies: [body("req_aa/response", [{ kind: "jwt", count: 2 }])],
        }),
        outcome("req_bb", { commits: 3, refResults: [{ ref: "refs/heads/main", ok: true }] }),
      );
      await expect(world.platform.records.session("ses_aaaa")).resolves.toEqual({
        session: "ses_aaaa",
        subject: "https://idp.example#alice",
        login: "alice",
        client: "git/2.50",
        firstAtMs: startMs,
        lastAtMs: startMs,
        requests: 3,
        held: 1,
        denied: 1,
        masked: 2,
        commits: 3,
        repositories: ["acme/app", "acme/site"],
        isStopped: false,
      });
    });

    it("are found by user, repository, day and decision, and by all of them together", async () => {
      await write(intent("req_aa", { session: "ses_a" }));
      await world.clock.advance(86_400_000);
      await write(
        intent("req_bb", { session: "ses_b", login: "bob", repository: "acme/site" }),
        intent("req_cc", { session: "ses_b", login: "bob", verdict: withVerdict("deny") }),
      );
      const found = async (filter: Parameters<RecordStore["sessions"]>[0]): Promise<string[]> =>
        (await world.platform.records.sessions(filter, { limit: 10 })).items.map(({ session }) => session);
      await expect(found({})).resolves.toEqual(["ses_b", "ses_a"]);
      await expect(found({ user: "bob" })).resolves.toEqual(["ses_b"]);
      await expect(found({ user: "https://idp.example#alice" })).resolves.toEqual(["ses_a"]);
      await expect(found({ repository: "acme/app" })).resolves.toEqual(["ses_b", "ses_a"]);
      await expect(found({ repository: "acme/site" })).resolves.toEqual(["ses_b"]);
      await expect(found({ day: "2026-01-15" })).resolves.toEqual(["ses_a"]);
      await expect(found({ decision: "deny" })).resolves.toEqual(["ses_b"]);
      await expect(found({ user: "bob", day: "2026-01-16", decision: "allow" })).resolves.toEqual(["ses_b"]);
      await expect(found({ user: "alice", decision: "deny" })).resolves.toEqual([]);
      await expect(found({ user: "x' OR 1=1 --" })).resolves.toEqual([]);
    });

    it("come in pages that miss none and repeat none", async () => {
      for (let at = 0; at < 7; at += 1) {
        await write(intent(`req_a${String.fromCharCode(97 + at)}`, { session: `ses_${at}` }));
        if (at % 2 === 0) await world.clock.advance(1);
      }
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await world.platform.records.sessions({}, { limit: 3, ...(after && { after }) });
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map(({ session }) => session));
        after = page.next;
        // A session that moves while somebody pages stays in its place.
        await write(outcome(`req_a${String.fromCharCode(97 + seen.length)}`, { session: "ses_0" }));
      } while (after !== undefined);
      expect(seen).toEqual(["ses_6", "ses_5", "ses_4", "ses_3", "ses_2", "ses_1", "ses_0"]);
    });

    it("list their entries oldest first, in pages", async () => {
      await write(
        intent("req_bb"),
        intent("req_zz", { session: "ses_other" }),
        intent("req_aa"),
        outcome("req_bb"),
      );
      const first = await world.platform.records.entriesOf("ses_aaaa", { limit: 1 });
      expect(first.items).toEqual(["req_bb"]);
      const second = await world.platform.records.entriesOf("ses_aaaa", {
        limit: 1,
        ...(first.next && { after: first.next }),
      });
      expect(second).toEqual({ items: ["req_aa"] });
    });

    it("read a cursor that is none of ours as the start", async () => {
      await write(intent("req_aa"));
      const page = await world.platform.records.sessions({}, { limit: 5, after: "%%" });
      expect(page.items).toHaveLength(1);
    });

    it("show that they were stopped", async () => {
      await write(intent("req_aa"), event("session-stopped", "ses_aaaa"));
      await expect(world.platform.records.session("ses_aaaa")).resolves.toMatchObject({
        isStopped: true,
        login: "alice",
      });
    });

    it("that nobody opened are unknown", async () => {
      await expect(world.platform.records.session("ses_none")).resolves.toBeUndefined();
    });
  });
}
