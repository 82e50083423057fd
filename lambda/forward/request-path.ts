// Builds the path that GitHub sees from decoded segments, encoded once, so that nobody can read it differently.
import type { UpstreamRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";

/** Path and query below `base`. Throws GH_BAD_TARGET for segments that a URL parser would fold away. */
export function requestPath(base: URL, request: Pick<UpstreamRequest, "segments" | "query">): string {
  const prefix = base.pathname.replace(/\/+$/, "");
  const path = `${prefix}/${request.segments.map(segment).join("/")}`;
  const query = request.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  const target = query === "" ? path : `${path}?${query}`;
  // What a parser makes of it must be what was built: same host, same path.
  const url = new URL(base.origin + target);
  if (url.origin !== base.origin || url.pathname !== path || url.hash !== "") {
    throw bad("it does not survive URL parsing unchanged");
  }
  return target;
}

function segment(text: string): string {
  if (text === "" || text === "." || text === "..") throw bad("it has an empty, . or .. segment");
  return encoded(text);
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    throw bad("it holds half a surrogate pair");
  }
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_TARGET", { why });
}
