// Behind a door with a deadline nobody waits past it, and calls to GitHub break off in time.
import { describe, expect, it } from "@jest/globals";
import { untilDeadline, waitsUntilMs } from "../../lambda/flow/deadline.ts";
import type { Deadline } from "../../lambda/model/http.ts";

const nowMs = 1_000_000;
const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
const at = (leftMs: number): Deadline => ({ atMs: nowMs + leftMs, signal: new AbortController().signal });

describe("a wait for a person", () => {
  it("lasts as long as configured where there is no deadline", () => {
    expect(waitsUntilMs({}, 3_600_000, { clock })).toBe(nowMs + 3_600_000);
  });

  it("ends at 14 of 15 minutes, however long it may be", () => {
    expect(waitsUntilMs({ deadline: at(900_000) }, 3_600_000, { clock })).toBe(nowMs + 840_000);
  });

  it("that is shorter than the deadline keeps its length", () => {
    expect(waitsUntilMs({ deadline: at(900_000) }, 25_000, { clock })).toBe(nowMs + 25_000);
  });
});

describe("a call to GitHub", () => {
  it("breaks off at the deadline, for the deadline's reason", () => {
    const controller = new AbortController();
    const signal = untilDeadline(
      { deadline: { atMs: nowMs, signal: controller.signal } },
      new AbortController().signal,
    );
    controller.abort("time");
    expect([signal.aborted, signal.reason]).toEqual([true, "time"]);
  });

  it("breaks off when its client leaves, with or without a deadline", () => {
    const client = new AbortController();
    const signals = [untilDeadline({}, client.signal), untilDeadline({ deadline: at(1) }, client.signal)];
    client.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("that nothing limits never does", () => {
    expect(untilDeadline({}).aborted).toBe(false);
  });
});
