// Two pairs of eyes, and they belong to two people.
import { describe, expect, it } from "@jest/globals";
import { castVote, mayDecide, missingApprovals } from "../../lambda/approval/vote.ts";
import {
  alice,
  aPlan,
  approve,
  carol,
  dave,
  demand,
  deny,
  erin,
  expiresAtMs,
  openedAtMs,
  person,
} from "./a-plan.ts";
import { codeOf } from "./refusals.ts";

const now = openedAtMs + 1;
const second = 1_000;

describe("castVote", () => {
  it("approves when the one demand is met, one version up, and keeps who and why", () => {
    const next = castVote(aPlan(), carol, { ...approve, reason: "  looks right\n" }, now);
    expect(next).toMatchObject({ state: "approved", version: 1 });
    expect(next.votes).toEqual([{ ...carol, decision: "approve", reason: "looks right", atMs: now }]);
  });

  it("keeps where it was made, when that was not at the console", () => {
    expect(castVote(aPlan(), { ...carol, via: "slack" }, approve, now).votes[0]?.via).toBe("slack");
    expect(castVote(aPlan(), carol, approve, now).votes[0]).not.toHaveProperty("via");
  });

  it("is one for each account, whoever stands behind it now", () => {
    const plan = castVote(aPlan({ demands: [demand({ quorum: 2 })] }), carol, approve, now);
    expect(codeOf(() => castVote(plan, { ...carol, person: "issuer#other" }, approve, now))).toBe(
      "GH_ALREADY_DECIDED",
    );
  });

  it("takes an approval at 9:59:59 and not at 10:00:00", () => {
    expect(castVote(aPlan(), carol, approve, expiresAtMs - second).state).toBe("approved");
    expect(castVote(aPlan(), carol, approve, expiresAtMs - 1).state).toBe("approved");
    expect(codeOf(() => castVote(aPlan(), carol, approve, expiresAtMs))).toBe("GH_ALREADY_DECIDED");
  });

  it("takes no denial after the end either", () => {
    expect(codeOf(() => castVote(aPlan(), carol, deny, expiresAtMs))).toBe("GH_ALREADY_DECIDED");
  });

  it("refuses the requester, also as a member of the team", () => {
    const requester = { ...aPlan().requester, teams: ["platform-team"] };
    expect(codeOf(() => castVote(aPlan({ requester }), requester, approve, now))).toBe("GH_OWN_REQUEST");
    expect(codeOf(() => castVote(aPlan({ requester }), requester, deny, now))).toBe("GH_OWN_REQUEST");
  });

  it("refuses another identity of the requester", () => {
    const linked = { ...person("alice-admin", "platform-team"), person: alice.person };
    expect(codeOf(() => castVote(aPlan(), linked, approve, now))).toBe("GH_OWN_REQUEST");
  });

  it("refuses somebody of another team, also for a denial", () => {
    expect(codeOf(() => castVote(aPlan(), erin, approve, now))).toBe("GH_NOT_PERMITTED");
    expect(codeOf(() => castVote(aPlan(), erin, deny, now))).toBe("GH_NOT_PERMITTED");
  });

  it("refuses a decision about something else than what waits", () => {
    expect(codeOf(() => castVote(aPlan(), carol, { ...approve, planHash: "c0ffef" }, now))).toBe(
      "GH_PLAN_CHANGED",
    );
  });

  it.each([
    "approved",
    "executing",
    "done",
    "failed",
    "unknown",
    "denied",
    "expired",
    "withdrawn",
    "superseded",
    "void",
  ] as const)("refuses a plan that is %s", (state) => {
    expect(codeOf(() => castVote(aPlan({ state }), carol, approve, now))).toBe("GH_ALREADY_DECIDED");
  });

  it("ends the plan with the first denial, with the reason for the one who asked", () => {
    const plan = aPlan({ demands: [demand({ quorum: 2 })] });
    const next = castVote(castVote(plan, carol, approve, now), dave, deny, now);
    expect(next).toMatchObject({ state: "denied", endReason: "not today", version: 2 });
  });

  it.each([
    ["empty", "", "GH_BAD_DECISION"],
    ["blank", " \n\t ", "GH_BAD_DECISION"],
    ["2000 characters long", "x".repeat(2000), undefined],
    ["2001 characters long", "x".repeat(2001), "GH_BAD_DECISION"],
    ["2000 characters long without its blanks", ` ${"x".repeat(2000)} `, undefined],
  ])("with a reason that is %s gives %j", (_what, reason, code) => {
    expect(codeOf(() => castVote(aPlan(), carol, { ...approve, reason }, now))).toBe(code);
  });
});

describe("a quorum of two", () => {
  const plan = aPlan({ demands: [demand({ quorum: 2 })] });

  it("waits after the first and is met by the second person", () => {
    const first = castVote(plan, carol, approve, now);
    expect(first.state).toBe("pending");
    expect(missingApprovals(first)).toEqual([{ rule: "protected-branch", missing: 1 }]);
    expect(castVote(first, dave, approve, now).state).toBe("approved");
  });

  it("is not met by one person voting twice", () => {
    const first = castVote(plan, carol, approve, now);
    expect(codeOf(() => castVote(first, carol, approve, now))).toBe("GH_ALREADY_DECIDED");
  });

  it("is not met by one person with two accounts", () => {
    const linked = { ...person("carol-admin", "platform-team"), person: carol.person };
    const first = castVote(plan, carol, approve, now);
    expect(codeOf(() => castVote(first, linked, approve, now))).toBe("GH_ALREADY_DECIDED");
  });
});

describe("two demands", () => {
  const plan = aPlan({
    demands: [demand(), demand({ rule: "workflow-files", reviewers: ["security-team"] })],
  });

  it("need both teams, in either order", () => {
    const first = castVote(plan, carol, approve, now);
    expect(first.state).toBe("pending");
    expect(castVote(first, erin, approve, now).state).toBe("approved");
    expect(castVote(castVote(plan, erin, approve, now), carol, approve, now).state).toBe("approved");
  });

  it("are not met by two people of one team", () => {
    expect(castVote(castVote(plan, carol, approve, now), dave, approve, now).state).toBe("pending");
  });

  it("are both met by one person who is in both teams", () => {
    expect(castVote(plan, person("frida", "platform-team", "security-team"), approve, now).state).toBe(
      "approved",
    );
  });
});

describe("a plan that nobody can approve", () => {
  it("stays so when it demands nothing", () => {
    expect(codeOf(() => castVote(aPlan({ demands: [] }), carol, approve, now))).toBe("GH_NOT_PERMITTED");
  });

  it("stays so when one of its demands names no team", () => {
    const plan = aPlan({ demands: [demand(), demand({ rule: "x", reviewers: [] })] });
    expect(castVote(plan, carol, approve, now).state).toBe("pending");
  });
});

describe("mayDecide", () => {
  it.each([
    [carol, aPlan(), now, undefined],
    [
      { ...carol, person: alice.person },
      aPlan(),
      now,
      "this is your own request; another person has to decide",
    ],
    [erin, aPlan(), now, "only platform-team can decide this"],
    [carol, aPlan(), expiresAtMs, "it is expired already"],
    [carol, aPlan({ state: "superseded" }), now, "it is superseded already"],
    [
      carol,
      castVote(aPlan({ demands: [demand({ quorum: 2 })] }), carol, approve, now),
      now,
      "you have decided already",
    ],
  ])("says what stands in the way (%#)", (who, plan, nowMs, because) => {
    expect(mayDecide(plan, who, nowMs)).toEqual(
      because === undefined ? { is: true } : { is: false, because },
    );
  });
});
