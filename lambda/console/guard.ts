// Keeps other sites from acting in a reviewer's name: a change needs our own Origin and the page's own token.
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { GateError } from "../model/errors.ts";
import { headerValues, type GatewayRequest } from "../model/http.ts";
import type { SignedIn } from "./desk.ts";

/** Bearer callers send no cookie that another site could ride on; what they may do is still the desk's to say. */
export function refuseCrossSite(request: GatewayRequest, who: SignedIn, consoleUrl: string): void {
  if (who.via === "bearer") return;
  const origins = headerValues(request.headers, "origin");
  const tokens = headerValues(request.headers, "x-gatehouse-csrf");
  const isOurs = origins.length === 1 && origins[0] === new URL(consoleUrl).origin;
  const [token] = tokens;
  if (!isOurs || tokens.length !== 1 || token === undefined || !isSame(token, who.csrf)) {
    throw new GateError("GH_CROSS_SITE");
  }
}

function isSame(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return right.byteLength > 0 && left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
