// Recognises this gateway's own masks when they come back in a write, before they overwrite the real value.
import type { Bytes } from "../model/http.ts";
import type { Found } from "../model/masking.ts";
import { secretKeyNames } from "./aws.ts";
import { tokenKinds } from "./kinds.ts";
import { leftOf } from "./spelling.ts";

const asterisk = 0x2a;
const shortestRun = Buffer.from("****");
const before = 128;
const mostFound = 1000;

interface MaskShape {
  readonly kind: string;
  readonly prefix: string;
  readonly min: number;
}

const shapes: readonly MaskShape[] = [
  ...tokenKinds,
  ...["AKIA", "ASIA", "ABIA", "ACCA"].map((prefix) => ({ kind: "aws-access-key-id", prefix, min: 16 })),
  { kind: "jwt", prefix: "eyJ", min: 17 },
];
const awsSecret = new RegExp(`(?:${secretKeyNames.join("|")})[A-Za-z_-]{0,24}["' \\t:=>\\\\\`,(&]{1,24}$`);
const keyLine = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nrt]|[+-](?=\*|$)){0,40}$/;
const userinfo = /:\\*\/\\*\/[A-Za-z0-9._~%!$&'()+,;=-]{0,100}:$/;

export function findMasked(bytes: Bytes): Found[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Found[] = [];
  let at = text.indexOf(shortestRun);
  while (at >= 0 && found.length < mostFound) {
    let end = at;
    while (text[end] === asterisk) end++;
    const one = judge(text, at, end);
    if (one !== undefined) found.push({ ...one, isCertain: true });
    at = text.indexOf(shortestRun, end);
  }
  return found;
}

function judge(text: Buffer, at: number, end: number): Omit<Found, "isCertain"> | undefined {
  const left = text.toString("latin1", Math.max(0, at - before), at);
  const length = end - at;
  for (const { kind, prefix, min } of shapes) {
    if (length < min || !left.endsWith(prefix)) continue;
    const offset = at - prefix.length;
    if (leftOf(text, offset) !== "inside") return { kind, offset, length: prefix.length + length };
  }
  if (text[end] === 0x40 && userinfo.test(left)) return { kind: "url-password", offset: at, length };
  if (length >= 16 && keyLine.test(left)) return { kind: "private-key", offset: at, length };
  if (length === 40 && awsSecret.test(left)) return { kind: "aws-secret-key", offset: at, length };
  return undefined;
}
