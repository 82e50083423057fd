// Names the catalogue code that a call was refused with.
import { GateError, type ErrorCode } from "../../lambda/model/errors.ts";

/** The code, or undefined when the call returned. */
export function codeOf(call: () => unknown): ErrorCode | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (error instanceof GateError) return error.code;
    throw error;
  }
}
