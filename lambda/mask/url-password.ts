// Passwords in URLs (RFC 3986, 3.2.1): scheme://user:password@host.
import { classOf } from "./alphabets.ts";
import type { Detector, Reading } from "./detector.ts";
import { more, type View } from "./view.ts";

const authority = classOf("A-Za-z0-9._~%!$&'()*+,;=:@-");
// Passwords outside ASCII are written raw by some clients.
authority.fill(1, 0x80);
const authorityCap = 1024;
const colon = 0x3a;
const commercialAt = 0x40;
const asterisk = 0x2a;

export const urlPasswordDetector: Detector = {
  literal: Buffer.from("://"),
  needsBoundary: false,
  read,
};

function read(view: View, at: number): Reading {
  const start = at + 3;
  const end = view.run(authority, start, start + authorityCap);
  if (end === more) return "wait";
  if (end === start + authorityCap) return "no";
  let separator = -1;
  let last = -1;
  let isMasked = true;
  let isMaskedSoFar = true;
  for (let i = start; i < end; i++) {
    const byte = view.at(i);
    if (separator < 0) {
      if (byte === commercialAt) return "no";
      if (byte === colon) separator = i;
    } else if (byte === commercialAt) {
      last = i;
      isMasked = isMaskedSoFar;
      isMaskedSoFar = false;
    } else if (byte !== asterisk) {
      isMaskedSoFar = false;
    }
  }
  view.memo.steps += end - start;
  if (last <= separator + 1 || isMasked) return "no";
  return [{ kind: "url-password", start: separator + 1, from: separator + 1, to: last, isCertain: false }];
}
