// Characters that a reviewer cannot see, or that change the order in which text is shown (CVE-2021-42574).

export interface InvisibleCharacter {
  /** In UTF-16 units. */
  readonly index: number;
  readonly codePoint: number;
  readonly name: string;
}

const names = new Map<number, string>([
  [0x00ad, "soft hyphen"],
  [0x034f, "combining grapheme joiner"],
  [0x061c, "arabic letter mark"],
  [0x115f, "hangul choseong filler"],
  [0x1160, "hangul jungseong filler"],
  [0x17b4, "khmer inherent vowel"],
  [0x17b5, "khmer inherent vowel"],
  [0x180e, "mongolian vowel separator"],
  [0x200b, "zero width space"],
  [0x200c, "zero width non-joiner"],
  [0x200d, "zero width joiner"],
  [0x200e, "left-to-right mark"],
  [0x200f, "right-to-left mark"],
  [0x202a, "left-to-right embedding"],
  [0x202b, "right-to-left embedding"],
  [0x202c, "pop directional formatting"],
  [0x202d, "left-to-right override"],
  [0x202e, "right-to-left override"],
  [0x2060, "word joiner"],
  [0x2061, "function application"],
  [0x2062, "invisible times"],
  [0x2063, "invisible separator"],
  [0x2064, "invisible plus"],
  [0x2066, "left-to-right isolate"],
  [0x2067, "right-to-left isolate"],
  [0x2068, "first strong isolate"],
  [0x2069, "pop directional isolate"],
  [0x3164, "hangul filler"],
  [0xfeff, "zero width no-break space"],
  [0xffa0, "halfwidth hangul filler"],
]);

/** Whole ranges: first, last, name. */
const ranges: readonly (readonly [number, number, string])[] = [
  [0x0000, 0x0008, "control character"],
  [0x000b, 0x000b, "control character"],
  [0x000e, 0x001f, "control character"],
  [0x007f, 0x009f, "control character"],
  [0x206a, 0x206f, "format character"],
  [0xfe00, 0xfe0f, "variation selector"],
  [0xfff9, 0xfffb, "format character"],
  [0xe0000, 0xe007f, "tag character"],
  [0xe0100, 0xe01ef, "variation selector"],
];

/** In order. Joiners inside emoji and scripts that need them, and a byte order mark at the start, are normal. */
export function invisibleCharacters(text: string): InvisibleCharacter[] {
  const found: InvisibleCharacter[] = [];
  if (/^[\t\n\r\f -~]*$/.test(text)) return found;
  for (let index = 0; index < text.length; index += 1) {
    const codePoint = text.codePointAt(index) ?? 0;
    const name = nameOf(codePoint);
    if (name !== undefined && !isNormal(text, index, codePoint)) found.push({ index, codePoint, name });
    if (codePoint > 0xffff) index += 1;
  }
  return found;
}

function nameOf(codePoint: number): string | undefined {
  if (codePoint >= 0x20 && codePoint < 0x7f) return undefined;
  const range = ranges.find(([first, last]) => codePoint >= first && codePoint <= last);
  return range?.[2] ?? names.get(codePoint);
}

function isNormal(text: string, index: number, codePoint: number): boolean {
  if (codePoint === 0xfeff) return index === 0;
  const before = text.slice(Math.max(0, index - 2), index);
  // One selector after a sign chooses its look; a row of them carries hidden data.
  if (codePoint >= 0xfe00 && codePoint <= 0xfe0f) return before !== "" && !/[\ufe00-\ufe0f]$/.test(before);
  if (codePoint !== 0x200c && codePoint !== 0x200d) return false;
  const after = text.slice(index + 1, index + 3);
  return endsJoinable.test(before) && startsJoinable.test(after);
}

/** Letters, marks and emoji of scripts in which a joiner has a visible effect. */
const joinable =
  "[\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}" +
  "\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}" +
  "\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Extended_Pictographic}" +
  "\\p{Emoji_Modifier}\\ufe0f]";
const endsJoinable = new RegExp(`${joinable}$`, "u");
const startsJoinable = new RegExp(`^${joinable}`, "u");
