import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { characterName, hasInvisible, piecesOf } from "../../../lambda/console/page/marks.ts";

const marked = (text: string, where: "text" | "name" = "text"): string[] =>
  piecesOf(text, where)
    .filter((piece) => piece.kind !== "text")
    .map((piece) => `${piece.kind}: ${piece.name}`);

const mask = ["ghp", "*".repeat(36)].join("_");

describe("text that somebody else wrote", () => {
  it.each([
    ["\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"],
    ["\u2066", "U+2066 LEFT-TO-RIGHT ISOLATE"],
    ["\u200b", "U+200B ZERO WIDTH SPACE"],
    ["\ufeff", "U+FEFF ZERO WIDTH NO-BREAK SPACE"],
    ["\u001b", "U+001B ESCAPE"],
    ["\u0000", "U+0000 NULL"],
    ["\r", "U+000D CARRIAGE RETURN"],
    ["\u009b", "U+009B CONTROL SEQUENCE INTRODUCER"],
    ["\u00a0", "U+00A0 NO-BREAK SPACE"],
    ["\u3164", "U+3164 HANGUL FILLER"],
    ["\u2800", "U+2800 BRAILLE PATTERN BLANK"],
    ["\u{e0041}", "U+E0041 TAG A"],
    ["\u{e0100}", "U+E0100 VARIATION SELECTOR"],
    ["\u2003", "U+2003 UNUSUAL SPACE"],
    ["\ue000", "U+E000 PRIVATE USE CHARACTER"],
    ["\ud800", "U+D800"],
  ])("has %j shown as %s", (character, name) => {
    expect(marked(`a${character}b`)).toEqual([`invisible: ${name}`]);
    expect(hasInvisible(`a${character}b`)).toBe(true);
  });

  it.each(["plain ASCII, tab\tand\nline", "naïve café", "привет мир", "日本語のコメント", "✔️ done 👩‍💻 5️⃣"])(
    "has nothing to mark in %j",
    (text) => {
      expect(marked(text)).toEqual([]);
      expect(hasInvisible(text)).toBe(false);
    },
  );

  it("has letters marked that pose as Latin inside a Latin word", () => {
    expect(marked("const p\u0430yload")).toEqual(["lookalike: U+0430 CYRILLIC LETTER"]);
  });

  it("has every character outside ASCII named in a ref, a path or a login", () => {
    expect(marked("m\u0430in", "name")).toEqual(["lookalike: U+0430 CYRILLIC LETTER"]);
    expect(marked("a\nb", "name")).toEqual(["invisible: U+000A LINE FEED"]);
    expect(marked("src/main.ts", "name")).toEqual([]);
  });

  it.each([
    [mask, "masked GitHub token"],
    [`AKIA${"*".repeat(16)}`, "masked AWS key"],
    [["xoxb", "*".repeat(20)].join("-"), "masked Slack token"],
    [["npm", "*".repeat(36)].join("_"), "masked npm token"],
  ])("has the mask %s named", (text, name) => {
    expect(marked(`key = "${text}"`)).toEqual([`masked: ${name}`]);
  });

  it("has a masked password in an address named, and not a comment's row of asterisks", () => {
    expect(marked("https://bob:******@host/")).toEqual(["masked: masked password in an address"]);
    expect(marked("/******* heading *******/")).toEqual([]);
  });

  it("is never changed, shortened or reordered by marking", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 200 }),
        fc.constantFrom("text", "name"),
        (text, where) => {
          expect(
            piecesOf(text, where)
              .map((piece) => piece.text)
              .join(""),
          ).toBe(text);
        },
      ),
    );
  });

  it("keeps no direction character in a piece that is shown as it is", () => {
    const directions = fc.constantFrom("\u202a", "\u202e", "\u2066", "\u2069", "\u200f", "a", " ");
    fc.assert(
      fc.property(fc.array(directions), (characters) => {
        const shown = piecesOf(characters.join("")).filter((piece) => piece.kind === "text");
        expect(shown.map((piece) => piece.text).join("")).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200f]/);
      }),
    );
  });

  it("has its character named by number where there is no name", () => {
    expect(characterName("é")).toBe("U+00E9");
  });
});
