// Reads a token that names itself by its prefix.
import type { Bytes } from "../model/http.ts";
import { alphabets, word } from "./alphabets.ts";
import { hasTokenChecksum } from "./checksum.ts";
import type { Detector, Reading } from "./detector.ts";
import type { TokenKind } from "./kinds.ts";
import { more, type View } from "./view.ts";

export function tokenDetector(row: TokenKind): Detector {
  return {
    literal: Buffer.from(row.prefix),
    needsBoundary: true,
    read: (view, at) => readToken(row, view, at),
  };
}

export function readToken(row: TokenKind, view: View, at: number): Reading {
  const members = alphabets[row.alphabet];
  const body = at + row.prefix.length;
  const limit = body + row.max + 1;
  const end = view.run(members, body, limit);
  if (end === more) return "wait";
  const length = end - body;
  if (length < row.min) return "no";
  const isOver = length > row.max;
  if (!isOver) {
    const next = view.at(end);
    if (next === more) return "wait";
    // A token that touches a letter, a digit or an underscore is part of a longer identifier.
    if (next >= 0 && word[next] === 1) return "no";
  }
  const isCertain = row.hasChecksum === true && length >= 36 && hasTokenChecksum(text(view, body, body + 36));
  if (isOver && row.min === row.max && !isCertain) return "no";
  const match = { kind: row.kind, start: at, from: body, to: end, isCertain };
  return [isOver ? { ...match, goesOnIn: members } : match];
}

/** ASCII text between two indices. */
export function text(view: View, from: number, to: number): string {
  let value = "";
  for (let i = from; i < to; i++) value += String.fromCharCode(Math.max(0, view.at(i)));
  view.memo.steps += to - from;
  return value;
}

export function startsWith(view: View, at: number, expected: Bytes): "yes" | "no" | "wait" {
  for (let i = 0; i < expected.length; i++) {
    const byte = view.at(at + i);
    if (byte === more) return "wait";
    if (byte !== expected[i]) {
      view.noteSpelling(at + i);
      return "no";
    }
  }
  return "yes";
}
