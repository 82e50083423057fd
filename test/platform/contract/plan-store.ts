// What every plan store keeps to.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Plan, PlanState } from "../../../lambda/model/plan.ts";
import { turn } from "../steered-clock.ts";
import { eachWith } from "./platform.ts";
import type { MakePlatform } from "./platform.ts";
import { plan } from "./samples.ts";

export function planStoreContract(make: MakePlatform): void {
  const world = eachWith(make);
  const next = (from: Plan, state: PlanState): Plan => ({ ...from, state, version: from.version + 1 });

  describe("opening a plan", () => {
    it("keeps it, also over a restart", async () => {
      await expect(world.platform.plans.open(plan("pln_a"))).resolves.toEqual({
        plan: plan("pln_a"),
        isNew: true,
      });
      const { plans } = await world.platform.restart();
      await expect(plans.get("pln_a")).resolves.toEqual(plan("pln_a"));
    });

    it.each(["pending", "approved", "executing"] as const)(
      "joins one of the same session and hash that is %s",
      async (state) => {
        await world.platform.plans.open(plan("pln_a", { state }));
        const joined = await world.platform.plans.open(plan("pln_b"));
        expect(joined).toMatchObject({ isNew: false, plan: { id: "pln_a" } });
        await expect(world.platform.plans.get("pln_b")).resolves.toBeUndefined();
      },
    );

    it("does not join one that has ended, however it ended", async () => {
      const ended = [
        "done",
        "failed",
        "unknown",
        "denied",
        "expired",
        "withdrawn",
        "superseded",
        "void",
      ] as const;
      for (const state of ended) {
        const opened = await world.platform.plans.open(plan(`pln_${state}`, { state }));
        expect(opened.isNew).toBe(true);
      }
    });

    it("does not join one of another session or another hash", async () => {
      await world.platform.plans.open(plan("pln_a"));
      await expect(world.platform.plans.open(plan("pln_b", { session: "ses_b" }))).resolves.toMatchObject({
        isNew: true,
      });
      await expect(world.platform.plans.open(plan("pln_c", { hash: "00" }))).resolves.toMatchObject({
        isNew: true,
      });
    });

    it("makes one plan of many that are opened at once by two processes", async () => {
      const { plans } = await world.platform.beside();
      const opened = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          (at % 2 ? plans : world.platform.plans).open(plan(`pln_${at}`)),
        ),
      );
      expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(opened.map((each) => each.plan.id)).size).toBe(1);
    });
  });

  describe("replacing a plan", () => {
    it("works on the version that was seen and not on an older one", async () => {
      await world.platform.plans.open(plan("pln_a"));
      const seen = plan("pln_a");
      await expect(world.platform.plans.replace(next(seen, "approved"))).resolves.toBe(true);
      await expect(world.platform.plans.replace(next(seen, "denied"))).resolves.toBe(false);
      await expect(world.platform.plans.get("pln_a")).resolves.toMatchObject({
        state: "approved",
        version: 2,
      });
    });

    it("of an unknown plan changes nothing", async () => {
      await expect(world.platform.plans.replace(next(plan("pln_none"), "denied"))).resolves.toBe(false);
      await expect(world.platform.plans.get("pln_none")).resolves.toBeUndefined();
    });

    it("lets exactly one of any number of processes move a plan on", async () => {
      const { plans } = await world.platform.beside();
      let at = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(1), { minLength: 2, maxLength: 12 }), async (movers) => {
          at += 1;
          const opened = plan(`pln_${at}`, { hash: String(at) });
          await world.platform.plans.open(opened);
          const moved = await Promise.all(
            movers.map((mover) =>
              (mover === 0 ? world.platform.plans : plans).replace(next(opened, "executing")),
            ),
          );
          expect(moved.filter(Boolean)).toHaveLength(1);
        }),
        { numRuns: 30 },
      );
    });
  });

  describe("waiting for a change", () => {
    it("ends at once when the plan has moved on already", async () => {
      await world.platform.plans.open(plan("pln_a", { version: 3 }));
      await expect(world.platform.plans.changed("pln_a", 2, 60_000)).resolves.toMatchObject({ version: 3 });
    });

    it("ends when this process changes the plan", async () => {
      await world.platform.plans.open(plan("pln_a"));
      const waiting = world.platform.plans.changed("pln_a", 1, 60_000);
      await world.platform.plans.replace(next(plan("pln_a"), "approved"));
      await expect(waiting).resolves.toMatchObject({ state: "approved" });
    });

    it("ends within a second when another process changes the plan", async () => {
      await world.platform.plans.open(plan("pln_a"));
      const waiting = world.platform.plans.changed("pln_a", 1, 60_000);
      const { plans } = await world.platform.beside();
      await plans.replace(next(plan("pln_a"), "denied"));
      await world.clock.advance(1_000);
      await expect(waiting).resolves.toMatchObject({ state: "denied" });
    });

    it("ends at its limit with what is stored, and not a moment before", async () => {
      await world.platform.plans.open(plan("pln_a"));
      let isOver = false;
      const waiting = world.platform.plans.changed("pln_a", 1, 1_700).finally(() => {
        isOver = true;
      });
      await world.clock.advance(1_699);
      expect(isOver).toBe(false);
      await world.clock.advance(1);
      await expect(waiting).resolves.toMatchObject({ state: "pending", version: 1 });
    });

    it("ends when the one who waits is gone, and leaves no timer behind", async () => {
      await world.platform.plans.open(plan("pln_a"));
      const gone = new AbortController();
      const waiting = world.platform.plans.changed("pln_a", 1, 60_000, gone.signal);
      await turn();
      gone.abort();
      await expect(waiting).resolves.toMatchObject({ version: 1 });
      expect(world.clock.sleepers()).toBe(0);
    });

    it("for an unknown plan ends at once", async () => {
      await expect(world.platform.plans.changed("pln_none", 0, 60_000)).resolves.toBeUndefined();
    });
  });

  describe("listing plans", () => {
    it("finds them by state, session and requester, newest first", async () => {
      const { plans } = world.platform;
      await plans.open(plan("pln_a", { createdAtMs: 1, hash: "1" }));
      await plans.open(plan("pln_b", { createdAtMs: 2, hash: "2", state: "denied", login: "bob" }));
      await plans.open(plan("pln_c", { createdAtMs: 3, hash: "3", state: "done", session: "ses_other" }));
      const found = async (filter: Parameters<typeof plans.list>[0]): Promise<string[]> =>
        (await plans.list(filter, { limit: 10 })).items.map(({ id }) => id);
      await expect(found({})).resolves.toEqual(["pln_c", "pln_b", "pln_a"]);
      await expect(found({ states: ["pending", "denied"] })).resolves.toEqual(["pln_b", "pln_a"]);
      await expect(found({ states: [] })).resolves.toEqual([]);
      await expect(found({ session: "ses_other" })).resolves.toEqual(["pln_c"]);
      await expect(found({ requester: "https://idp.example#bob" })).resolves.toEqual(["pln_b"]);
      await expect(found({ requester: "https://idp.example#bob", states: ["pending"] })).resolves.toEqual([]);
    });

    it("pages through all of them once, also those made in the same moment", async () => {
      const ids = ["pln_a", "pln_b", "pln_c", "pln_d", "pln_e"];
      for (const id of ids) await world.platform.plans.open(plan(id, { hash: id }));
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await world.platform.plans.list({}, { limit: 2, ...(after && { after }) });
        seen.push(...page.items.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(seen.toSorted()).toEqual(ids);
    });
  });
}
