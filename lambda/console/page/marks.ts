// Finds in a text what a reader would miss: invisible and bidirectional characters, control bytes, lookalikes, masks.

export interface Piece {
  readonly kind: "text" | "invisible" | "lookalike" | "masked";
  /** As it stands in the text. */
  readonly text: string;
  /** What a reader is shown or told instead: "U+202E RIGHT-TO-LEFT OVERRIDE", "masked GitHub token". */
  readonly name: string;
}

const names: Readonly<Record<number, string>> = {
  0x00: "NULL",
  0x07: "BELL",
  0x08: "BACKSPACE",
  0x0a: "LINE FEED",
  0x0b: "LINE TABULATION",
  0x0c: "FORM FEED",
  0x0d: "CARRIAGE RETURN",
  0x1b: "ESCAPE",
  0x7f: "DELETE",
  0x85: "NEXT LINE",
  0x9b: "CONTROL SEQUENCE INTRODUCER",
  0xa0: "NO-BREAK SPACE",
  0xad: "SOFT HYPHEN",
  0x34f: "COMBINING GRAPHEME JOINER",
  0x61c: "ARABIC LETTER MARK",
  0x115f: "HANGUL CHOSEONG FILLER",
  0x1160: "HANGUL JUNGSEONG FILLER",
  0x180e: "MONGOLIAN VOWEL SEPARATOR",
  0x200b: "ZERO WIDTH SPACE",
  0x200c: "ZERO WIDTH NON-JOINER",
  0x200d: "ZERO WIDTH JOINER",
  0x200e: "LEFT-TO-RIGHT MARK",
  0x200f: "RIGHT-TO-LEFT MARK",
  0x2028: "LINE SEPARATOR",
  0x2029: "PARAGRAPH SEPARATOR",
  0x202a: "LEFT-TO-RIGHT EMBEDDING",
  0x202b: "RIGHT-TO-LEFT EMBEDDING",
  0x202c: "POP DIRECTIONAL FORMATTING",
  0x202d: "LEFT-TO-RIGHT OVERRIDE",
  0x202e: "RIGHT-TO-LEFT OVERRIDE",
  0x202f: "NARROW NO-BREAK SPACE",
  0x2060: "WORD JOINER",
  0x2066: "LEFT-TO-RIGHT ISOLATE",
  0x2067: "RIGHT-TO-LEFT ISOLATE",
  0x2068: "FIRST STRONG ISOLATE",
  0x2069: "POP DIRECTIONAL ISOLATE",
  0x2800: "BRAILLE PATTERN BLANK",
  0x3000: "IDEOGRAPHIC SPACE",
  0x3164: "HANGUL FILLER",
  0xfeff: "ZERO WIDTH NO-BREAK SPACE",
  0xfffc: "OBJECT REPLACEMENT CHARACTER",
  0xffa0: "HALFWIDTH HANGUL FILLER",
};

/** Control, format, private-use, unassigned, odd spaces, fillers and variation selectors. Tab and line feed are text. */
const invisible = [
  // Default_Ignorable: zero-width, bidirectional, fillers, tags and variation selectors, which can carry hidden bytes.
  "\\p{Cc}\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}",
  "\\u{a0}\\u{1680}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{2800}\\u{3000}\\u{fffc}",
].join("");
/** Inside an emoji these are what they are for; a false alarm teaches people to look away. */
const inEmoji = [
  "(?<=[\\p{Extended_Pictographic}#*0-9])\\u{fe0f}",
  "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\u{fe0f}])\\u{200d}(?=\\p{Extended_Pictographic})",
].join("|");
const hidden = `(?![\\t\\n]|${inEmoji})[${invisible}]`;
const foreign =
  "[\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}\\p{Script=Cherokee}\\uff01-\\uff5e]";
/** A kept prefix and asterisks, as masks leave it; or a password in an address. */
const masked =
  "(?:gh[pousr]_|github_pat_|A(?:KI|SI|BI|CC)A|xox[a-z]-|xapp-|npm_|eyJ|sk-|glpat-|AIza)[A-Za-z0-9_.-]{0,12}\\*{4,}[*A-Za-z0-9_.=-]*|(?<=://[^\\s/:@*]{0,64}:)\\*{3,}(?=@)";

const usual = new RegExp(`(${masked})|(${hidden})`, "gu");
const inNames = new RegExp(`(${masked})|(${hidden}|\\n|\\t)|([^\\x20-\\x7e])`, "gu");
const anyInvisible = new RegExp(hidden, "u");
const word = /[\p{L}\p{N}_]+/gu;
const latinLetter = /\p{Script=Latin}/u;
const foreignLetter = new RegExp(foreign, "gu");

export function hasInvisible(text: string): boolean {
  return anyInvisible.test(text);
}

/** `name` is for refs, paths and logins, where every character outside ASCII is worth a look. */
export function piecesOf(text: string, where: "text" | "name" = "text"): readonly Piece[] {
  const pieces: Piece[] = [];
  const pattern = where === "name" ? inNames : usual;
  let from = 0;
  for (const found of text.matchAll(pattern)) {
    if (found.index > from) pushText(pieces, text.slice(from, found.index), where);
    from = found.index + found[0].length;
    pieces.push(pieceOf(found));
  }
  if (from < text.length) pushText(pieces, text.slice(from), where);
  return pieces;
}

function pieceOf(found: RegExpExecArray): Piece {
  const [text, mask, invisible] = found;
  if (mask !== undefined) return { kind: "masked", text, name: maskName(text) };
  if (invisible !== undefined) return { kind: "invisible", text, name: characterName(text) };
  return { kind: "lookalike", text, name: characterName(text) };
}

/** A word that mixes Latin with letters that look like Latin is shown letter by letter. */
function pushText(pieces: Piece[], text: string, where: "text" | "name"): void {
  const plain = (part: string): void => {
    if (part !== "") pieces.push({ kind: "text", text: part, name: "" });
  };
  let from = 0;
  for (const found of where === "name" ? [] : text.matchAll(word)) {
    if (!latinLetter.test(found[0])) continue;
    for (const letter of found[0].matchAll(foreignLetter)) {
      const at = found.index + letter.index;
      plain(text.slice(from, at));
      pieces.push({ kind: "lookalike", text: letter[0], name: characterName(letter[0]) });
      from = at + letter[0].length;
    }
  }
  plain(text.slice(from));
}

/** "U+202E RIGHT-TO-LEFT OVERRIDE"; characters without a name here keep their number and, where it helps, their script. */
export function characterName(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  const number = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  const name = names[point] ?? family(character, point);
  return name === "" ? number : `${number} ${name}`;
}

const scripts: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Cyrillic}/u, "CYRILLIC LETTER"],
  [/\p{Script=Greek}/u, "GREEK LETTER"],
  [/\p{Script=Armenian}/u, "ARMENIAN LETTER"],
  [/\p{Script=Cherokee}/u, "CHEROKEE LETTER"],
  [/[\uff01-\uff5e]/u, "FULLWIDTH CHARACTER"],
];

function family(character: string, point: number): string {
  if (point >= 0xe0020 && point <= 0xe007e) return `TAG ${String.fromCodePoint(point - 0xe0000)}`;
  if ((point >= 0xfe00 && point <= 0xfe0f) || (point >= 0xe0100 && point <= 0xe01ef))
    return "VARIATION SELECTOR";
  if (point < 0x20 || (point >= 0x80 && point < 0xa0)) return "CONTROL CHARACTER";
  if (/\p{Zs}/u.test(character)) return "UNUSUAL SPACE";
  if (/\p{Cf}/u.test(character)) return "FORMAT CHARACTER";
  if (/\p{Co}/u.test(character)) return "PRIVATE USE CHARACTER";
  return scripts.find(([script]) => script.test(character))?.[1] ?? "";
}

const maskKinds: readonly (readonly [RegExp, string])[] = [
  [/^(?:gh[pousr]_|github_pat_)/, "GitHub token"],
  [/^A(?:KI|SI|BI|CC)A/, "AWS key"],
  [/^x(?:ox|app)/, "Slack token"],
  [/^npm_/, "npm token"],
  [/^eyJ/, "JSON web token"],
  [/^\*/, "password in an address"],
];

function maskName(text: string): string {
  return `masked ${maskKinds.find(([start]) => start.test(text))?.[1] ?? "secret"}`;
}
