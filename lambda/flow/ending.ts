// The end of an answer: held back until the outcome is recorded, so that nobody holds a complete answer that we did not record.
import type { Bytes, ByteStream } from "../model/http.ts";

export type EndCause =
  { readonly is: "whole" } | { readonly is: "cut" } | { readonly is: "failed"; readonly error: unknown };

export interface Ending {
  /** Bytes at the very end that must wait for the outcome although more may follow (git's last flush: 4). */
  readonly tailBytes: number;
  /** With a known length the client is done at its last byte, so that one waits too. */
  readonly contentLength?: number;
  /** A chunk after which the client is done: it waits for the outcome, and nothing behind it is passed on. */
  isTerminator?(chunk: Bytes): boolean;
  /** A write is read to its end although the client left: its outcome matters to others. */
  readonly drainsWhenCut: boolean;
  /** Runs exactly once, before the last bytes go out; throwing cuts the answer. */
  settle(cause: EndCause, bytes: number): Promise<void>;
}

const maxChunksBehind = 16;

/** The same bytes, ending only after `settle`. Leaving early, even before the first byte, settles as "cut". */
export function endingWith(source: ByteStream, ending: Ending): ByteStream {
  const iterator = source[Symbol.asyncIterator]();
  let sent = 0;
  let held: Bytes = new Uint8Array(0);
  let isSettled = false;
  let isOver = false;
  let isTerminated = false;

  const settle = async (cause: EndCause): Promise<void> => {
    if (isSettled) return;
    isSettled = true;
    await ending.settle(cause, sent + held.length);
  };
  const finish = async (): Promise<IteratorResult<Bytes>> => {
    isOver = true;
    await settle({ is: "whole" });
    const rest = held;
    held = new Uint8Array(0);
    return rest.length > 0 ? { done: false, value: rest } : { done: true, value: undefined };
  };
  const next = async (): Promise<IteratorResult<Bytes>> => {
    if (isOver) return { done: true, value: undefined };
    if (isTerminated) return rest();
    for (;;) {
      let step: IteratorResult<Bytes>;
      try {
        step = await iterator.next();
      } catch (error) {
        isOver = true;
        await settle({ is: "failed", error });
        throw error;
      }
      if (step.done === true) return finish();
      if (ending.isTerminator?.(step.value) === true) {
        isTerminated = true;
        sent += step.value.length;
        await settle({ is: "whole" });
        return { done: false, value: step.value };
      }
      const now = release(step.value);
      if (now.length > 0) return { done: false, value: now };
    }
  };
  /** Read, so that the connection can be used again, and dropped. */
  const rest = async (): Promise<IteratorResult<Bytes>> => {
    isOver = true;
    try {
      for (let count = 0; count < maxChunksBehind; count += 1) {
        if ((await iterator.next()).done === true) return { done: true, value: undefined };
      }
      await iterator.return?.();
    } catch {
      // The answer was complete.
    }
    return { done: true, value: undefined };
  };
  const release = (chunk: Bytes): Bytes => {
    const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const isLast = ending.contentLength !== undefined && sent + all.length >= ending.contentLength;
    const keep = isLast ? all.length : Math.min(ending.tailBytes, all.length);
    held = all.subarray(all.length - keep);
    sent += all.length - keep;
    return all.subarray(0, all.length - keep);
  };

  const drain = async (): Promise<void> => {
    try {
      for (;;) {
        const step = await iterator.next();
        if (step.done === true) return;
        sent += step.value.length;
      }
    } catch (error) {
      await settle({ is: "failed", error });
    }
  };

  let pending: Promise<unknown> = Promise.resolve();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const step = pending.then(next);
        pending = step.catch(() => undefined);
        return step;
      },
      return: async () => {
        if (ending.drainsWhenCut && !isOver) await pending.then(drain);
        isOver = true;
        await settle({ is: "cut" });
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}
