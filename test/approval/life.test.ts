// Promise 5, for all histories: whatever people, clocks and crashes do in whatever order, a plan is executed at most once,
// and never without its quorum of people other than the one who asked.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import * as endings from "../../lambda/approval/endings.ts";
import { castVote } from "../../lambda/approval/vote.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { Plan, PlanResult } from "../../lambda/model/plan.ts";
import type { ReviewDemand } from "../../lambda/model/verdict.ts";
import { alice, aPlan, expiresAtMs, openedAtMs, person } from "./a-plan.ts";

const people = [
  { ...alice, teams: ["a", "b"] },
  { ...person("alice2", "a", "b"), person: alice.person },
  person("carol", "a"),
  { ...person("carol2", "a", "b"), person: person("carol").person },
  person("dave", "a"),
  person("erin", "b"),
  person("frida", "a", "b"),
  person("mallory"),
];
const result: PlanResult = { atMs: 0, status: 200, refs: [], executionEntry: "exe_1" };

type Step = (plan: Plan, nowMs: number) => Plan;
interface Event {
  readonly step: Step;
  /** How far the clock moves before it. */
  readonly afterMs: number;
  /** Acts on the newest plan, or on one read this many versions ago: a slow browser, a second worker. */
  readonly staleBy: number;
}

const someone = fc.constantFrom(...people);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: someone.map(
      (who): Step =>
        (plan, nowMs) =>
          castVote(plan, who, { decision: "approve", reason: "r", planHash: "c0ffee" }, nowMs),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(someone, fc.constantFrom("c0ffee", "other")).map(
      ([who, planHash]): Step =>
        (plan, nowMs) =>
          castVote(
            plan,
            who,
            { decision: planHash === "other" ? "approve" : "deny", reason: "r", planHash },
            nowMs,
          ),
    ),
  },
  { weight: 6, arbitrary: fc.constant<Step>((plan) => endings.claim(plan)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom("done" as const, "failed" as const, "unknown" as const).map(
      (state): Step =>
        (plan) =>
          endings.finish(plan, result, state),
    ),
  },
  someone.map(
    (who): Step =>
      (plan) =>
        endings.withdraw(plan, who),
  ),
  { weight: 2, arbitrary: fc.constant<Step>((plan, nowMs) => endings.expire(plan, nowMs)) },
  fc.constantFrom<Step>(
    (plan) => endings.supersede(plan, "pln_2"),
    (plan) => endings.voidPlan(plan, "moved"),
  ),
);
const events = fc.array(
  fc.record<Event>({
    step: steps,
    afterMs: fc.constantFrom(0, 1, 60_000, 15 * 60_000),
    staleBy: fc.constantFrom(0, 0, 0, 1, 2),
  }),
  { minLength: 5, maxLength: 20, size: "max" },
);
const demands = fc.array(
  fc.record<ReviewDemand>({
    rule: fc.constantFrom("r1", "r2"),
    reviewers: fc.constantFrom(["a"], ["b"], ["a", "b"]),
    quorum: fc.constantFrom(1, 1, 2, 3),
    ttlSeconds: fc.constant(3600),
  }),
  { minLength: 1, maxLength: 2 },
);

/** The store's one rule: only the next version of what is stored is stored. */
function history(plan: Plan, happened: readonly Event[]): readonly Plan[] {
  const versions = [plan];
  let nowMs = openedAtMs;
  for (const { step, afterMs, staleBy } of happened) {
    nowMs += afterMs;
    const seen = versions[Math.max(0, versions.length - 1 - staleBy)] ?? plan;
    try {
      const next = step(seen, nowMs);
      if (next.version === versions.length) versions.push(next);
    } catch (error) {
      if (!(error instanceof GateError)) throw error;
    }
  }
  return versions;
}

function hasQuorum(plan: Plan): boolean {
  const others = plan.votes.filter(
    ({ person: one, subject }) => one !== plan.requester.person && subject !== plan.requester.subject,
  );
  return plan.demands.every(({ reviewers, quorum }) => {
    const entitled = others.filter(
      ({ decision, teams }) => decision === "approve" && teams.some((team) => reviewers.includes(team)),
    );
    return new Set(entitled.map(({ person: one }) => one)).size >= quorum;
  });
}

/** Fails with the shortest history that breaks the rule. */
function always(holds: (versions: readonly Plan[]) => boolean): void {
  fc.assert(
    fc.property(demands, events, (wanted, happened) => holds(history(aPlan({ demands: wanted }), happened))),
    { numRuns: 500 },
  );
}

describe("in every history of a plan", () => {
  it("nothing is executed without a quorum of distinct people other than the requester", () => {
    const needsQuorum = new Set(["approved", "executing", "done", "failed", "unknown"]);
    always((versions) =>
      versions.every((plan) => !needsQuorum.has(plan.state) || (plan.demands.length > 0 && hasQuorum(plan))),
    );
  });

  it("nothing is executed that somebody entitled refused", () => {
    always((versions) =>
      versions.every(
        ({ state, votes }) => state !== "executing" || votes.every(({ decision }) => decision === "approve"),
      ),
    );
  });

  it("at most one claim succeeds", () => {
    always((versions) => versions.filter(({ state }) => state === "executing").length <= 1);
  });

  it("an end is an end", () => {
    always((versions) => versions.slice(0, -1).every((plan) => !endings.isEnded(plan)));
  });

  it("what the hash names never changes, and versions rise one by one", () => {
    always((versions) =>
      versions.every((plan, index) => plan.version === index && plan.substance === versions[0]?.substance),
    );
  });

  it("every vote was cast before the end, by one person each", () => {
    always((versions) => {
      const votes = versions.at(-1)?.votes ?? [];
      const voters = new Set(votes.map((vote) => vote.person));
      return voters.size === votes.length && votes.every(({ atMs }) => atMs < expiresAtMs);
    });
  });

  it("some plans are carried out, some end otherwise: these properties speak about something", () => {
    const samples = fc.sample(fc.tuple(demands, events), { numRuns: 1_000, seed: 1 });
    const ends = samples.map(
      ([wanted, happened]) => history(aPlan({ demands: wanted }), happened).at(-1)?.state,
    );
    for (const state of ["done", "failed", "unknown", "denied", "expired", "void", "withdrawn"])
      expect([state, ends.filter((end) => end === state).length > 4]).toEqual([state, true]);
  });
});
