// What a reviewer cannot see is named; what a script or an emoji needs is left alone.
import { describe, expect, it } from "@jest/globals";
import { invisibleCharacters } from "../../lambda/scan/invisible.ts";

const points = (...codes: number[]): string => String.fromCodePoint(...codes);

describe("invisible characters", () => {
  it.each<[string, number]>([
    ["right-to-left override", 0x202e],
    ["left-to-right isolate", 0x2066],
    ["zero width space", 0x200b],
    ["zero width joiner", 0x200d],
    ["soft hyphen", 0xad],
    ["tag character", 0xe0041],
    ["variation selector", 0xe0101],
    ["hangul filler", 0x3164],
    ["control character", 0x1b],
    ["zero width no-break space", 0xfeff],
  ])("%s is named between Latin letters, with its place", (name, codePoint) => {
    expect(invisibleCharacters(`ab${points(codePoint)}c`)).toEqual([{ index: 2, codePoint, name }]);
  });

  it.each<[string, string]>([
    ["plain text with tabs and both line ends", "a\tb\r\nc\n"],
    ["a byte order mark at the start", `${points(0xfeff)}a`],
    ["a family emoji", points(0x1f469, 0x200d, 0x1f467)],
    ["a heart with its selector", points(0x2764, 0xfe0f)],
    ["a Persian non-joiner", points(0x645, 0x6cc, 0x200c, 0x62e)],
    ["accents and umlauts", "é ü ñ"],
  ])("%s has none", (_, text) => {
    expect(invisibleCharacters(text)).toEqual([]);
  });

  it("are found in a row of selectors that carries hidden data", () => {
    expect(invisibleCharacters(`a${points(0xfe00, 0xfe01, 0xfe02)}`)).toHaveLength(2);
  });
});
