// One approval for a while: what it covers, and all the ways in which it does not.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { castVote } from "../../lambda/approval/vote.ts";
import { carryOutGraceMs, covered, coverFor, lastMomentMs } from "../../lambda/approval/window.ts";
import type { RefChange } from "../../lambda/model/action.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { alice, aPlan, approve, carol, deny, demand, oids, openedAtMs, person } from "./a-plan.ts";

const minute = 60_000;
const approvedAtMs = openedAtMs + minute;
const windowed = [demand({ windowSeconds: 30 * 60 })];
const next = (change: Partial<Plan> = {}, substance: Partial<Plan["substance"]> = {}): Plan =>
  aPlan({ id: "pln_2", hash: "c0ffee2", demands: windowed, ...change }, substance);

/** carol approved it, and GitHub took it. */
function done(change: Partial<Plan> = {}, substance: Partial<Plan["substance"]> = {}): Plan {
  const plan = aPlan({ demands: windowed, ...change }, substance);
  return { ...castVote(plan, carol, approve, approvedAtMs), state: "done" };
}
const main: RefChange = {
  ref: "refs/heads/main",
  change: "update",
  old: oids.old,
  new: oids.new,
  force: "no",
};

describe("an approval with a window", () => {
  it("covers a further push of the same branch by the same session, and says until when", () => {
    expect(coverFor(next(), [done()], approvedAtMs + minute)).toEqual({
      plan: "pln_1",
      untilMs: approvedAtMs + 30 * minute,
    });
  });

  it("covers a millisecond before its end, and not at its end", () => {
    const endMs = approvedAtMs + 30 * minute;
    expect(coverFor(next(), [done()], endMs - 1)).toBeDefined();
    expect(coverFor(next(), [done()], endMs)).toBeUndefined();
  });

  it("ends with the shortest window of its rules", () => {
    const demands = [...windowed, demand({ rule: "other", windowSeconds: 60 })];
    const cover = coverFor(next({ demands }), [done({ demands })], approvedAtMs);
    expect(cover?.untilMs).toBe(approvedAtMs + minute);
  });

  it.each<[string, Plan, Plan]>([
    ["whose rule has no window", next({ demands: [demand()] }), done()],
    ["approved before its rule had a window", next(), done({ demands: [demand()] })],
    [
      "that also must satisfy a rule without a window",
      next({ demands: [...windowed, demand({ rule: "workflow-files" })] }),
      done({ demands: [...windowed, demand({ rule: "workflow-files" })] }),
    ],
    [
      "that must satisfy a rule which nobody approved",
      next({ demands: [...windowed, demand({ rule: "workflow-files", windowSeconds: 600 })] }),
      done(),
    ],
    ["of another session", next({ session: "ses_2" }), done()],
    ["of another person", next({ requester: { ...person("bob"), claimedClient: "git" } }), done()],
    [
      "of a further account of the person",
      next({ requester: { ...alice, subject: "issuer#alice2", claimedClient: "git" } }),
      done(),
    ],
    [
      "of an account that changed hands",
      next({ requester: { ...alice, person: "issuer#bob", claimedClient: "git" } }),
      done(),
    ],
    ["under other policies", next({ policyHash: "ff" }), done()],
    ["of another repository", next({}, { repositoryId: 2 }), done()],
    ["of another operation", next({}, { operation: "pulls/merge" }), done()],
    ["of another branch", next({}, { refs: [{ ...main, ref: "refs/heads/release" }] }), done()],
    ["of one branch more", next({}, { refs: [main, { ...main, ref: "refs/heads/x" }] }), done()],
    ["that rewrites history", next({}, { refs: [{ ...main, force: "yes" }] }), done()],
    ["that deletes the branch", next({}, { refs: [{ ...main, change: "delete" }] }), done()],
    ["that names no branch", next({}, { refs: [] }), done({}, { refs: [] })],
    [
      "that may touch every branch",
      next({ findings: { touchesWorkflows: false, touchesAllBranches: true, paths: [] } }),
      done(),
    ],
    ["that nothing demands", next({ demands: [] }), done()],
    ["when the approved one failed", next(), { ...done(), state: "failed" }],
    ["when the approved one is still under way", next(), { ...done(), state: "executing" }],
    ["when nobody voted for it", next(), { ...done(), votes: [] }],
    ["when it was covered itself", next(), { ...done(), coveredBy: { plan: "pln_0", untilMs: Infinity } }],
    ["by itself", done(), done()],
  ])("does not cover a plan %s", (_what, plan, other) => {
    expect(coverFor(plan, [other], approvedAtMs)).toBeUndefined();
  });

  it("covers by the one that lasts longest, wherever it stands", () => {
    const short = done({ demands: [demand({ windowSeconds: 60 })] });
    const long = done({ id: "pln_4" });
    for (const others of [
      [short, long],
      [long, short],
    ])
      expect(coverFor(next(), others, approvedAtMs)).toEqual({
        plan: "pln_4",
        untilMs: approvedAtMs + 30 * minute,
      });
  });

  it("covers the same branches in another order", () => {
    const x = { ...main, ref: "refs/heads/x" };
    expect(
      coverFor(next({}, { refs: [x, main] }), [done({}, { refs: [main, x] })], approvedAtMs),
    ).toBeDefined();
  });

  it("takes no window from a rule that the new plan does not need", () => {
    const two = [...windowed, demand({ rule: "workflow-files", windowSeconds: 60 })];
    expect(coverFor(next(), [done({ demands: two })], approvedAtMs)?.untilMs).toBe(
      approvedAtMs + 30 * minute,
    );
  });

  it("ends with one no among several votes", () => {
    const mixed = aPlan({ id: "pln_3", demands: [demand({ quorum: 2 })] });
    const denied = castVote(
      castVote(mixed, carol, approve, approvedAtMs + 1),
      person("dave", "platform-team"),
      deny,
      approvedAtMs + 2,
    );
    expect(coverFor(next(), [done(), denied], approvedAtMs + minute)).toBeUndefined();
  });

  it("leaves ten minutes to carry out what was approved in the last second", () => {
    expect(carryOutGraceMs).toBe(600_000);
  });

  it("ends with a denial in the session, whatever it was about; an older denial does not count", () => {
    const denied = (atMs: number): Plan => castVote(aPlan({ id: "pln_3" }), carol, deny, atMs);
    const now = approvedAtMs + 2 * minute;
    expect(coverFor(next(), [done(), denied(approvedAtMs + minute)], now)).toBeUndefined();
    expect(coverFor(next(), [done(), denied(approvedAtMs)], now)).toBeUndefined();
    expect(coverFor(next(), [done(), denied(approvedAtMs - 1)], now)).toBeDefined();
  });
});

describe("a covered plan", () => {
  const cover = { plan: "pln_1", untilMs: approvedAtMs + minute };

  it("is approved without votes and names what covers it", () => {
    expect(covered(next(), cover)).toMatchObject({
      state: "approved",
      votes: [],
      coveredBy: cover,
      version: 1,
    });
  });

  it("must still wait: one that ended is not revived", () => {
    expect(() => covered({ ...next(), state: "withdrawn" }, cover)).toThrow("already withdrawn");
  });

  it("is not carried out after the window, though the plan itself would have had time", () => {
    expect(lastMomentMs(covered(next(), cover))).toBe(cover.untilMs + carryOutGraceMs);
    expect(lastMomentMs(next())).toBe(next().expiresAtMs + carryOutGraceMs);
  });
});

describe("over any course of a session", () => {
  const course = fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 20 * minute }),
      session: fc.constantFrom("ses_1", "ses_2"),
      branch: fc.constantFrom("main", "release"),
      windowSeconds: fc.constantFrom(undefined, 300, 1800),
      vote: fc.constantFrom("approve" as const, "deny" as const, "none" as const),
      policyHash: fc.constantFrom("a", "b"),
    }),
    { minLength: 1, maxLength: 20 },
  );

  it("nothing passes that a person did not approve within its window, for that session, branch and policy", () => {
    fc.assert(
      fc.property(course, (requests) => {
        const ended: Plan[] = [];
        let nowMs = openedAtMs;
        for (const [index, request] of requests.entries()) {
          nowMs += request.afterMs;
          const { windowSeconds, session, policyHash, branch } = request;
          const plan = aPlan(
            {
              id: `pln_${index}`,
              session,
              policyHash,
              createdAtMs: nowMs,
              expiresAtMs: nowMs + 60 * minute,
              demands: [demand(windowSeconds === undefined ? {} : { windowSeconds })],
            },
            { refs: [{ ...main, ref: `refs/heads/${branch}` }] },
          );
          const cover = coverFor(plan, ended, nowMs);
          if (cover !== undefined) {
            const approved = ended.find(({ id }) => id === cover.plan);
            const [vote] = approved?.votes ?? [];
            expect(vote?.decision).toBe("approve");
            expect(vote?.subject).not.toBe(alice.subject);
            expect([approved?.session, approved?.policyHash, approved?.substance.refs[0]?.ref]).toEqual([
              session,
              policyHash,
              `refs/heads/${branch}`,
            ]);
            expect(windowSeconds).toBeDefined();
            expect(nowMs - (vote?.atMs ?? -Infinity)).toBeLessThan((windowSeconds ?? 0) * 1000);
            ended.push({ ...covered(plan, cover), state: "done" });
          } else if (request.vote !== "none") {
            const voted = castVote(plan, carol, request.vote === "approve" ? approve : deny, nowMs);
            ended.push(voted.state === "approved" ? { ...voted, state: "done" } : voted);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
