import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readJson } from "../../lambda/classify/json.ts";
import { GateError } from "../../lambda/model/errors.ts";

function reading(text: string | Uint8Array): unknown {
  try {
    return readJson(typeof text === "string" ? Buffer.from(text) : text);
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

describe("readJson", () => {
  it.each([
    ["two documents", '{"a":1}{"b":2}'],
    ["trailing garbage", '{"a":1}x'],
    ["a trailing comma", '{"a":1,}'],
    ["a comment", '{"a":1/*x*/}'],
    ["single quotes", "{'a':1}"],
    ["an unquoted key", "{a:1}"],
    ["NaN", "[NaN]"],
    ["a leading zero", "[01]"],
    ["a plus sign", "[+1]"],
    ["a bare fraction", "[.5]"],
    ["an unfinished fraction", "[1.]"],
    ["hex", "[0x1]"],
    ["an unescaped newline in a string", '["a\nb"]'],
    ["an unknown escape", '["\\x41"]'],
    ["a cut escape", '["\\u00a"]'],
    ["an open string", '["a'],
    ["an open string that ends in an escape", '["a\\"'],
    ["an open array", "[1"],
    ["a wrong bracket", "[1}"],
    ["only white space", "   "],
    ["a byte order mark", '\uFEFF{"a":1}'],
    ["a key twice", '{"branch":"dev","branch":"main"}'],
    ["a key twice, once escaped", '{"branch":"dev","br\\u0061nch":"main"}'],
    ["a key twice in a nested object", '{"a":[{"b":1,"c":{},"b":2}]}'],
    ["__proto__", '{"__proto__":{"branch":"dev"}}'],
    ["an escaped __proto__", '{"\\u005f_proto__":1}'],
    ["constructor", '{"a":{"constructor":1}}'],
    ["prototype", '{"prototype":1}'],
    ["an integer of 2^53", "[9007199254740992]"],
    ["a negative integer of -2^53", "[-9007199254740992]"],
    ["an exponent", "[1e3]"],
    ["infinity by exponent", "[1e999]"],
    ["minus zero", "[-0]"],
    ["minus zero as a fraction", "[-0.0]"],
    ["more digits than a number keeps", "[0.12345678901234567890123]"],
    ["a lone surrogate", '["\\ud800"]'],
    ["a lone surrogate in a key", '{"\\udc00":1}'],
  ])("refuses %s", (_what, text) => {
    expect(reading(text)).toBe("GH_BAD_BODY");
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(reading(Uint8Array.of(0x22, 0xff, 0x22))).toBe("GH_BAD_BODY");
    expect(reading(Uint8Array.of(0x22, 0xc0, 0x80, 0x22))).toBe("GH_BAD_BODY");
  });

  it.each([
    ["the largest safe integer", "[9007199254740991]"],
    ["the same key in two objects", '[{"a":1},{"a":2}]'],
    ["the same key at two depths", '{"a":{"a":{"a":1}}}'],
    ["a string that looks like a key", '{"a":"b","c":["a","a"]}'],
    ["escaped quotes and backslashes", '{"a\\"b":"c\\\\","d":"\\\\\\""}'],
    ["a surrogate pair", '["\\ud83d\\ude00"]'],
    ["braces inside strings", '{"a":"{\\"a\\":1,"}'],
    ["white space of all four kinds", ' \t\r\n{ "a" : [ 1 , 2 ] } '],
    ["true, false and null", "[true,false,null]"],
    ["a fraction", "[1.5,-0.25]"],
  ])("takes %s as JSON.parse does", (_what, text) => {
    expect(reading(text)).toEqual(JSON.parse(text));
  });

  it("takes 64 levels and refuses 65", () => {
    expect(reading(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(reading(nested(65))).toBe("GH_BAD_BODY");
  });

  it("refuses 200,000 levels without recursion", () => {
    expect(reading(nested(200_000))).toBe("GH_BAD_BODY");
  });

  it("reads an empty body as absent", () => {
    expect(readJson(new Uint8Array())).toBeUndefined();
  });

  it("reads back any value whose keys are plain", () => {
    const value = fc
      .jsonValue({ maxDepth: 5 })
      .filter((one) => !/e[+-]?\d|-0[^.]|__proto__|constructor|prototype|\d{16}/.test(JSON.stringify(one)));
    fc.assert(
      fc.property(value, (one) => {
        const text = JSON.stringify(one);
        expect(reading(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("takes no text that JSON.parse refuses", () => {
    const unit = fc.constantFrom(
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ":",
      ",",
      "1",
      "-",
      "u",
      "d8",
      "a",
      " ",
      "null",
      "0",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        const read = text === "" ? undefined : reading(text);
        if (read === undefined || read === "GH_BAD_BODY") return;
        expect(read).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });
});
