// An annotation is a promise: each is read exactly, and each limit holds on both of its sides.
import { describe, expect, it } from "@jest/globals";
import { approvalRule, guardrailRule, idOf, type Annotations } from "../../lambda/policy/rules.ts";

const sound = { id: "x", reviewers: "a", ttl: "1h" };

function approval(annotations: Annotations, effect: "permit" | "forbid" = "forbid") {
  const problems: string[] = [];
  const rule = approvalRule("x", effect, { ...sound, ...annotations }, (problem) => problems.push(problem));
  return { rule, problems };
}

function guardrail(effect: "permit" | "forbid", annotations: Annotations) {
  const problems: string[] = [];
  const rule = guardrailRule("x", effect, { id: "x", ...annotations }, (problem) => problems.push(problem));
  return { rule, problems };
}

describe("a rule's @id", () => {
  it.each([["a"], ["Never.push_to-main9"], ["a".repeat(100)]])("may be %s", (id) => {
    expect(idOf({ id })).toEqual({ id });
  });

  it.each([["a".repeat(101)], ["-a"], ["a b"], ["a/b"], [" a"], ["a\n"]])("may not be %j", (id) => {
    expect(idOf({ id })).toMatchObject({ problem: expect.stringContaining("100 at most") });
  });

  it.each([[undefined], [null], [""]])("may not be left out (%j)", (id) => {
    expect(idOf(id === undefined ? {} : { id })).toMatchObject({
      problem: expect.stringContaining("no @id"),
    });
  });
});

describe("an approval rule", () => {
  it("needs one person, once, without reminder, escalation, window or reason, when it says no more", () => {
    expect(approval({})).toEqual({
      rule: { id: "x", reviewers: ["a"], quorum: 1, ttlSeconds: 3600 },
      problems: [],
    });
  });

  it("holds all that it says", () => {
    const annotations = {
      reviewers: " a ,b,, a",
      quorum: "2",
      ttl: "2d",
      remind: "30m",
      escalate: "c, d",
      escalateAfter: "1h",
      window: "90s",
      reason: "{target} is ours",
    };
    expect(approval(annotations)).toEqual({
      rule: {
        id: "x",
        reviewers: ["a", "b"],
        quorum: 2,
        ttlSeconds: 172_800,
        remindAfterSeconds: 1800,
        escalation: { reviewers: ["c", "d"], afterSeconds: 3600 },
        windowSeconds: 90,
        reason: "{target} is ours",
      },
      problems: [],
    });
  });

  it.each<[Annotations]>([
    [{ quorum: "1" }],
    [{ quorum: "20" }],
    [{ ttl: "1s" }],
    [{ ttl: "30d" }],
    [{ ttl: "2592000s" }],
    [{ remind: "1s" }],
    [{ remind: "3599s" }],
    [{ escalate: "b", escalateAfter: "1s" }],
    [{ escalate: "b", escalateAfter: "3599s" }],
    [{ window: "1s" }],
    [{ window: "8h" }],
    [{ reason: "a".repeat(300) }],
    [{ reason: "{target} and {target}" }],
  ])("may say %j", (annotations) => {
    expect(approval(annotations).problems).toEqual([]);
  });

  it.each<[Annotations, string]>([
    [{ quorum: "0" }, '@quorum("0"). Expected'],
    [{ quorum: "21" }, '@quorum("21"). Expected'],
    [{ quorum: "1x" }, '@quorum("1x"). Expected'],
    [{ quorum: "x1" }, '@quorum("x1"). Expected'],
    [{ quorum: null }, '@quorum(""). Expected'],
    [{ ttl: null }, "has no @ttl"],
    [{ ttl: "" }, "has no @ttl"],
    [{ ttl: "31d" }, '@ttl("31d"). Expected'],
    [{ ttl: "2592001s" }, '@ttl("2592001s"). Expected'],
    [{ ttl: "x1h" }, '@ttl("x1h"). Expected'],
    [{ ttl: "1hx" }, '@ttl("1hx"). Expected'],
    [{ remind: "0s" }, '@remind("0s"). Expected'],
    [{ remind: null }, '@remind(""). Expected'],
    [{ remind: "1h" }, '@remind("1h"), which is not before its @ttl'],
    [{ escalate: "b", escalateAfter: "1h" }, '@escalateAfter("1h"), which is not before its @ttl'],
    [{ escalate: "b", escalateAfter: null }, '@escalateAfter(""). Expected'],
    [{ escalate: "b" }, "@escalate without @escalateAfter"],
    [{ escalateAfter: "30m" }, "@escalate without @escalateAfter"],
    [{ escalate: ",", escalateAfter: "30m" }, "@escalate without @escalateAfter"],
    [{ escalate: "b,a", escalateAfter: "30m" }, 'escalates to "a", which is among its @reviewers'],
    [{ window: "0s" }, '@window("0s"). Expected'],
    [{ window: "28801s" }, '@window("28801s"). Expected'],
    [{ window: null }, '@window(""). Expected'],
    [{ reason: "a".repeat(301) }, "a @reason that is empty"],
    [{ reason: " " }, "a @reason that is empty"],
    [{ reason: null }, "a @reason that is empty"],
    [{ reason: "one\ntwo" }, "a @reason that is empty"],
    [{ reason: "ask {team} first" }, "uses {team} in its @reason"],
    [{ reason: "{}" }, "uses {} in its @reason"],
    [{ reviewers: null }, "has no @reviewers"],
    [{ windows: "1h" }, "has @windows, which does nothing here. Did you mean @window?"],
  ])("may not say %j", (annotations, complaint) => {
    expect(approval(annotations).problems).toEqual([expect.stringContaining(complaint)]);
  });

  it("is told of a wrong @ttl once, and not again of a reminder after it", () => {
    expect(approval({ ttl: "0s", remind: "1h" }).problems).toEqual([expect.stringContaining('@ttl("0s")')]);
  });

  it("is a forbid", () => {
    expect(approval({}, "permit").problems).toEqual([expect.stringContaining("is a permit")]);
  });
});

describe("a guardrail", () => {
  it("masks nothing and gives no reason when it says neither", () => {
    expect(guardrail("permit", {})).toEqual({ rule: { id: "x", effect: "permit", masks: [] }, problems: [] });
  });

  it("masks when it permits", () => {
    expect(guardrail("permit", { mask: "secrets" })).toEqual({
      rule: { id: "x", effect: "permit", masks: ["secrets"] },
      problems: [],
    });
  });

  it("gives a reason when it forbids", () => {
    expect(guardrail("forbid", { reason: "no" })).toEqual({
      rule: { id: "x", effect: "forbid", masks: [], reason: "no" },
      problems: [],
    });
  });

  it.each<["permit" | "forbid", Annotations, string]>([
    ["permit", { reason: "yes" }, "has @reason, which does nothing here. Expected: @id, @mask."],
    ["permit", { mask: "" }, "has an empty @mask. Known: secrets."],
    ["permit", { mask: null }, "has an empty @mask. Known: secrets."],
    ["permit", { mask: "emails" }, 'the mask set "emails". Known: secrets.'],
    ["forbid", { quorum: "2" }, "has @quorum, which does nothing here. Expected: @id, @reason."],
  ])("that is a %s may not say %j", (effect, annotations, complaint) => {
    expect(guardrail(effect, annotations).problems).toEqual([expect.stringContaining(complaint)]);
  });
});
