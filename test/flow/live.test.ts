import { describe, expect, it } from "@jest/globals";
import { createLiveEntries } from "../../lambda/flow/live.ts";

describe("live entries", () => {
  it("are cut by the stop of their session, and of no other", () => {
    const live = createLiveEntries();
    const [one, other] = [live.enter("req_1"), live.enter("req_2")];
    one.belongsTo("ses_1");
    other.belongsTo("ses_2");
    live.stop("ses_1");
    expect([one.signal.aborted, other.signal.aborted]).toEqual([true, false]);
  });

  it("are known until they leave", () => {
    const live = createLiveEntries();
    const entry = live.enter("req_1");
    expect([live.has("req_1"), live.count]).toEqual([true, 1]);
    entry.leave();
    expect([live.has("req_1"), live.count]).toEqual([false, 0]);
  });

  it("drain as soon as the last one leaves, and whoever waits for a person is told at once", async () => {
    const live = createLiveEntries();
    const entry = live.enter("req_1");
    const drained = live.drain(60_000);
    expect(live.closing.aborted).toBe(true);
    expect(entry.signal.aborted).toBe(false);
    entry.leave();
    await expect(drained).resolves.toBeUndefined();
  });
});
