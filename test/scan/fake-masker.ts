// A small mask engine for tests: three kinds of secrets, masked in place, length and newlines kept.
import type { Bytes } from "../../lambda/model/http.ts";
import type { Found, Masker } from "../../lambda/model/masking.ts";
import type { MaskCount } from "../../lambda/model/record.ts";

const detectors = [
  { kind: "token", pattern: /TOKEN_[A-Z0-9]{12}/g, isCertain: true },
  { kind: "key", pattern: /-----BEGIN KEY-----[^-]*-----END KEY-----/g, isCertain: true },
  { kind: "maybe", pattern: /MAYBE_[A-Z0-9]{8}/g, isCertain: false },
];

/** Built at run time, so that no file holds anything that looks like a secret. */
export const token = (letter: string): string => ["TOKEN", letter.repeat(12)].join("_");
export const maskedToken = ["TOKEN", "*".repeat(12)].join("_");
export const maybe = (letter: string): string => ["MAYBE", letter.repeat(8)].join("_");
export const key = (lines: number): string => {
  const dashes = "-".repeat(5);
  const body = Array.from({ length: lines }, (_, line) => `keybody${line}`).join("\n");
  return `${dashes}BEGIN KEY${dashes}\n${body}\n${dashes}END KEY${dashes}`;
};

function mask(text: string): { text: string; counts: MaskCount[] } {
  const counts: MaskCount[] = [];
  let masked = text;
  for (const { kind, pattern } of detectors) {
    const count = [...masked.matchAll(pattern)].length;
    if (count > 0) counts.push({ kind, count });
    masked = masked.replace(pattern, (value) =>
      kind === "key"
        ? value.replace(/keybody\d+/g, (line) => "*".repeat(line.length))
        : value.slice(0, 6) + "*".repeat(value.length - 6),
    );
  }
  return { text: masked, counts };
}

function matches(bytes: Bytes, kind: string, pattern: RegExp, isCertain: boolean): Found[] {
  const text = Buffer.from(bytes).toString("latin1");
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    offset: match.index,
    length: match[0].length,
    isCertain,
  }));
}

export const fakeMasker: Masker = {
  stream() {
    throw new Error("not used here");
  },
  events() {
    throw new Error("not used here");
  },
  mask,
  find: (bytes) =>
    detectors.flatMap(({ kind, pattern, isCertain }) => matches(bytes, kind, pattern, isCertain)),
  findMasked: (bytes) => matches(bytes, "token", /TOKEN_\*{12}/g, true),
};
