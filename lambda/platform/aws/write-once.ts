// Objects that are written once: `If-None-Match: *` refuses a second one, and a mark on the object says whose the first was.
import type { Clock } from "../../model/ports.ts";

/** S3 answers 409 while another conditional write of the same name is under way (Conditional writes, S3 user guide). */
const maxConflicts = 5;
const firstPauseMs = 50;

/**
 * Throws PreconditionFailed when another object stands under the name; not when it is this very write, of which an
 * earlier try got through although its answer did not. `isOurs` compares the mark.
 */
export async function writeOnce(
  clock: Pick<Clock, "sleep">,
  put: () => Promise<unknown>,
  isOurs: () => Promise<boolean>,
): Promise<void> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await put();
      return;
    } catch (error) {
      // An upload in parts is unknown once it is completed, also to those who did not hear of it.
      const mayBeOurs = isTaken(error) || isNamed(error, "NoSuchUpload");
      if (mayBeOurs && (await isOurs())) return;
      if (!isNamed(error, "ConditionalRequestConflict") || conflicts === maxConflicts) throw error;
    }
    await clock.sleep(firstPauseMs * 2 ** conflicts);
  }
}

export const isTaken = (error: unknown): boolean => isNamed(error, "PreconditionFailed");

export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
