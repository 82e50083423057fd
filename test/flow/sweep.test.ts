// What a crash left open is closed and carried on, and what somebody still works at is left alone.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { castVote } from "../../lambda/approval/vote.ts";
import { openEntry } from "../../lambda/flow/entry.ts";
import { sweepLeftOvers } from "../../lambda/flow/sweep.ts";
import type { World } from "../../lambda/flow/world.ts";
import { streamOf } from "../../lambda/model/http.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { alice, aPlan, approve, carol, oids } from "../approval/a-plan.ts";
import { openWorld, type WorldUnderTest } from "../stand-ins/world.ts";

const minute = 60_000;
const lifeMs = 16 * minute;
let under: WorldUnderTest;
let world: World;

beforeEach(async () => {
  under = await openWorld({ people: [alice, carol] });
  world = under.world;
});
afterEach(() => under.close());

async function waiting(): Promise<Plan> {
  const createdAtMs = under.clock.now();
  const expiresAtMs = createdAtMs + 60 * minute;
  const { plan } = await world.plans.open(
    aPlan({
      createdAtMs,
      expiresAtMs,
      schedule: { expiresAtMs },
      push: { capabilities: [], shallow: [] },
      entry: world.ids.next("req"),
    }),
  );
  return plan;
}

async function executing(): Promise<Plan> {
  const voted = castVote(await waiting(), carol, approve, under.clock.now());
  await world.plans.replace(voted);
  const claimed: Plan = {
    ...voted,
    state: "executing",
    claimedAtMs: under.clock.now() + 5 * minute,
    version: voted.version + 1,
  };
  await world.plans.replace(claimed);
  return claimed;
}

/** GitHub, as far as it is asked where the branch is. */
function gitHubAt(oid: string): World {
  const found = aPlan().repository;
  return {
    ...world,
    facts: { ...world.facts, ref: () => Promise.resolve(oid), repository: () => Promise.resolve(found) },
  };
}

async function stateOf(plan: Plan): Promise<string | undefined> {
  return (await world.plans.get(plan.id))?.state;
}

async function intended(): Promise<string> {
  const entry = openEntry(world);
  await world.escrow.put(entry.id, streamOf(Buffer.from("pack")));
  await entry.intend({
    caller: {
      ...alice,
      session: "ses_1",
      proof: "session-token",
      issuedAtMs: 0,
      expiresAtMs: 0,
      claimedLabels: {},
      claimedClient: "git",
      remoteAddress: "",
    },
    request: { method: "POST", target: "/acme/app.git/git-receive-pack" },
    verdict: { is: "allow", rules: [], reason: "", policyHash: "", masks: [], protection: [] },
  });
  return entry.id;
}

async function resultOf(entry: string): Promise<string | undefined> {
  const outcome = (await world.records.entry(entry)).find(({ record }) => record.kind === "outcome")?.record;
  return outcome?.kind === "outcome" ? outcome.result : undefined;
}

describe("an intent without an outcome", () => {
  it("is closed as unknown once nobody can be at it any more, and not a moment before", async () => {
    const entry = await intended();
    await under.clock.advance(lifeMs);
    await sweepLeftOvers(world, lifeMs);
    expect(await resultOf(entry)).toBeUndefined();
    await under.clock.advance(1);
    await sweepLeftOvers(world, lifeMs);
    expect(await resultOf(entry)).toBe("unknown");
  });
});

describe("a plan that somebody began to carry out", () => {
  it("is left alone for as long as that somebody can live, however old the approval is", async () => {
    const plan = await executing();
    await under.clock.advance(5 * minute + lifeMs);
    await sweepLeftOvers(gitHubAt(oids.new), lifeMs);
    expect(await stateOf(plan)).toBe("executing");
  });

  it("is settled by what GitHub shows after that: it landed", async () => {
    const plan = await executing();
    await under.clock.advance(5 * minute + lifeMs + 1);
    await sweepLeftOvers(gitHubAt(oids.new), lifeMs);
    expect(await stateOf(plan)).toBe("done");
  });

  it("is unknown when GitHub shows neither the old nor the new commit, and nothing is sent again", async () => {
    const plan = await executing();
    await under.clock.advance(5 * minute + lifeMs + 1);
    await sweepLeftOvers(gitHubAt("5".repeat(40)), lifeMs);
    expect(await stateOf(plan)).toBe("unknown");
  });

  it("is settled by one of two sweeps at the same time", async () => {
    await executing();
    await under.clock.advance(5 * minute + lifeMs + 1);
    const other = { ...gitHubAt(oids.new), ...(await under.another({})), facts: gitHubAt(oids.new).facts };
    await Promise.all([sweepLeftOvers(gitHubAt(oids.new), lifeMs), sweepLeftOvers(other, lifeMs)]);
    expect(under.events.filter(({ type }) => type === "execution")).toHaveLength(1);
    expect(under.events.filter(({ type }) => type === "execution")).toHaveLength(1);
  });
});

describe("a plan whose clock has died", () => {
  it("expires all the same", async () => {
    const plan = await waiting();
    await under.clock.advance(61 * minute);
    await sweepLeftOvers(world, lifeMs);
    expect(await stateOf(plan)).toBe("pending");
    await under.clock.advance(2 * minute);
    await sweepLeftOvers(world, lifeMs);
    expect(await stateOf(plan)).toBe("expired");
  });

  it("is carried out when it was approved and nobody came for it", async () => {
    const plan = await waiting();
    await world.plans.replace(castVote(plan, carol, approve, under.clock.now()));
    await sweepLeftOvers(gitHubAt("5".repeat(40)), lifeMs);
    expect(await stateOf(plan)).toBe("approved");
    await under.clock.advance(2 * minute + 1);
    await sweepLeftOvers(gitHubAt("5".repeat(40)), lifeMs);
    // The branch is elsewhere by now, so the approval fits no more: that is for the execution's own check to say.
    expect(await stateOf(plan)).toBe("void");
  });

  it("does not keep the sweep from the others", async () => {
    const plan = await waiting();
    await world.plans.replace(castVote(plan, carol, approve, under.clock.now()));
    const entry = await intended();
    await under.clock.advance(lifeMs + 1);
    await sweepLeftOvers(
      { ...world, facts: { ...world.facts, repository: () => Promise.reject(new Error("GitHub is down")) } },
      lifeMs,
    );
    expect(await stateOf(plan)).toBe("approved");
    expect(under.logged.map(({ event }) => event)).toContain("recovery-postponed");
    expect(await resultOf(entry)).toBe("unknown");
  });
});

describe("escrow", () => {
  it("goes once its request is over and no plan needs it", async () => {
    const entry = await intended();
    await under.clock.advance(lifeMs + 1);
    await sweepLeftOvers(world, lifeMs);
    expect(await world.escrow.list()).toEqual([entry]);
    await under.clock.advance(lifeMs + 1);
    await sweepLeftOvers(world, lifeMs);
    expect(await world.escrow.list()).toEqual([]);
  });

  it("stays for as long as its plan waits", async () => {
    const entry = await intended();
    await world.plans.open(
      aPlan({ entry, createdAtMs: under.clock.now(), expiresAtMs: under.clock.now() + 1_000 * minute }),
    );
    await under.clock.advance(lifeMs + 1);
    await sweepLeftOvers(world, lifeMs);
    await under.clock.advance(lifeMs + 1);
    await sweepLeftOvers(world, lifeMs);
    expect(await world.escrow.list()).toEqual([entry]);
  });
});
