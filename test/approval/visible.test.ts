import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { oneLine, visible } from "../../lambda/approval/visible.ts";

describe("visible", () => {
  it.each([
    ["escape", "\u001b]0;x\u0007", "<U+001B>]0;x<U+0007>"],
    ["right-to-left override", "\u202egpj", "<U+202E>gpj"],
    ["zero-width space", "a\u200bb", "a<U+200B>b"],
    ["line separator", "a\u2028b", "a<U+2028>b"],
    ["tag character", "a\u{e0041}", "a<U+E0041>"],
    ["C1 control", "\u009b31m", "<U+009B>31m"],
    ["ordinary letters of any script", "grün 日本 é", "grün 日本 é"],
  ])("names %s", (_what, text, expected) => {
    expect(visible(text)).toBe(expected);
  });

  it("leaves no control or format character in any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});

describe("oneLine", () => {
  it("joins lines, and cuts at the limit and not before it", () => {
    expect(oneLine("a\n b\r\n\tc", 10)).toBe("a b c");
    expect(oneLine("x".repeat(10), 10)).toBe("x".repeat(10));
    expect(oneLine("x".repeat(11), 10)).toBe(`${"x".repeat(9)}…`);
  });

  it("never cuts a character in two", () => {
    expect(oneLine("ab😀😀", 4)).toBe("ab…");
    expect(oneLine("abc😀", 4).isWellFormed()).toBe(true);
  });
});
