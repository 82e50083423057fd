// The name of what exactly would happen: the same substance has the same hash, anything else has another.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { PlanSubstance } from "../model/plan.ts";

/** SHA-256 of the canonical JSON (RFC 8785), hex. Throws on text that is not well-formed Unicode. */
export function planHash(substance: PlanSubstance): string {
  const text = canonicalize(substance);
  if (text === undefined) throw new TypeError("a plan's substance must be a JSON object");
  return createHash("sha256").update(text).digest("hex");
}
