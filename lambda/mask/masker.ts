// The mask engine's front: hides secrets in answers and records, and finds them in what is about to be written.
import type { Bytes } from "../model/http.ts";
import type { Found, Masker } from "../model/masking.ts";
import { awsDetectors } from "./aws.ts";
import type { Detector } from "./detector.ts";
import { createEventMasker } from "./event-masker.ts";
import { githubDetector } from "./github.ts";
import { jwtDetector } from "./jwt.ts";
import { tokenKinds } from "./kinds.ts";
import { indexLiterals, type LiteralIndex } from "./literals.ts";
import { findMasked } from "./masked.ts";
import type { Scratch } from "./outlet.ts";
import { ownSecretDetectors } from "./own-secret.ts";
import { privateKeyDetector } from "./private-key.ts";
import { Scanner } from "./scanner.ts";
import type { Span } from "./span.ts";
import { Stream } from "./stream.ts";
import { tokenDetector } from "./token.ts";
import { urlPasswordDetector } from "./url-password.ts";

/** GitHub tokens that may carry a JWT. */
const longForms: ReadonlySet<string> = new Set(["gho_", "ghu_", "ghs_"]);

const knownKinds: readonly Detector[] = [
  ...tokenKinds.map((row) => (longForms.has(row.prefix) ? githubDetector(row) : tokenDetector(row))),
  ...awsDetectors,
  jwtDetector,
  privateKeyDetector,
  urlPasswordDetector,
];

/** Findings of each sort, certain or not, that one call returns at most. */
const mostFound = 1000;

export interface MaskerOptions {
  /** The gateway's own credentials: masked by value wherever they appear. */
  readonly literals: readonly string[];
  /** Looks for `literals` and nothing else: for answers that must carry other people's tokens unchanged. */
  readonly literalsOnly?: boolean;
}

export function createMasker(options: MaskerOptions): Masker {
  const own = ownSecretDetectors(options.literals);
  const index = indexLiterals(options.literalsOnly === true ? own : [...own, ...knownKinds]);
  const scratch: Scratch = { bytes: new Uint8Array(0) };
  const innerScratch: Scratch = { bytes: new Uint8Array(0) };
  const stream = (kind: "json" | "text"): Stream => new Stream(kind, index, scratch, innerScratch);
  return {
    stream,
    events: () => createEventMasker({ stream }),
    mask: (text) => {
      const masking = stream("text");
      const parts = [masking.push(Buffer.from(text)), masking.end()];
      const counts = masking.counts();
      return { text: counts.length === 0 ? text : Buffer.concat(parts).toString(), counts };
    },
    find: (bytes) => find(index, bytes),
    findMasked,
  };
}

function find(index: LiteralIndex, bytes: Bytes): Found[] {
  const spans: Span[] = [];
  const numbers = { certain: 0, uncertain: 0 };
  const window = { bytes, end: bytes.length, base: 0, isFinal: true };
  const scanner = new Scanner(index, window, (span) => {
    if (!span.isNew) {
      extendLast(spans, span);
      return;
    }
    const sort = span.isCertain ? "certain" : "uncertain";
    if (numbers[sort]++ < mostFound) spans.push(span);
  });
  scanner.advance(window);
  return withoutRepeats(spans.sort((a, b) => a.start - b.start || b.to - a.to)).map(
    ({ kind, start, to, isCertain }) => ({ kind, offset: start, length: to - start, isCertain }),
  );
}

/** Two names of one value ("aws_secret_access_key") find it twice; the surer finding stays. */
function withoutRepeats(spans: readonly Span[]): Span[] {
  const kept: Span[] = [];
  for (const span of spans) {
    const last = kept.at(-1);
    if (last?.kind !== span.kind || last.to < span.to) kept.push(span);
    else if (span.isCertain) kept[kept.length - 1] = { ...last, isCertain: true };
  }
  return kept;
}

/** A further piece belongs to the secret of its kind that was found last. */
function extendLast(spans: Span[], piece: Span): void {
  const at = spans.findLastIndex((span) => span.kind === piece.kind);
  const last = spans[at];
  if (last !== undefined) spans[at] = { ...last, to: Math.max(last.to, piece.to) };
}
