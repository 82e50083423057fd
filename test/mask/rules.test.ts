// Rules that hold for every input, clean or hostile.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { cut, drain, maskBytes, masker, maskText } from "./run.ts";
import { samples, stars } from "./samples.ts";

const secret = fc.constantFrom(...samples.map((one) => `${one.before ?? ""}${one.secret}${one.after ?? ""}`));
const fragment = fc.constantFrom(
  ...[
    "ghp_",
    "eyJ",
    "://",
    ":",
    "@",
    "\\",
    "\\\\",
    "\\u00",
    "\\u0067",
    "%67",
    "%",
    '"',
    "\n",
    "-----BEGIN ",
    "AKIA",
  ],
  ...[
    "-----END ",
    "PRIVATE KEY-----",
    "aws_secret_access_key=",
    "*",
    "****",
    ".",
    "-",
    "_",
    "=",
    "+",
    "/",
    "ü",
    "𝄞",
  ],
);
const text = fc
  .array(fc.oneof(secret, fragment, fc.string({ maxLength: 12 })), { maxLength: 14 })
  .map((parts) => parts.join(""));
const base64 = text.map((one) => Buffer.from(one).toString("base64").replace(/.{60}/g, "$&\n"));

describe("masking", () => {
  it("keeps the length of any bytes, in any chunks", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        const output = drain(masker.stream("json"), cut(bytes, size));
        return output.length === bytes.length;
      }),
    );
  });

  it("changes nothing but to asterisks in text", () => {
    fc.assert(
      fc.property(text, (one) => {
        const input = Buffer.from(one);
        const output = maskBytes(input, "text");
        return (
          output.length === input.length && output.every((byte, i) => byte === input[i] || byte === 0x2a)
        );
      }),
      { numRuns: 400 },
    );
  });

  it("does nothing the second time", () => {
    fc.assert(
      fc.property(text, (one) => {
        const once = maskText(one);
        return maskText(once) === once;
      }),
      { numRuns: 400 },
    );
  });

  it("leaves JSON that parses, with the same keys and the same numbers", () => {
    const value = fc.oneof(
      text,
      base64,
      text.map((one) => JSON.stringify({ one })),
      fc.double({ noNaN: true }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), value, { maxKeys: 6 }), (object) => {
        const input = JSON.stringify(object);
        const output = JSON.parse(maskText(input, "json")) as Record<string, unknown>;
        expect(Object.keys(output)).toEqual(Object.keys(object));
        for (const [key, one] of Object.entries(object)) {
          if (typeof one === "number") expect(output[key]).toBe(JSON.parse(JSON.stringify(one)));
        }
      }),
      { numRuns: 400 },
    );
  });

  it("leaves JSON inside JSON that parses", () => {
    fc.assert(
      fc.property(text, base64, (one, two) => {
        const output = maskText(JSON.stringify({ t: JSON.stringify({ one, two }) }), "json");
        const { t } = JSON.parse(output) as { t: string };
        expect(Object.keys(JSON.parse(t) as object)).toEqual(["one", "two"]);
      }),
      { numRuns: 300 },
    );
  });

  it("gives the same output in one piece and byte by byte", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          base64.map((one) => JSON.stringify({ one })),
        ),
        (one) => {
          const input = Buffer.from(one);
          return drain(masker.stream("json"), cut(input, 1)).equals(maskBytes(input, "json"));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("masks a secret between any two pieces of text that do not touch it", () => {
    const plain = fc.stringMatching(/^[a-z ,.;()\n]{0,40}$/);
    fc.assert(
      fc.property(plain, fc.constantFrom(...samples), plain, (left, one, right) => {
        const around = (middle: string): string =>
          `${left} ${one.before ?? ""}${middle}${one.after ?? ""} ${right}`;
        expect(maskText(around(one.secret))).toBe(around(one.masked));
      }),
      { numRuns: 300 },
    );
  });

  it("passes bytes that are not UTF-8 as they are, around a secret too", () => {
    const token = samples[0] ?? { secret: "", masked: "" };
    const noise = Buffer.from([0xff, 0xfe, 0x80, 0x00, 0xc3]);
    const input = Buffer.concat([noise, Buffer.from(token.secret), noise]);
    expect(maskBytes(input, "text")).toEqual(Buffer.concat([noise, Buffer.from(token.masked), noise]));
  });

  it("masks a whole text and counts by kind", () => {
    const token = samples[0] ?? { secret: "", masked: "" };
    expect(masker.mask(`a ${token.secret} b ${token.secret} c`)).toEqual({
      text: `a ${token.masked} b ${token.masked} c`,
      counts: [{ kind: "github-token", count: 2 }],
    });
    expect(masker.mask("clean").counts).toEqual([]);
  });

  it("never reports its own masks as secrets", () => {
    for (const one of samples) {
      const masked = `${one.before ?? ""}${one.masked}${one.after ?? ""}`;
      expect(masker.find(Buffer.from(masked))).toEqual([]);
    }
    expect(maskText(stars(5000))).toBe(stars(5000));
  });
});
