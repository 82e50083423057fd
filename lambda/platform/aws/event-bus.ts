// Events to EventBridge: sent in batches behind the road, tried again one by one, and given up in bounded time.
import { PutEventsCommand, type EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { GateEvent } from "../../model/events.ts";
import type { Clock, Events } from "../../model/ports.ts";

const maxQueued = 1_000;
/** PutEvents takes 10 entries and 256 kB (quotas of EventBridge); the rest of an entry counts too. */
const maxEntries = 10;
const maxBatchBytes = 240_000;
const maxTries = 4;
const firstPauseMs = 100;

type Log = (event: string, details: Readonly<Record<string, string | number>>) => void;

interface Waiting {
  readonly type: string;
  readonly atMs: number;
  readonly detail: string;
}

export function createEventBus(
  client: EventBridgeClient,
  busName: string,
  clock: Pick<Clock, "sleep">,
  log: Log,
): Events {
  const waiting: Waiting[] = [];
  let dropped = 0;
  let sending: Promise<void> | undefined;

  function takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { detail } of waiting.slice(0, maxEntries)) {
      bytes += Buffer.byteLength(detail) + 200;
      if (count > 0 && bytes > maxBatchBytes) break;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  /** The entries that the bus did not take. */
  async function put(batch: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: batch.map(({ type, atMs, detail }) => ({
          EventBusName: busName,
          Source: "gatehouse",
          DetailType: type,
          Time: new Date(atMs),
          Detail: detail,
        })),
      }),
    );
    return batch.filter((_, at) => Entries[at]?.EventId === undefined);
  }

  async function deliver(batch: readonly Waiting[]): Promise<void> {
    let left = batch;
    let cause = "the bus refused them";
    for (let tries = 0; tries < maxTries && left.length > 0; tries += 1) {
      if (tries > 0) await clock.sleep(firstPauseMs * 2 ** tries);
      try {
        left = await put(left);
      } catch (error) {
        cause = String(error);
      }
    }
    if (left.length > 0) log("events-failed", { lost: left.length, cause });
  }

  async function send(): Promise<void> {
    // Everything that is told in this moment shares a call.
    await Promise.resolve();
    while (waiting.length > 0) await deliver(takeBatch());
    if (dropped > 0) log("events-failed", { lost: dropped, cause: "more than could be sent" });
    dropped = 0;
  }

  return {
    emit(event: GateEvent) {
      if (waiting.length >= maxQueued) dropped += 1;
      else waiting.push({ type: event.type, atMs: event.atMs, detail: JSON.stringify(event) });
      sending ??= send().finally(() => {
        sending = undefined;
      });
      return Promise.resolve();
    },
    flush: () => sending ?? Promise.resolve(),
  };
}
