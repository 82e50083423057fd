// Events to EventBridge.
import { describe, expect, it } from "@jest/globals";
import type { GateEvent } from "../../../lambda/model/events.ts";
import { turnUntil } from "../steered-clock.ts";
import { services } from "./services.ts";

function kill(id: string, session = "ses_a"): GateEvent {
  return { v: 1, id, atMs: 1_700_000_000_000, type: "kill", session, subject: "idp#alice", by: "erin" };
}

describe("the event bus", () => {
  const on = services();
  const received = (): unknown[] =>
    on.aws.events.received
      .filter(({ EventBusName }) => EventBusName === on.deployment.env.GATEHOUSE_EVENT_BUS)
      .map(({ Detail = "" }) => (JSON.parse(Detail) as GateEvent).id);

  it("gets each event under its type, with its time and its content", async () => {
    await on.platform.events.emit(kill("evt_a"));
    await on.platform.events.flush();
    expect(on.aws.events.received.at(-1)).toMatchObject({
      EventBusName: on.deployment.env.GATEHOUSE_EVENT_BUS,
      Source: "gatehouse",
      DetailType: "kill",
      Time: 1_700_000_000,
      Detail: JSON.stringify(kill("evt_a")),
    });
  });

  it("gets more events than one call takes, in order, also large ones", async () => {
    const ids = Array.from({ length: 25 }, (_, at) => `evt_${at}`);
    for (const id of ids) await on.platform.events.emit(kill(id, "x".repeat(100_000)));
    await on.platform.events.flush();
    expect(received()).toEqual(ids);
  });

  it("gets those again that it did not take, and the others once", async () => {
    let refusals = 2;
    on.aws.events.refuse = ({ Detail = "" }) => Detail.includes("evt_b") && (refusals -= 1) >= 0;
    for (const id of ["evt_a", "evt_b", "evt_c"]) await on.platform.events.emit(kill(id));
    const flushed = on.platform.events.flush();
    for (let pauses = 0; pauses < 2; pauses += 1) {
      await turnUntil(() => on.clock.sleepers() === 1);
      await on.clock.advance(10_000);
    }
    await flushed;
    expect(received()).toEqual(["evt_a", "evt_c", "evt_b"]);
    expect(on.deployment.logged).toEqual([]);
  });

  it("loses an event that is refused for good, says so, and goes on with the rest", async () => {
    on.aws.events.refuse = ({ Detail = "" }) => Detail.includes("evt_bad");
    await on.platform.events.emit(kill("evt_bad"));
    const flushed = on.platform.events.flush();
    for (let pauses = 0; pauses < 3; pauses += 1) {
      await turnUntil(() => on.clock.sleepers() === 1);
      await on.clock.advance(10_000);
    }
    await flushed;
    await on.platform.events.emit(kill("evt_good"));
    await on.platform.events.flush();
    expect(received()).toEqual(["evt_good"]);
    expect(on.deployment.logged).toMatchObject([{ event: "events-failed", details: { lost: 1 } }]);
  });

  it("keeps a thousand events waiting and drops the next, aloud", async () => {
    await Promise.all(Array.from({ length: 1_001 }, (_, at) => on.platform.events.emit(kill(`evt_${at}`))));
    await on.platform.events.flush();
    expect(received()).toHaveLength(1_000);
    expect(on.deployment.logged).toMatchObject([{ event: "events-failed", details: { lost: 1 } }]);
  });
});
