// What the bytes say is read back here by an own small reader of git's framing.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  holdLines,
  keepAlive,
  pushReport,
  refusal,
  remoteLines,
  timeLeft,
} from "../../lambda/approval/git-answer.ts";
import type { Bytes } from "../../lambda/model/http.ts";
import { aPlan, demand, expiresAtMs, oids, openedAtMs } from "./a-plan.ts";

const sideBand = ["report-status", "side-band-64k", "agent=git/2.39"];
const bare = ["report-status"];
const link = "http://console.example/approvals/pln_1";
const push = (capabilities: readonly string[], ...refs: string[]) => ({
  capabilities,
  commands: refs.map((ref) => ({ ref, old: oids.old, new: oids.new })),
});

/** Payloads up to the first flush, and what follows it. */
function packets(bytes: Bytes): {
  readonly payloads: readonly Buffer[];
  readonly rest: Buffer;
  readonly isFlushed: boolean;
} {
  const data = Buffer.from(bytes);
  const payloads: Buffer[] = [];
  let at = 0;
  while (at < data.length) {
    const length = parseInt(data.toString("latin1", at, at + 4), 16);
    if (length === 0) return { payloads, rest: data.subarray(at + 4), isFlushed: true };
    payloads.push(data.subarray(at + 4, at + length));
    at += length;
  }
  return { payloads, rest: data.subarray(at), isFlushed: false };
}

function band(bytes: Bytes, number: 1 | 2): Buffer {
  const { payloads } = packets(bytes);
  return Buffer.concat(
    payloads.filter((payload) => payload[0] === number).map((payload) => payload.subarray(1)),
  );
}

function lines(report: Bytes): readonly string[] {
  return packets(report).payloads.map(String);
}

describe("keepAlive", () => {
  it("is five bytes that print nothing", () => {
    expect(Buffer.from(keepAlive).toString("latin1")).toBe("0005\x02");
  });
});

describe("pushReport", () => {
  it("is on band 1, flushed inside and outside, byte by byte", () => {
    const report = pushReport({
      capabilities: sideBand,
      unpack: "ok",
      refs: [{ ref: "refs/heads/main", ok: true }],
    });
    expect(Buffer.from(report).toString("latin1")).toBe(
      "002e\x01000eunpack ok\n0017ok refs/heads/main\n00000000",
    );
  });

  it("is bare for a client that did not ask for side-band", () => {
    const report = pushReport({
      capabilities: bare,
      unpack: "ok",
      refs: [{ ref: "refs/heads/main", ok: true }],
    });
    expect(Buffer.from(report).toString("latin1")).toBe("000eunpack ok\n0017ok refs/heads/main\n0000");
  });

  it("keeps a reason on one line of at most 300 characters", () => {
    const reason = `no\nok refs/heads/dev ${"x".repeat(400)}`;
    const [, line = ""] = lines(
      pushReport({ capabilities: bare, unpack: "ok", refs: [{ ref: "refs/heads/main", ok: false, reason }] }),
    );
    expect(line).toMatch(/^ng refs\/heads\/main no ok refs\/heads\/dev x+…\n$/);
    expect(line.length).toBe("ng refs/heads/main ".length + 300 + 1);
  });

  it("of a thousand refs spans packets and reads back whole", () => {
    const refs = Array.from({ length: 1000 }, (_, index) => ({
      ref: `refs/heads/${"b".repeat(80)}${index}`,
      ok: false,
      reason: "r".repeat(100),
    }));
    const report = pushReport({ capabilities: sideBand, unpack: "ok", refs });
    expect(packets(report).payloads.length).toBeGreaterThan(1);
    expect(packets(report)).toMatchObject({ isFlushed: true, rest: Buffer.alloc(0) });
    expect(lines(band(report, 1))).toHaveLength(1001);
  });

  it("cannot be given a line by any reason", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (reason) => {
        const report = pushReport({
          capabilities: bare,
          unpack: "ok",
          refs: [{ ref: "refs/heads/main", ok: false, reason }],
        });
        expect(packets(report).payloads).toHaveLength(2);
        expect(lines(report)[1]?.match(/\n/g)).toHaveLength(1);
        expect(lines(report)[1]?.startsWith("ng refs/heads/main ")).toBe(true);
      }),
    );
  });
});

describe("refusal", () => {
  it("tells people the sentence and git every ref", () => {
    const bytes = refusal(
      push(sideBand, "refs/heads/main", "refs/tags/v1"),
      "Refused by policy. Nothing was sent.",
    );
    expect(band(bytes, 2).toString()).toBe("\nRefused by policy. Nothing was sent.\n\n");
    expect(lines(band(bytes, 1))).toEqual([
      "unpack ok\n",
      "ng refs/heads/main Refused by policy. Nothing was sent.\n",
      "ng refs/tags/v1 Refused by policy. Nothing was sent.\n",
    ]);
    expect(packets(bytes)).toMatchObject({ isFlushed: true, rest: Buffer.alloc(0) });
  });

  it("fits into the report alone for a client without side-band", () => {
    const bytes = refusal(push(bare, "refs/heads/main"), `Waiting: ${link}`);
    expect(lines(bytes)).toEqual(["unpack ok\n", `ng refs/heads/main Waiting: ${link}\n`]);
  });
});

describe("holdLines", () => {
  const text = (plan = aPlan(), nowMs = openedAtMs): string =>
    band(holdLines(plan, { link, nowMs }), 2).toString();

  it("says where to approve before anything else, what waits, who can approve, and how long", () => {
    expect(text().trimStart().split("\n")[0]).toBe(`Waiting for approval: ${link}`);
    expect(text()).toContain("main of acme/app moves from a1b2c3d to 9f8e7d6 (3 commits, 4 files, +82 -10)");
    expect(text()).toContain("One person of platform-team must approve (rule protected-branch)");
    expect(text()).toContain("60 min left");
  });

  it("names every demand", () => {
    const plan = aPlan({
      demands: [
        demand({ quorum: 2, reviewers: ["a", "b"] }),
        demand({ rule: "workflow-files", reviewers: ["c"] }),
      ],
    });
    expect(text(plan)).toContain("2 people of a or b must approve (rule protected-branch)");
    expect(text(plan)).toContain("One person of c must approve (rule workflow-files)");
  });

  it("does not let a ref name speak to the terminal [DISPLAY-02]", () => {
    const plan = aPlan(
      {},
      { refs: [{ ref: "refs/heads/x\u001b[2J\r\nremote: approved", change: "create", force: "no" }] },
    );
    expect(text(plan)).toContain("x<U+001B>[2J");
    expect(
      text(plan)
        .split("\n")
        .some((line) => line.startsWith("remote: approved")),
    ).toBe(false);
  });

  it("stays short for a push of a thousand refs", () => {
    const refs = Array.from({ length: 1000 }, (_, index) => ({
      ref: `refs/heads/b${index}`,
      change: "create" as const,
      force: "no" as const,
    }));
    expect(text(aPlan({}, { refs })).length).toBeLessThan(1500);
  });

  it("never shows time that is gone", () => {
    expect(text(aPlan(), expiresAtMs + 5)).toContain("0 s left");
  });
});

describe("remoteLines", () => {
  it("ends the last line, without which git shows nothing", () => {
    expect(band(remoteLines("Approved by carol."), 2).toString()).toBe("Approved by carol.\n");
    expect(band(remoteLines("a\nb\n"), 2).toString()).toBe("a\nb\n");
  });

  it("names control characters and keeps lines and characters within bounds", () => {
    const shown = band(remoteLines(`\u001b[31mred\tx\n${"y".repeat(5000)}\n${"z\n".repeat(500)}`), 2)
      .toString()
      .split("\n");
    expect(shown[0]).toBe("<U+001B>[31mred  x");
    expect(shown[1]).toHaveLength(1000);
    expect(shown.length).toBeLessThanOrEqual(201);
  });
});

describe("timeLeft", () => {
  it.each([
    [-1, "0 s"],
    [59_999, "59 s"],
    [119_999, "119 s"],
    [120_000, "2 min"],
    [41 * 60_000 + 59_999, "41 min"],
    [119 * 60_000, "119 min"],
    [120 * 60_000, "2 h 0 min"],
    [47 * 3_600_000, "47 h 0 min"],
    [48 * 3_600_000, "2 d 0 h"],
  ])("of %d ms is %s", (ms, expected) => {
    expect(timeLeft(ms)).toBe(expected);
  });
});
