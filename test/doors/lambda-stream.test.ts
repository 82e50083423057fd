// Streaming through Lambda: nothing is lost when a source fails, a reader is slow, or the time runs out.
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { EventEmitter, once } from "node:events";
import type { Context } from "aws-lambda";
import { streamed } from "../../lambda/doors/lambda-stream.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { streamOf, type Answer, type ByteStream } from "../../lambda/model/http.ts";

/** The runtime's response stream, as far as a handler sees it. */
class Sink extends EventEmitter {
  readonly written: string[] = [];
  head: unknown;
  isEnded = false;
  isFull = false;
  write(chunk: string | Uint8Array): boolean {
    this.written.push(Buffer.from(chunk).toString());
    this.emit("written");
    return !this.isFull;
  }
  end(): void {
    this.isEnded = true;
  }
}

const noEvent = {} as Parameters<ReturnType<typeof streamed>>[0];
const context = (leftMs: number): Context =>
  ({ getRemainingTimeInMillis: () => leftMs }) as unknown as Context;

beforeEach(() => {
  const from = (sink: Sink, head: unknown): Sink => {
    sink.head = head;
    return sink;
  };
  Object.assign(globalThis, {
    awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: { from } },
  });
});
afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, "awslambda");
});

function run(answer: Partial<Answer>, sink: Sink, leftMs = 60_000): Promise<void> {
  const handler = streamed(() => Promise.resolve({ status: 200, headers: [], body: streamOf(), ...answer }));
  return Promise.resolve(handler(noEvent, sink as never, context(leftMs)));
}

async function* failingAfter(chunk: string, error: Error): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(chunk));
  throw error;
}

describe("an answer", () => {
  it("without a body still sends its head", async () => {
    const sink = new Sink();
    await run({ status: 204 }, sink);
    expect([sink.head, sink.written, sink.isEnded]).toMatchObject([{ statusCode: 204 }, [""], true]);
  });

  it("goes out chunk by chunk, and ends after the last", async () => {
    const sink = new Sink();
    await run({ body: streamOf(Buffer.from("a"), Buffer.from("b")) }, sink);
    expect([sink.written, sink.isEnded]).toEqual([["", "a", "b"], true]);
  });

  it("waits for a reader that is slow", async () => {
    const sink = new Sink();
    sink.isFull = true;
    const done = run({ body: streamOf(Buffer.from("a"), Buffer.from("b")) }, sink);
    while (sink.written.length < 2) await once(sink, "written");
    await new Promise(setImmediate);
    expect(sink.written).toEqual(["", "a"]);
    sink.isFull = false;
    sink.emit("drain");
    await done;
    expect(sink.written).toEqual(["", "a", "b"]);
  });

  it("that fails before its first byte sends no head, so that it can be a clean error", async () => {
    const sink = new Sink();
    const failure = failingAfter("", new Error("no"));
    await failure.next();
    await expect(run({ body: failure }, sink)).rejects.toThrow("no");
    expect([sink.head, sink.written]).toEqual([undefined, []]);
  });

  it("that fails in the middle never ends as if it were whole", async () => {
    const sink = new Sink();
    await expect(run({ body: failingAfter("half", new Error("broke")) }, sink)).rejects.toThrow("broke");
    expect([sink.written, sink.isEnded]).toEqual([["", "half"], false]);
  });
});

describe("the deadline", () => {
  async function deadlineSignal(leftMs: number): Promise<AbortSignal> {
    const sink = new Sink();
    let signal: AbortSignal | undefined;
    const handler = streamed(({ deadline }) => {
      signal = deadline.signal;
      return new Promise(() => undefined);
    });
    void handler(noEvent, sink as never, context(leftMs));
    await Promise.resolve();
    if (signal === undefined) throw new Error("the app was not called");
    return signal;
  }

  it("breaks off what is under way three seconds before Lambda would, and not earlier", async () => {
    jest.useFakeTimers();
    const signal = await deadlineSignal(10_000);
    jest.advanceTimersByTime(6_999);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.reason).toEqual(new GateError("GH_TIME_UP"));
  });

  it("ends a wait for a reader that never reads, and lets the body record its outcome first", async () => {
    const sink = new Sink();
    sink.isFull = true;
    const left: string[] = [];
    const body: ByteStream = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: Buffer.from("x") }),
        return: () => {
          left.push("outcome");
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    await expect(run({ body }, sink, 3_001)).rejects.toThrow();
    expect([left, sink.isEnded]).toEqual([["outcome"], false]);
  });
});
