// The gateway's own credentials, masked by value in every form in which an answer could carry them.
import type { Bytes } from "../model/http.ts";
import type { Detector } from "./detector.ts";
import { tokenKinds } from "./kinds.ts";
import { startsWith } from "./token.ts";

/** Shorter values would be found in innocent text. */
const shortestLiteral = 8;
/** So many first bytes make a candidate; the rest is compared. */
const headBytes = 24;
const asterisk = 0x2a;
export const ownSecretKind = "gateway-credential";

export function ownSecretDetectors(literals: readonly string[]): Detector[] {
  const forms = new Map<string, Detector>();
  for (const literal of literals) {
    if (literal.length < shortestLiteral) {
      throw new RangeError(
        `A credential of ${String(literal.length)} characters cannot be masked by value; it needs at least ${String(shortestLiteral)}.`,
      );
    }
    const kept = keptPrefix(literal);
    for (const form of textForms(literal)) add(forms, Buffer.from(form), kept);
    for (const phase of [0, 1, 2]) {
      const fill = base64Core(Buffer.alloc(Buffer.byteLength(literal), asterisk), phase);
      const form = base64Core(Buffer.from(literal), phase);
      add(forms, Buffer.from(form), 0, Buffer.from(fill));
      add(forms, Buffer.from(base64url(form)), 0, Buffer.from(base64url(fill)));
    }
  }
  return [...forms.values()];
}

/** A mask that keeps a known prefix is recognised when it comes back. */
function keptPrefix(literal: string): number {
  const prefixes = tokenKinds.map((row) => row.prefix).filter((prefix) => literal.startsWith(prefix));
  return Math.max(0, ...prefixes.map((prefix) => prefix.length));
}

function textForms(literal: string): string[] {
  const once = JSON.stringify(literal).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  return [literal, once, twice, percent(literal, "upper"), percent(literal, "lower")];
}

function percent(literal: string, hex: "upper" | "lower"): string {
  return [...Buffer.from(literal)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[\w.~-]/.test(character)) return character;
      const code = byte.toString(16).padStart(2, "0");
      return `%${hex === "upper" ? code.toUpperCase() : code}`;
    })
    .join("");
}

/** The base64 characters that `bytes` alone decide when they begin `phase` bytes into a group of three. */
function base64Core(bytes: Buffer, phase: number): string {
  const encoded = Buffer.concat([Buffer.alloc(phase), bytes]).toString("base64");
  return encoded.slice(Math.ceil((phase * 4) / 3), Math.floor(((phase + bytes.length) * 4) / 3));
}

function base64url(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}

function add(forms: Map<string, Detector>, value: Bytes, kept: number, fill?: Bytes): void {
  const key = Buffer.from(value).toString("latin1");
  if (forms.has(key)) return;
  const literal = value.subarray(0, headBytes);
  const rest = value.subarray(headBytes);
  forms.set(key, {
    literal,
    needsBoundary: false,
    read: (view, at) => {
      const compared = startsWith(view, at + literal.length, rest);
      if (compared !== "yes") return compared;
      const match = {
        kind: ownSecretKind,
        start: at,
        from: at + kept,
        to: at + value.length,
        isCertain: true,
      };
      return [fill === undefined ? match : { ...match, fill }];
    },
  });
}
