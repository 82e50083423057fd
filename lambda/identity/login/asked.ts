// What both flows read of whoever asks: the address it comes from, and the scopes it would like.
import type { GatewayRequest } from "../../model/http.ts";

// RFC 6749, 3.3, and GitHub's commas
const scopeNames = /^[A-Za-z0-9:_.-]{1,60}(?:[ ,]+[A-Za-z0-9:_.-]{1,60}){0,40}$/;

/** One spelling per address: a socket for both protocols writes IPv4 as `::ffff:192.0.2.7`. */
export function addressOf({ remoteAddress }: Pick<GatewayRequest, "remoteAddress">): string {
  return remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "");
}

/**
 * The asked scopes as GitHub writes granted ones, with commas: some clients refuse to go on without theirs. They grant
 * nothing here; policy decides about each call. Undefined when it is no list of scopes.
 */
export function scopeIn(claimed = ""): string | undefined {
  const text = claimed.trim();
  if (text === "") return "";
  if (!scopeNames.test(text)) return undefined;
  return [...new Set(text.split(/[ ,]+/))].sort().join(",");
}
