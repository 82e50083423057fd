// AWS credentials: the key id names itself; the secret key is known by its length and by what stands near it.
import { alphabets, classOf, word } from "./alphabets.ts";
import type { Detector, Match, Reading } from "./detector.ts";
import { text } from "./token.ts";
import { more, type View } from "./view.ts";

const secretLength = 40;
/** A secret key is looked for in so many characters after a key id. */
const neighbourhood = 256;
const nameTail = classOf("A-Za-z_-");
const separators = classOf("\"' \t:=>\\`,(&");
const sessionCap = 4096;

const idPrefixes = ["AKIA", "ASIA", "ABIA", "ACCA"];
export const secretKeyNames = [
  "ecretAccessKey",
  "ecret_access_key",
  "ECRET_ACCESS_KEY",
  "ecret-access-key",
  "aws_secret",
  "AWS_SECRET",
  "awsSecret",
];
const sessionTokenNames = ["essionToken", "ession_token", "ESSION_TOKEN", "ecurity_token", "ecurity-Token"];

export const awsDetectors: readonly Detector[] = [
  ...idPrefixes.map((prefix) => detector(prefix, true, readKeyId)),
  ...secretKeyNames.map((name) =>
    detector(name, false, (view, at) => readNamedSecret(view, at + name.length)),
  ),
  ...sessionTokenNames.map((name) =>
    detector(name, false, (view, at) => readNamedSession(view, at + name.length)),
  ),
];

function detector(literal: string, needsBoundary: boolean, read: Detector["read"]): Detector {
  return { literal: Buffer.from(literal), needsBoundary, read };
}

function readKeyId(view: View, at: number): Reading {
  const end = view.run(alphabets.base32, at + 4, at + 21);
  if (end === more) return "wait";
  const next = view.at(end);
  if (next === more) return "wait";
  if (end !== at + 20 || (next >= 0 && word[next] === 1)) return "no";
  const secrets = secretsAfter(view, end);
  if (secrets === "wait") return "wait";
  const isCertain = secrets.some((secret) => secret.isCertain) && !isSample(text(view, at, end));
  const id = { kind: "aws-access-key-id", start: at, from: at + 4, to: end, isCertain };
  return [id, ...secrets.map((secret) => ({ ...secret, isCertain }))];
}

function secretsAfter(view: View, from: number): readonly Match[] | "wait" {
  const found: Match[] = [];
  for (let i = from; i < from + neighbourhood;) {
    const byte = view.at(i);
    if (byte === more) return "wait";
    if (byte < 0) break;
    // The letter of an escape (`\n`, `\\n`) is no part of what follows it.
    if (byte === 0x5c) i += view.at(i + 1) === 0x5c ? 1 : 2;
    else if (alphabets.base64[byte] === 0) i++;
    else {
      const end = view.run(alphabets.base64, i, i + neighbourhood + secretLength + 1);
      if (end === more) return "wait";
      if (end - i === secretLength && isSecretKey(text(view, i, end))) found.push(secretMatch(view, i, end));
      i = end;
    }
  }
  view.memo.steps += neighbourhood;
  return found;
}

function readNamedSecret(view: View, nameEnd: number): Reading {
  const value = valueAfter(view, nameEnd);
  if (value === "no" || value === "wait") return value;
  const end = view.run(alphabets.base64, value, value + secretLength + 1);
  if (end === more) return "wait";
  if (end - value !== secretLength || !isSecretKey(text(view, value, end))) return "no";
  return [{ ...secretMatch(view, value, end), isCertain: false }];
}

function readNamedSession(view: View, nameEnd: number): Reading {
  const value = valueAfter(view, nameEnd);
  if (value === "no" || value === "wait") return value;
  const end = view.run(alphabets.base64Padded, value, value + sessionCap);
  if (end === more) return "wait";
  if (end - value < 100 || !isMixed(text(view, value, value + 100))) return "no";
  const match = { kind: "aws-session-token", start: value, from: value, to: end, isCertain: false };
  return [end === value + sessionCap ? { ...match, goesOnIn: alphabets.base64Padded } : match];
}

/** Where the value begins after `name": "`, `NAME=`, `<Name>`, `--name `. */
function valueAfter(view: View, nameEnd: number): number | "no" | "wait" {
  const tail = view.run(nameTail, nameEnd, nameEnd + 24);
  if (tail === more) return "wait";
  const value = view.run(separators, tail, tail + 24);
  if (value === more) return "wait";
  return value === tail ? "no" : value;
}

function secretMatch(view: View, start: number, to: number): Match {
  const isCertain = !isSample(text(view, start, to));
  return { kind: "aws-secret-key", start, from: start, to, isCertain };
}

/** Not a SHA-1, not a path, not a placeholder: forty characters of all three sorts, twelve of them different. */
function isSecretKey(value: string): boolean {
  // One bit for each character that occurs: text of nothing but keys has this asked for every other byte.
  let [small, capital, other] = [0, 0, 0];
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code >= 0x61) small |= 1 << (code - 0x61);
    else if (code >= 0x41) capital |= 1 << (code - 0x41);
    else other |= 1 << (code - 0x2b);
  }
  const hasDigit = other >>> 5 !== 0;
  return small !== 0 && capital !== 0 && hasDigit && ones(small) + ones(capital) + ones(other) >= 12;
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

function isMixed(value: string): boolean {
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /[0-9]/.test(value);
}

/** AWS writes its documentation with keys that say so: AKIA…EXAMPLE. */
function isSample(value: string): boolean {
  return value.toUpperCase().includes("EXAMPLE");
}
