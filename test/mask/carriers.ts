// The forms in which an answer carries text, and how to get the text out again.
import type { Kind } from "./run.ts";

export interface Carrier {
  readonly name: string;
  readonly kind: Kind;
  wrap(text: string): string;
  unwrap(output: string, input: string): string;
  /** The mask of the wrapped text is the wrapped mask, byte by byte. */
  readonly isExact?: boolean;
}

const same = (output: string): string => output;

function field(output: string, ...path: string[]): string {
  let value: unknown = JSON.parse(output);
  for (const name of path) {
    value = typeof value === "string" ? JSON.parse(value) : value;
    value = Reflect.get(Object(value), name);
  }
  return String(value);
}

function spell(text: string, pick: (i: number) => boolean, one: (code: string) => string): string {
  return Array.from(text, (character, i) => {
    const isPlain = /[A-Za-z0-9_.:/@=+-]/.test(character);
    return isPlain && pick(i) ? one(character.charCodeAt(0).toString(16).padStart(2, "0")) : character;
  }).join("");
}

function jsonSpelled(text: string, pick: (i: number) => boolean): string {
  return `{"t":"${spell(text, pick, (code) => `\\u00${code}`).replaceAll("\n", "\\n")}"}`;
}

function wrapped(prefix: string): Carrier {
  return {
    name: `in a contents answer, base64 ${String(prefix.length)} bytes into a group`,
    kind: "json",
    wrap: (text) => {
      const base64 = Buffer.from(`${"# ".repeat(3)}${prefix}\n${text}\nend of the file\n`).toString("base64");
      return JSON.stringify({ content: `${base64.replace(/.{60}/g, "$&\n")}\n`, encoding: "base64" });
    },
    unwrap: (output) => Buffer.from(field(output, "content"), "base64").toString(),
    isExact: true,
  };
}

export const carriers: readonly Carrier[] = [
  { name: "raw", kind: "text", wrap: (text) => `say ${text}, please`, unwrap: same, isExact: true },
  { name: "at the very start and end", kind: "text", wrap: same, unwrap: same, isExact: true },
  {
    name: "in JSON",
    kind: "json",
    wrap: (text) => JSON.stringify({ t: text, n: 1 }),
    unwrap: (output) => field(output, "t"),
    isExact: true,
  },
  {
    name: "in JSON inside JSON",
    kind: "json",
    wrap: (text) => JSON.stringify({ t: JSON.stringify({ t: text }) }),
    unwrap: (output) => field(output, "t", "t"),
    isExact: true,
  },
  {
    name: "after an escaped line break",
    kind: "json",
    wrap: (text) => JSON.stringify({ t: `line\n${text}\nline` }),
    unwrap: (output) => field(output, "t"),
    isExact: true,
  },
  {
    name: "after a colour in a log",
    kind: "text",
    wrap: (text) => `\u001b[36;1m${text}\u001b[0m`,
    unwrap: same,
    isExact: true,
  },
  {
    name: "with its first character spelled \\u",
    kind: "json",
    wrap: (text) => jsonSpelled(text, (i) => i === 0),
    unwrap: (output) => field(output, "t"),
  },
  {
    name: "with every third character spelled \\u",
    kind: "json",
    wrap: (text) => jsonSpelled(text, (i) => i % 3 === 1),
    unwrap: (output) => field(output, "t"),
  },
  {
    name: "with every character spelled \\u",
    kind: "json",
    wrap: (text) => jsonSpelled(text, () => true),
    unwrap: (output) => field(output, "t"),
  },
  {
    name: "percent-encoded in a URL",
    kind: "text",
    wrap: (text) => `https://example.com/?q=${encodeURIComponent(text)}&page=2`,
    unwrap: (output) => decodeURIComponent(output),
  },
  {
    name: "with every fourth character percent-encoded",
    kind: "text",
    wrap: (text) =>
      `q=${spell(
        text,
        (i) => i % 4 === 2,
        (code) => `%${code}`,
      )}&page=2`,
    unwrap: (output) =>
      output.replace(/%(..)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  },
  {
    name: "in a URL",
    kind: "text",
    wrap: (text) => `https://example.com/?token=${text}&page=2`,
    unwrap: same,
    isExact: true,
  },
  {
    name: "in a diff",
    kind: "text",
    wrap: (text) => `@@ -1 +1 @@\n-old\n${text.replace(/^/gm, "+")}\n`,
    unwrap: (output) => output.replace(/^\+/gm, ""),
    isExact: true,
  },
  wrapped(""),
  wrapped("x"),
  wrapped("xy"),
];
