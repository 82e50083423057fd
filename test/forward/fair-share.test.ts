// What is left of a rate limit is shared once little is left.
import { describe, expect, it } from "@jest/globals";
import { createFairShare, type FairShare } from "../../lambda/forward/fair-share.ts";

function share() {
  const clock = { ms: 1_000_000_000 };
  const fair = createFairShare({ now: () => clock.ms });
  const heard = (left: number, more: Record<string, string> = {}, inSeconds = 600): void => {
    fair.heard(
      Object.entries({
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": String(left),
        "x-ratelimit-reset": String(clock.ms / 1000 + inSeconds),
        ...more,
      }),
    );
  };
  return { clock, fair, heard };
}

const taken = (fair: FairShare, subject: string, times: number): number => {
  let got = 0;
  for (let at = 0; at < times; at += 1) {
    try {
      fair.take(subject);
      got += 1;
    } catch {
      return got;
    }
  }
  return got;
};

describe("The fair share of a rate limit", () => {
  it("asks nothing of anybody while a quarter is left", () => {
    const { fair, heard } = share();
    heard(25);
    expect(taken(fair, "alice", 500)).toBe(500);
  });

  it("begins below a quarter, in equal parts for those who call", () => {
    const { fair, heard } = share();
    taken(fair, "alice", 1);
    taken(fair, "bob", 1);
    heard(24);
    expect(taken(fair, "alice", 500)).toBe(12);
    expect(taken(fair, "bob", 500)).toBe(12);
  });

  it("leaves a newcomer its part", () => {
    const { fair, heard } = share();
    taken(fair, "alice", 1);
    heard(10);
    expect(taken(fair, "alice", 500)).toBe(10);
    expect(taken(fair, "bob", 500)).toBe(5);
  });

  it("never stops the gateway's own questions", () => {
    const { fair, heard } = share();
    heard(0);
    expect(taken(fair, "gatehouse", 500)).toBe(500);
    expect(taken(fair, "alice", 1)).toBe(0);
  });

  it("says in how many seconds to come back, and lets everybody in then", () => {
    const { clock, fair, heard } = share();
    heard(0);
    expect(() => {
      fair.take("alice");
    }).toThrow("Try again in 600 seconds");
    clock.ms += 600_000;
    expect(taken(fair, "alice", 500)).toBe(500);
  });

  it("starts anew when GitHub says that the window is another one", () => {
    const { fair, heard } = share();
    heard(0);
    heard(100, {}, 4200);
    expect(taken(fair, "alice", 500)).toBe(500);
  });

  it.each([
    ["another limit", { "x-ratelimit-resource": "search" }],
    ["no number", { "x-ratelimit-remaining": "many" }],
    ["a time that has passed", { "x-ratelimit-reset": "1" }],
  ])("takes no notice of %s", (_what, headers) => {
    const { fair, heard } = share();
    heard(0, headers);
    expect(taken(fair, "alice", 500)).toBe(500);
  });
});
