// The approval clock's turn over real stores: each step once, its notices after it, whatever fails or looks at the same time.
import { afterEach, describe, expect, it } from "@jest/globals";
import { advance } from "../../lambda/flow/advance.ts";
import { decidePlan } from "../../lambda/flow/decide.ts";
import { scheduleOf } from "../../lambda/approval/schedule.ts";
import type { NoticeChannel } from "../../lambda/model/notices.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { alice, aPlan, carol, demand, erin } from "../approval/a-plan.ts";
import { openWorld, type WorldOptions, type WorldUnderTest } from "../stand-ins/world.ts";

const minute = 60_000;
const teams = {
  "platform-team": [
    { slack: { channel: "#platform" } },
    { email: { to: ["platform@acme.example"], from: "gatehouse@acme.example" } },
  ],
  "security-team": [{ slack: { channel: "#security" } }],
};
const watched = demand({
  remindAfterSeconds: 1_200,
  escalation: { afterSeconds: 2_700, reviewers: ["security-team"] },
});

let under: WorldUnderTest;
afterEach(() => under.close());

async function waiting(options: WorldOptions = {}): Promise<Plan> {
  under = await openWorld({ config: { notices: { teams } }, people: [alice, carol, erin], ...options });
  const createdAtMs = under.clock.now();
  const schedule = scheduleOf([watched], createdAtMs);
  const { plan } = await under.world.plans.open(
    aPlan({
      id: under.world.ids.next("pln"),
      entry: under.world.ids.next("req"),
      demands: [watched],
      createdAtMs,
      schedule,
      expiresAtMs: schedule.expiresAtMs,
    }),
  );
  return plan;
}

function told(): string[] {
  return under.sent.map(({ channel, message }) => `${message.kind} ${message.team} ${nameOf(channel)}`);
}

function nameOf(channel: NoticeChannel): string {
  if ("slack" in channel) return channel.slack.channel ?? "";
  return "email" in channel ? "email" : "inbox";
}

function steps(): string[] {
  return under.events.flatMap((event) => (event.type === "approval" ? [event.step] : []));
}

describe("the approval clock's turn", () => {
  it("asks, reminds, escalates and expires, and says each time when to come back", async () => {
    const plan = await waiting();
    const openedMs = under.clock.now();
    const dues: (number | undefined)[] = [];
    for (const afterMs of [0, 20, 25, 15]) {
      await under.clock.advance(afterMs * minute);
      const due = await advance(plan.id, under.world);
      dues.push(due === undefined ? undefined : (due - openedMs) / minute);
    }
    expect(dues).toEqual([20, 45, 60, undefined]);
    expect(told()).toEqual([
      "asked platform-team #platform",
      "asked platform-team email",
      "reminder platform-team #platform",
      "reminder platform-team email",
      "escalated security-team #security",
      "decided platform-team #platform",
      "decided platform-team email",
      "decided security-team #security",
    ]);
    expect(steps()).toEqual(["asked", "reminded", "escalated", "expired"]);
    expect(await under.world.plans.get(plan.id)).toMatchObject({
      state: "expired",
      steps: ["asked", "reminded", "escalated"],
    });
  });

  it("tells nobody twice when it is taken again, or by several at once", async () => {
    const plan = await waiting();
    await Promise.all([1, 2, 3].map(() => advance(plan.id, under.world)));
    await advance(plan.id, under.world);
    expect(told()).toEqual(["asked platform-team #platform", "asked platform-team email"]);
  });

  it("makes up for what a stopped gateway missed, without announcing what is over", async () => {
    const plan = await waiting();
    await under.clock.advance(50 * minute);
    await advance(plan.id, under.world);
    expect(steps()).toEqual(["asked", "reminded", "escalated"]);
    await under.clock.advance(10 * minute);
    await advance(plan.id, under.world);
    expect(steps()).toEqual(["asked", "reminded", "escalated", "expired"]);
  });

  it("records an escalation, and then the further team decides", async () => {
    const plan = await waiting();
    await advance(plan.id, under.world);
    const decision = { decision: "approve", reason: "fine", planHash: plan.hash } as const;
    const who = { ...erin, signedInAtMs: under.clock.now() + 45 * minute, via: "browser" } as const;
    await expect(decidePlan(plan.id, who, decision, under.world)).rejects.toThrow();
    await under.clock.advance(45 * minute);
    await advance(plan.id, under.world);
    const records = (await under.world.records.entry(plan.entry)).map(({ record }) => record);
    expect(records).toContainEqual(
      expect.objectContaining({
        kind: "approval",
        reason: "nobody decided so far, so security-team may decide as well",
      }),
    );
    expect((await decidePlan(plan.id, who, decision, under.world)).state).toBe("approved");
    expect(told().slice(-3)).toEqual([
      "decided platform-team #platform",
      "decided platform-team email",
      "decided security-team #security",
    ]);
  });

  it("has nothing to do with a plan that is not there", async () => {
    await waiting();
    expect(await advance(under.world.ids.next("pln"), under.world)).toBeUndefined();
  });
});

describe("a channel", () => {
  it("that fails holds back neither the others nor the step, and is an event", async () => {
    const plan = await waiting({
      send: (channel) => ("slack" in channel ? Promise.reject(new Error("503")) : Promise.resolve()),
    });
    await advance(plan.id, under.world);
    expect(told()).toEqual(["asked platform-team #platform", "asked platform-team email"]);
    expect((await under.world.plans.get(plan.id))?.steps).toEqual(["asked"]);
    expect(under.events).toContainEqual(
      expect.objectContaining({ type: "notice-failed", team: "platform-team", channel: "slack" }),
    );
  });

  it("that never answers is given up after eight seconds", async () => {
    const plan = await waiting({
      send: (channel) => ("slack" in channel ? new Promise(() => undefined) : Promise.resolve()),
    });
    let isDone = false;
    const turn = advance(plan.id, under.world).then(() => {
      isDone = true;
    });
    while (under.sent.length < 2) await under.clock.advance(0);
    await under.clock.advance(7_999);
    expect(isDone).toBe(false);
    await under.clock.advance(1);
    await turn;
    expect(under.events.map(({ type }) => type)).toContain("notice-failed");
  });
});

describe("an event stream that rejects", () => {
  it("changes nothing about the approval", async () => {
    const plan = await waiting();
    const world = await under.another({
      events: { emit: () => Promise.reject(new Error("full")), flush: () => Promise.resolve() },
    });
    await advance(plan.id, world);
    expect((await world.plans.get(plan.id))?.steps).toEqual(["asked"]);
    expect(under.logged.map(({ event }) => event)).toContain("event-failed");
  });
});
