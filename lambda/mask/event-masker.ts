// Masks a stream of server-sent events event by event, and a secret too that a model spreads over several of them.
import { EventSplitter, isDataLine, jsonOf, readEvent, type ServerEvent } from "../model/event-stream.ts";
import type { Bytes } from "../model/http.ts";
import type { EventMasking, Masker } from "../model/masking.ts";
import type { MaskCount } from "../model/record.ts";
import { deltasOf, endsTexts, replaced, type Delta } from "./deltas.ts";
import { Lane } from "./lane.ts";

/** Events that may wait behind one whose text could be the beginning of a secret, once that text does not go on. */
const maxIdleEvents = 64;
const maxWaitingBytes = 1024 * 1024;
const maxLanes = 64;

interface Piece extends Delta {
  readonly in: Lane;
  readonly from: number;
  readonly to: number;
}

interface Waiting {
  readonly bytes: Bytes;
  readonly event: ServerEvent;
  readonly pieces: readonly Piece[];
}

/**
 * Whole events come out, in order, as soon as they are decided; each keeps its length in characters. An event waits only
 * while its text ends in what may be the beginning of a secret.
 */
export function createEventMasker(masker: Pick<Masker, "stream">): EventMasking {
  return new EventMasker(masker);
}

class EventMasker implements EventMasking {
  readonly #masker: Pick<Masker, "stream">;
  readonly #splitter = new EventSplitter();
  readonly #lanes = new Map<string, Lane>();
  readonly #counts = new Map<string, number>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #idleEvents = 0;

  constructor(masker: Pick<Masker, "stream">) {
    this.#masker = masker;
  }

  push(chunk: Bytes): readonly Bytes[] {
    return this.#splitter.push(chunk).flatMap((event) => this.#next(event));
  }

  end(): readonly Bytes[] {
    const rest = this.#splitter.end();
    const events = rest.length === 0 ? [] : this.#next(rest);
    this.#endLanes();
    return [...events, ...this.#release()];
  }

  counts(): readonly MaskCount[] {
    return [...this.#counts].map(([kind, count]) => ({ kind, count }));
  }

  #next(raw: Bytes): readonly Bytes[] {
    const event = readEvent(raw);
    const json = jsonOf(event);
    const deltas = json === undefined ? [] : deltasOf(json);
    const pieces = deltas.map((delta) => this.#piece(delta));
    this.#waiting.push({ bytes: this.#maskedAlone(raw, event, deltas.length === 0), event, pieces });
    this.#waitingBytes += raw.length;
    if (event.data === "[DONE]" || (json !== undefined && endsTexts(json))) this.#endLanes();
    const ready = this.#release();
    this.#idleEvents = ready.length > 0 || this.#goesOn(pieces) ? 0 : this.#idleEvents + 1;
    if (this.#idleEvents <= maxIdleEvents && this.#waitingBytes <= maxWaitingBytes) return ready;
    for (const { in: lane } of this.#waiting[0]?.pieces ?? []) lane.giveUp();
    this.#idleEvents = 0;
    return [...ready, ...this.#release()];
  }

  #piece(delta: Delta): Piece {
    let lane = this.#lanes.get(delta.lane);
    if (lane === undefined || lane.isOver) {
      if (this.#lanes.size >= maxLanes) this.#endLanes();
      lane = new Lane(this.#masker.stream("text"));
      this.#lanes.set(delta.lane, lane);
    }
    const [from, to] = lane.push(new TextEncoder().encode(delta.text));
    return { ...delta, in: lane, from, to };
  }

  /** Whether the text that everybody waits for has just gone on. */
  #goesOn(pieces: readonly Piece[]): boolean {
    const first = this.#waiting[0]?.pieces ?? [];
    return pieces.some((piece) => first.some((other) => other.in === piece.in));
  }

  #release(): Bytes[] {
    const ready: Bytes[] = [];
    let at = 0;
    for (const waiting of this.#waiting) {
      if (!waiting.pieces.every((piece) => piece.in.decided >= piece.to)) break;
      ready.push(withPieces(waiting));
      this.#waitingBytes -= waiting.bytes.length;
      at += 1;
    }
    if (at > 0) this.#waiting = this.#waiting.slice(at);
    return ready;
  }

  #endLanes(): void {
    for (const lane of this.#lanes.values()) {
      lane.end();
      this.#count(lane.counts());
    }
    this.#lanes.clear();
  }

  /** The event by itself. What stands in its deltas is counted with their lanes. */
  #maskedAlone(raw: Bytes, event: ServerEvent, isCounted: boolean): Bytes {
    const stream = this.#masker.stream(event.data?.startsWith("{") === true ? "json" : "text");
    const first = stream.push(raw);
    const last = stream.end();
    if (isCounted) this.#count(stream.counts());
    if (last.length === 0) return first;
    return first.length === 0 ? last : Buffer.concat([first, last]);
  }

  #count(counts: readonly MaskCount[]): void {
    for (const { kind, count } of counts) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
  }
}

/** The event as it was masked alone, with those of its pieces changed that were masked with their neighbours. */
function withPieces({ bytes, pieces }: Waiting): Bytes {
  const masked = pieces.map((piece) => ({
    ...piece,
    masked: new TextDecoder().decode(piece.in.take(piece.from, piece.to)),
  }));
  if (masked.every((piece) => piece.masked === piece.text.toWellFormed())) return bytes;
  const { lines, ...event } = readEvent(bytes);
  let json: unknown = jsonOf({ lines, ...event });
  for (const piece of masked) json = replaced(json, piece.path, merged(json, piece));
  const first = lines.findIndex(isDataLine);
  const written = lines.flatMap((line, at) =>
    at === first ? [`data: ${JSON.stringify(json)}`] : isDataLine(line) ? [] : [line],
  );
  return new TextEncoder().encode(written.join("\n"));
}

/** A character is hidden when either reading hides it. */
function merged(json: unknown, { path, text, masked }: Piece & { readonly masked: string }): string {
  const alone = path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], json);
  if (typeof alone !== "string" || alone.length !== masked.length || text.length !== masked.length)
    return masked;
  const units = Array.from(
    { length: masked.length },
    (_, at) => (alone[at] === text[at] ? masked : alone)[at],
  );
  return units.join("");
}
