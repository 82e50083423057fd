// The two ways in which reading a push ends without a reading.
import { GateError } from "../model/errors.ts";

/** An object or a pack that breaks git's rules. Becomes GH_BAD_PACK when the push brought it. */
export class Unsound extends Error {
  constructor(why: string) {
    super(why);
    this.name = "Unsound";
  }
}

export function badPack(why: string, cause?: unknown): GateError {
  return new GateError("GH_BAD_PACK", { why }, { cause });
}

export function unavailable(why: string, cause?: unknown): GateError {
  return new GateError("GH_SCAN_UNAVAILABLE", { why }, { cause });
}
