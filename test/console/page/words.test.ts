import { describe, expect, it } from "@jest/globals";
import { keyAction } from "../../../lambda/console/page/keys.ts";
import { whyDisabled } from "../../../lambda/console/page/may-decide.ts";
import { longestPauseMs, pauseBefore } from "../../../lambda/console/page/rhythm.ts";
import { filterQuery, readRoute } from "../../../lambda/console/page/route.ts";
import { stagesOf } from "../../../lambda/console/page/stages.ts";
import { chipsOf, isDecision } from "../../../lambda/console/page/verdicts.ts";
import {
  ago,
  byteSize,
  count,
  duration,
  listed,
  shareLeft,
  shortOid,
  shortRef,
  timeLeft,
} from "../../../lambda/console/page/words.ts";
import { approvalOf, entryOf } from "../../stand-ins/console-fixtures.ts";

describe("numbers in words", () => {
  it.each([
    [0, "expired"],
    [-1, "expired"],
    [1, "1 s left"],
    [59_000, "59 s left"],
    [60_000, "1 min 00 s left"],
    [599_000, "9 min 59 s left"],
    [600_000, "10 min left"],
    [3_599_000, "59 min left"],
    [7_500_000, "2 h 05 min left"],
    [86_400_000 * 3, "3 days left"],
  ])("says %i ms before the end: %s", (ms, words) => {
    expect(timeLeft(1_000_000 + ms, 1_000_000)).toBe(words);
  });

  it.each([
    [0.42, "0.4 ms"],
    [9.99, "10 ms"],
    [87.4, "87 ms"],
    [1230, "1.2 s"],
    [59_960, "1 min 00 s"],
    [185_000, "3 min 05 s"],
    [7_500_000, "2 h 05 min"],
  ])("says %d ms took: %s", (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it("counts, sizes, dates and lists", () => {
    expect([count(1, "file"), count(10_000, "file")]).toEqual(["1 file", "10,000 files"]);
    expect([byteSize(999), byteSize(1500), byteSize(2_500_000)]).toEqual(["999 bytes", "1.5 kB", "2.5 MB"]);
    expect([ago(0, 59_999), ago(0, 60_000), ago(0, 7_200_000)]).toEqual(["just now", "1 min ago", "2 h ago"]);
    expect([listed([]), listed(["a"]), listed(["a", "b", "c"], "or")]).toEqual(["", "a", "a, b or c"]);
  });

  it("shortens object ids and branches, and says when there is none", () => {
    expect(shortOid("a1b2c3d4".padEnd(40, "0"))).toBe("a1b2c3d");
    expect(shortOid("0".repeat(40))).toBe("nothing");
    expect(shortOid(undefined)).toBe("what GitHub makes of it");
    expect([shortRef("refs/heads/main"), shortRef("refs/tags/v1")]).toEqual(["main", "refs/tags/v1"]);
  });

  it("keeps the share of time left between nothing and all", () => {
    expect([
      shareLeft(0, 100, 25),
      shareLeft(0, 100, 200),
      shareLeft(0, 100, -5),
      shareLeft(5, 5, 5),
    ]).toEqual([0.75, 0, 1, 0]);
  });
});

describe("the rhythm of a replay", () => {
  it("is the recorded one, faster by the speed", () => {
    expect([pauseBefore(0, 1600, 1), pauseBefore(0, 1600, 4), pauseBefore(0, 1600, 16)]).toEqual([
      1600, 400, 100,
    ]);
  });

  it("skips idle time and never runs faster than an eye", () => {
    expect(pauseBefore(0, 3_600_000, 1)).toBe(longestPauseMs);
    expect(pauseBefore(0, 0, 16)).toBe(80);
    expect(pauseBefore(1000, 0, 1)).toBe(80);
  });
});

describe("the keyboard of a replay", () => {
  const press = (key: string, more = {}): Parameters<typeof keyAction>[0] => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    ...more,
  });
  const nowhere = { isField: false, isControl: false };

  it("moves, plays, jumps, shows and helps", () => {
    const actions = ["j", "k", " ", "n", "d", "/", "?", "x"].map((key) => keyAction(press(key), nowhere));
    expect(actions).toEqual(["next", "previous", "play", "decision", "diff", "search", "help", undefined]);
  });

  it("leaves letters to fields, a space to buttons, and the browser's own keys alone", () => {
    expect(keyAction(press("j"), { isField: true, isControl: false })).toBeUndefined();
    expect(keyAction(press(" "), { isField: false, isControl: true })).toBeUndefined();
    expect(keyAction(press("j"), { isField: false, isControl: true })).toBe("next");
    expect(keyAction(press("d", { ctrlKey: true }), nowhere)).toBeUndefined();
  });
});

describe("whether a reader may decide", () => {
  const now = 1_790_000_000_000;

  it("is said until the last moment and not at it", () => {
    const view = approvalOf("pln_1", now, { expiresAtMs: now + 1 });
    expect(whyDisabled(view, now, false)).toBeUndefined();
    expect(whyDisabled(view, now + 1, false)).toBe("The time to decide is over.");
  });

  it.each([
    [{ mayDecide: false, mayNotBecause: "This is your own request." }, "This is your own request."],
    [{ mayDecide: false }, "You may not decide about this."],
    [{ state: "superseded" as const }, "Nothing to decide: this is replaced by a newer push."],
  ])("is refused with the reason: %j", (more, why) => {
    expect(whyDisabled(approvalOf("pln_1", now, more), now, false)).toBe(why);
  });

  it("is refused when another plan waits than the one on the page", () => {
    expect(whyDisabled(approvalOf("pln_1", now), now, true)).toMatch(/has changed/);
  });
});

describe("verdict chips", () => {
  const step = {
    v: 1,
    writer: "w",
    seq: 0,
    prev: "",
    atMs: 0,
    kind: "approval",
    entry: "req_1",
    session: "s",
    plan: "p",
    hash: "h",
    event: "state",
    reason: "",
  } as const;
  const held = { ...entryOf("req_1", "s", 0, { title: "Push", is: "hold" }) };

  it.each([
    ["allowed", entryOf("req_1", "s", 0, { title: "Get" }), ["allowed"]],
    ["masked", entryOf("req_1", "s", 0, { title: "Get", masks: 2 }), ["allowed", "masked"]],
    ["denied", entryOf("req_1", "s", 0, { title: "Get", is: "deny" }), ["denied"]],
    ["waiting", held, ["held"]],
    ["approved", { ...held, approvals: [{ ...step, state: "done" as const }] }, ["approved"]],
    ["refused by a person", { ...held, approvals: [{ ...step, state: "denied" as const }] }, ["denied"]],
    ["interrupted", entryOf("req_1", "s", 0, { title: "Get", result: "unknown" }), ["unknown"]],
  ])("say what became of an entry that was %s", (_what, entry, chips) => {
    expect(chipsOf(entry)).toEqual(chips);
  });

  it("make everything but a plain pass worth a stop", () => {
    expect(isDecision(entryOf("req_1", "s", 0, { title: "Get" }))).toBe(false);
    expect(isDecision(entryOf("req_1", "s", 0, { title: "Get", masks: 1 }))).toBe(true);
    expect(isDecision(entryOf("req_1", "s", 0, { title: "Push", pushes: true }))).toBe(true);
  });
});

describe("addresses", () => {
  const at = (path: string): ReturnType<typeof readRoute> =>
    readRoute(new URL(path, "https://console.gw.example"));

  it.each([
    ["/", { page: "approvals", state: "pending" }],
    ["/approvals?state=all", { page: "approvals", state: "all" }],
    ["/approvals/pln_1", { page: "approval", id: "pln_1" }],
    ["/sessions/ses_1#req_2", { page: "session", id: "ses_1", entry: "req_2" }],
    ["/policies", { page: "missing" }],
    ["/sessions/a/b", { page: "missing" }],
  ])("%s shows the right page", (path, route) => {
    expect(at(path)).toEqual(route);
  });

  it("carry the filter of the sessions and give it back", () => {
    const filter = { user: "a b", repository: "acme/app", day: "", decision: "hold" };
    expect(at(`/sessions${filterQuery(filter)}`)).toEqual({ page: "sessions", filter });
    expect(filterQuery({ user: "", repository: "", day: "", decision: "" })).toBe("");
  });
});

describe("the waterfall", () => {
  it("lays stages end to end in the order of the road, within the whole", () => {
    const stages = stagesOf({ upstream: 60, identity: 10, policy: 10, total: 100 });
    expect(stages.map(({ name, from, share }) => [name, from, share])).toEqual([
      ["identity", 0, 0.1],
      ["policy", 0.1, 0.1],
      ["upstream", 0.2, 0.6],
    ]);
  });

  it("never leaves its frame when stages add up to more than the total", () => {
    const last = stagesOf({ identity: 80, upstream: 80, total: 100 }).at(-1);
    expect((last?.from ?? 0) + (last?.share ?? 0)).toBeLessThanOrEqual(1);
  });
});
