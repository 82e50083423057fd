// What the approval clock does, and when; and in every history, that it widens who may approve and never approves.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { expire } from "../../lambda/approval/endings.ts";
import {
  dueNow,
  escalate,
  markStep,
  newReviewers,
  nextDue,
  scheduleOf,
} from "../../lambda/approval/schedule.ts";
import { castVote } from "../../lambda/approval/vote.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import type { ReviewDemand } from "../../lambda/model/verdict.ts";
import { aPlan, approve, carol, demand, erin, openedAtMs, person } from "./a-plan.ts";

const minute = 60_000;

function scheduled(demands: readonly ReviewDemand[], change: Partial<Plan> = {}): Plan {
  const schedule = scheduleOf(demands, openedAtMs);
  return aPlan({ demands, schedule, expiresAtMs: schedule.expiresAtMs, ...change });
}

const watched = demand({
  remindAfterSeconds: 1_200,
  escalation: { afterSeconds: 2_700, reviewers: ["security-team"] },
});

describe("the schedule of a plan", () => {
  it("asks at once, reminds, escalates and expires, each at its time and not a millisecond before", () => {
    const steps: [string, number][] = [];
    let plan = scheduled([watched]);
    for (let nowMs = openedAtMs; ;) {
      const due = nextDue(plan);
      if (due === undefined) break;
      expect(dueNow(plan, due.atMs - 1)).toBeUndefined();
      nowMs = Math.max(nowMs, due.atMs);
      expect(dueNow(plan, nowMs)).toBe(due.step);
      steps.push([due.step, (nowMs - openedAtMs) / minute]);
      plan = take(plan, due.step, nowMs);
    }
    expect(steps).toEqual([
      ["ask", 0],
      ["remind", 20],
      ["escalate", 45],
      ["expire", 60],
    ]);
    expect(plan.steps).toEqual(["asked", "reminded", "escalated"]);
  });

  it("of several rules ends with the shortest, and drops what would come after that", () => {
    const plan = scheduled([demand({ ttlSeconds: 600 }), watched]);
    expect(plan.schedule).toEqual({ expiresAtMs: openedAtMs + 10 * minute });
  });

  it("ends in the very second of its reminder and escalation without either: they come before the end or not at all", () => {
    const late = demand({
      ttlSeconds: 600,
      remindAfterSeconds: 600,
      escalation: { afterSeconds: 600, reviewers: ["security-team"] },
    });
    expect(scheduled([late]).schedule).toEqual({ expiresAtMs: openedAtMs + 10 * minute });
    const inTime = { ...late, ttlSeconds: 601 };
    expect(scheduled([inTime]).schedule).toEqual({
      remindAtMs: openedAtMs + 10 * minute,
      escalateAtMs: openedAtMs + 10 * minute,
      expiresAtMs: openedAtMs + 601_000,
    });
  });

  it("of several rules reminds and escalates with the earliest", () => {
    const early = demand({
      remindAfterSeconds: 60,
      escalation: { afterSeconds: 120, reviewers: ["security-team"] },
    });
    for (const demands of [
      [watched, early, demand()],
      [demand(), early, watched],
    ])
      expect(scheduled(demands).schedule).toMatchObject({
        remindAtMs: openedAtMs + minute,
        escalateAtMs: openedAtMs + 2 * minute,
      });
  });

  it("does not escalate to teams that may all decide already", () => {
    const reviewers = ["platform-team", "security-team"];
    const known = demand({ reviewers, escalation: { afterSeconds: 60, reviewers: ["security-team"] } });
    expect(scheduled([known]).schedule).not.toHaveProperty("escalateAtMs");
    const oneNew = { ...known, escalation: { afterSeconds: 60, reviewers: ["security-team", "leads"] } };
    expect(scheduled([oneNew]).schedule).toHaveProperty("escalateAtMs", openedAtMs + minute);
  });

  it("announces nothing that is over: a clock that wakes too late expires", () => {
    expect(dueNow(scheduled([watched]), openedAtMs + 60 * minute)).toBe("expire");
  });

  it("has nothing to do with a plan that does not wait", () => {
    expect(nextDue({ ...scheduled([watched]), state: "approved" })).toBeUndefined();
  });
});

describe("an escalation", () => {
  it("lets the further team decide, and not before", () => {
    const plan = scheduled([watched]);
    const at = openedAtMs + 45 * minute;
    expect(() => castVote(plan, erin, approve, at)).toThrow("only platform-team");
    expect(() => escalate(plan, at - 1)).toThrow(GateError);
    const wider = escalate(plan, at);
    expect(newReviewers(plan, wider)).toEqual(["security-team"]);
    expect(castVote(wider, erin, approve, at).state).toBe("approved");
    expect(castVote(wider, carol, approve, at).state).toBe("approved");
  });

  it("keeps the reminder that is still to come, and the next escalation", () => {
    const first = demand({
      remindAfterSeconds: 1_800,
      escalation: { afterSeconds: 60, reviewers: ["security-team"] },
    });
    const second = demand({ rule: "other", escalation: { afterSeconds: 600, reviewers: ["leads"] } });
    const once = escalate(scheduled([first, second]), openedAtMs + minute);
    expect(once.schedule).toEqual({
      remindAtMs: openedAtMs + 30 * minute,
      escalateAtMs: openedAtMs + 10 * minute,
      expiresAtMs: openedAtMs + 60 * minute,
    });
    const twice = escalate(once, openedAtMs + 10 * minute);
    expect(twice.schedule).toEqual({
      remindAtMs: openedAtMs + 30 * minute,
      expiresAtMs: openedAtMs + 60 * minute,
    });
    expect(twice.steps).toEqual(["escalated"]);
    expect(newReviewers(once, twice)).toEqual(["leads"]);
    expect(twice.demands[0]?.reviewers).toEqual(["platform-team", "security-team"]);
  });

  it("has no schedule for a reminder that no rule asks for", () => {
    const plan = scheduled([demand({ escalation: { afterSeconds: 60, reviewers: ["leads"] } })]);
    expect(escalate(plan, openedAtMs + minute).schedule).toEqual({ expiresAtMs: openedAtMs + 60 * minute });
  });

  it("comes neither before its time nor at the end of the plan", () => {
    const plan = scheduled([watched]);
    const codeAt = (nowMs: number): string => {
      try {
        escalate(plan, nowMs);
        return "passed";
      } catch (error) {
        return error instanceof GateError ? error.code : String(error);
      }
    };
    expect(codeAt(openedAtMs + 45 * minute - 1)).toBe("GH_NOT_PERMITTED");
    expect(codeAt(openedAtMs + 45 * minute)).toBe("passed");
    expect(codeAt(openedAtMs + 60 * minute - 1)).toBe("passed");
    expect(codeAt(openedAtMs + 60 * minute)).toBe("GH_ALREADY_DECIDED");
  });

  it("widens the rules that are due, and no other", () => {
    const other = demand({
      rule: "other",
      reviewers: ["legal"],
      escalation: { afterSeconds: 3_000, reviewers: ["board"] },
    });
    const plan = scheduled([watched, other]);
    const wider = escalate(plan, openedAtMs + 45 * minute);
    expect(wider.demands[1]).toBe(other);
    expect(wider.schedule.escalateAtMs).toBe(openedAtMs + 50 * minute);
  });
});

function take(plan: Plan, due: ReturnType<typeof dueNow>, nowMs: number): Plan {
  switch (due) {
    case "ask":
      return markStep(plan, "asked");
    case "remind":
      return markStep(plan, "reminded");
    case "escalate":
      return escalate(plan, nowMs);
    case "expire":
      return expire(plan, nowMs);
    case undefined:
      return plan;
    default:
      return due satisfies never;
  }
}

describe("in every history of clocks, votes and crashes", () => {
  const demands = fc.array(
    fc.record({
      ttlMinutes: fc.integer({ min: 1, max: 90 }),
      quorum: fc.integer({ min: 1, max: 2 }),
      remind: fc.option(fc.integer({ min: 1, max: 60 })),
      escalate: fc.option(fc.integer({ min: 1, max: 60 })),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const people = [carol, erin, person("frida", "board"), person("alice", "platform-team", "board")];
  const moves = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 15 * minute }),
      /** A crash between the write and what follows shows as a clock that looks twice, or at an old version. */
      staleBy: fc.constantFrom(0, 0, 1, 2),
      who: fc.option(fc.constantFrom(...people), { freq: 2 }),
    }),
    { minLength: 3, maxLength: 25 },
  );

  function played(
    wanted: readonly ReviewDemand[],
    happened: readonly { afterMs: number; staleBy: number; who: typeof carol | null }[],
  ): readonly Plan[] {
    const versions = [scheduled(wanted)];
    let nowMs = openedAtMs;
    for (const { afterMs, staleBy, who } of happened) {
      nowMs += afterMs;
      const seen = versions[Math.max(0, versions.length - 1 - staleBy)];
      if (seen === undefined) continue;
      try {
        const next =
          who === null ? take(seen, dueNow(seen, nowMs), nowMs) : castVote(seen, who, approve, nowMs);
        if (next.version === versions.length) versions.push(next);
      } catch (error) {
        if (!(error instanceof GateError)) throw error;
      }
    }
    return versions;
  }

  function always(holds: (versions: readonly Plan[]) => void): void {
    fc.assert(
      fc.property(demands, moves, (wanted, happened) => {
        const built = wanted.map(({ ttlMinutes, quorum, remind, escalate: after }, index) =>
          demand({
            rule: `rule-${index}`,
            quorum,
            ttlSeconds: ttlMinutes * 60,
            ...(remind === null ? {} : { remindAfterSeconds: remind * 60 }),
            ...(after === null
              ? {}
              : { escalation: { afterSeconds: after * 60, reviewers: ["security-team", "board"] } }),
          }),
        );
        holds(played(built, happened));
      }),
      { numRuns: 300 },
    );
  }

  it("no step is taken twice", () => {
    always((versions) => {
      const steps = versions.at(-1)?.steps ?? [];
      expect(new Set(steps).size).toBe(steps.length);
    });
  });

  it("a step of the clock changes neither votes nor what the hash names, and ends nothing but by expiry", () => {
    always((versions) => {
      versions.slice(1).forEach((plan, index) => {
        const before = versions[index];
        expect(plan.substance).toBe(before?.substance);
        if (plan.votes.length === before?.votes.length) expect(["pending", "expired"]).toContain(plan.state);
      });
    });
  });

  it("reviewers only grow, and only by the teams that the rule names for it, after its time", () => {
    always((versions) => {
      versions.slice(1).forEach((plan, index) => {
        plan.demands.forEach((after, at) => {
          const before = versions[index]?.demands[at];
          const added = after.reviewers.filter((team) => before?.reviewers.includes(team) !== true);
          expect(before?.reviewers.every((team) => after.reviewers.includes(team))).toBe(true);
          expect(added.every((team) => before?.escalation?.reviewers.includes(team) === true)).toBe(true);
          expect([after.quorum, after.ttlSeconds]).toEqual([before?.quorum, before?.ttlSeconds]);
        });
        expect(plan.schedule.expiresAtMs).toBe(versions[0]?.schedule.expiresAtMs);
      });
    });
  });

  it("nothing is approved but by its quorum of people who are not the one who asked", () => {
    always((versions) => {
      const last = versions.at(-1);
      if (last?.state !== "approved") return;
      for (const { reviewers, quorum } of last.demands) {
        const entitled = last.votes.filter(({ teams }) => teams.some((team) => reviewers.includes(team)));
        expect(new Set(entitled.map(({ person: one }) => one)).size).toBeGreaterThanOrEqual(quorum);
      }
      expect(last.votes.map(({ login }) => login)).not.toContain("alice");
    });
  });

  it("the next step lies ahead of what was done, or there is none: a clock that follows it comes to an end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.option(fc.integer({ min: 1, max: 60 })),
        (ttl, after) => {
          let plan = scheduled([
            demand({
              ttlSeconds: ttl * 60,
              ...(after === null
                ? {}
                : {
                    remindAfterSeconds: after * 60,
                    escalation: { afterSeconds: after * 60, reviewers: ["board"] },
                  }),
            }),
          ]);
          let turns = 0;
          for (let due = nextDue(plan); due !== undefined; due = nextDue(plan), turns += 1)
            plan = take(plan, dueNow(plan, due.atMs), due.atMs);
          expect(plan.state).toBe("expired");
          expect(turns).toBeLessThanOrEqual(4);
        },
      ),
    );
  });
});
