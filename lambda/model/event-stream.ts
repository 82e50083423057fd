// Server-sent events: a stream cut into whole events, whatever its chunks were.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
import { GateError } from "./errors.ts";
import type { Bytes } from "./http.ts";

/** The last event of a model answer repeats all of it; nothing that a client could show is longer. */
export const maxEventBytes = 8 * 1024 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Each piece ends with the empty line that ends its event; put together again they are the stream. */
export class EventSplitter {
  #held: Bytes[] = [];
  #heldBytes = 0;
  /** Of the line that has not ended yet. */
  #lineBytes = 0;
  #lastByte = 0;

  push(chunk: Bytes): Bytes[] {
    const events: Bytes[] = [];
    let from = 0;
    let at = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, at)) {
      const length = this.#lineBytes + end - at;
      const before = end > at ? chunk[end - 1] : this.#lastByte;
      this.#lineBytes = 0;
      at = end + 1;
      if (length > 1 || (length === 1 && before !== carriageReturn)) continue;
      events.push(this.#whole(chunk.subarray(from, at)));
      from = at;
    }
    this.#lineBytes += chunk.length - at;
    this.#lastByte = chunk.at(-1) ?? this.#lastByte;
    this.#hold(chunk.subarray(from));
    return events;
  }

  /** What stands after the last empty line: an event that was cut short, or nothing. */
  end(): Bytes {
    return this.#whole(new Uint8Array(0));
  }

  #whole(rest: Bytes): Bytes {
    if (this.#heldBytes === 0) return rest;
    const event = Buffer.concat([...this.#held, rest]);
    this.#held = [];
    this.#heldBytes = 0;
    return event;
  }

  #hold(rest: Bytes): void {
    if (rest.length === 0) return;
    this.#heldBytes += rest.length;
    if (this.#heldBytes > maxEventBytes)
      throw new GateError("GH_UPSTREAM_UNREADABLE", {
        why: `one event of its stream is larger than ${maxEventBytes} bytes`,
      });
    // A copy: the producer may use its buffer again.
    this.#held.push(Uint8Array.from(rest));
  }
}

export interface ServerEvent {
  /** Its lines without their ends, the empty one included. */
  readonly lines: readonly string[];
  /** All data lines; undefined when it has none (comments, keep-alives). */
  readonly data?: string;
}

export function readEvent(bytes: Bytes): ServerEvent {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/);
  const data = lines.filter(isDataLine).map((line) => line.slice(5).replace(/^ /, ""));
  return { lines, ...(data.length === 0 ? {} : { data: data.join("\n") }) };
}

export function isDataLine(line: string): boolean {
  return line.startsWith("data:");
}

/** The JSON object in an event's data; undefined for anything else. */
export function jsonOf({ data }: ServerEvent): Readonly<Record<string, unknown>> | undefined {
  if (data?.startsWith("{") !== true) return undefined;
  try {
    return JSON.parse(data) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
