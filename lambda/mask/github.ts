// GitHub's tokens: the classic ones, and the long ones that carry a JWT (`gho_<JWT>`, `ghs_<app id>_<JWT>`).
import { alphabets } from "./alphabets.ts";
import type { Detector, Reading } from "./detector.ts";
import { readJwt } from "./jwt.ts";
import type { TokenKind } from "./kinds.ts";
import { readToken } from "./token.ts";
import { more, type View } from "./view.ts";

const underscore = 0x5f;
const letterE = 0x65;

export function githubDetector(row: TokenKind): Detector {
  return {
    literal: Buffer.from(row.prefix),
    needsBoundary: true,
    read: (view, at) => {
      const long = readLong(row, view, at);
      return long === "no" ? readToken(row, view, at) : long;
    },
  };
}

function readLong(row: TokenKind, view: View, at: number): Reading {
  const body = at + row.prefix.length;
  const digitsEnd = view.run(alphabets.digits, body, body + 20);
  if (digitsEnd === more) return "wait";
  const afterDigits = view.at(digitsEnd);
  if (afterDigits === more) return "wait";
  const jwt = digitsEnd > body && afterDigits === underscore ? digitsEnd + 1 : body;
  const first = view.at(jwt);
  if (first === more) return "wait";
  if (first !== letterE) return "no";
  return readJwt(view, at, jwt, row.kind, row.prefix.length, true);
}
