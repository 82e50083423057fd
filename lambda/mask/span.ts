// What was found, in stream offsets: how a detector's match becomes stretches of bytes to mask.
import type { Bytes } from "../model/http.ts";
import type { ByteClass } from "./alphabets.ts";
import type { Match } from "./detector.ts";
import { walkBody } from "./private-key.ts";
import type { View, Window } from "./view.ts";

/** A secret; the part from `from` to `to` is to be masked. */
export interface Span {
  readonly kind: string;
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly isCertain: boolean;
  /** False for the further pieces of a secret that was already counted. */
  readonly isNew: boolean;
  readonly fill?: Bytes;
}

/** A secret longer than its cap, which is masked to its end as it comes. */
export interface Swallow {
  readonly kind: string;
  readonly members: ByteClass | "private-key";
  /** The `+` or `-` that begins each line of a diff, or 0. */
  readonly lead: number;
  /** Stream offset up to which it was masked. */
  readonly at: number;
}

/** The stretches of one match; more than one where lines stay. */
export function spansOf(match: Match, view: View, window: Window): Span[] {
  const { base } = window;
  const from = view.raw(match.from);
  const to = maskedTo(match, view, window);
  const start = base + view.raw(match.start);
  const span = { kind: match.kind, start, isCertain: match.isCertain };
  if (match.keepsLines !== true || match.goesOnIn !== undefined) {
    const fill = match.fill?.length === to - from ? { fill: match.fill } : {};
    return [{ ...span, from: base + from, to: base + to, isNew: true, ...fill }];
  }
  const spans: Span[] = [];
  walkBody({ ...window, end: to, isFinal: true }, from, leadOf(match, view, window), (pieceFrom, pieceTo) => {
    spans.push({ ...span, from: base + pieceFrom, to: base + pieceTo, isNew: spans.length === 0 });
  });
  return spans;
}

/** What is left of a match that is longer than its cap. */
export function swallowOf(match: Match, view: View, window: Window): Swallow | undefined {
  if (match.goesOnIn === undefined) return undefined;
  const at = window.base + maskedTo(match, view, window);
  return { kind: match.kind, members: match.goesOnIn, lead: leadOf(match, view, window), at };
}

/** The body of a private key that goes on is masked from its beginning by the walk that follows it. */
function maskedTo(match: Match, view: View, window: Window): number {
  if (match.goesOnIn === "private-key") return view.raw(match.from);
  return Math.min(view.raw(match.to), window.end);
}

function leadOf(match: Match, view: View, window: Window): number {
  const before = window.bytes[view.raw(match.start) - 1] ?? 0;
  return before === 0x2b || before === 0x2d ? before : 0;
}
