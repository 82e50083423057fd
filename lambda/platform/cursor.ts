// The opaque end of a page: it names the last row seen, so that new rows never shift what follows.

export type CursorPart = string | number;

export function cursorText(parts: readonly CursorPart[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** What `cursorText` made. Anything else reads as the start: a cursor comes back from a client. */
export function cursorOf(after: string | undefined, parts: number): CursorPart[] {
  if (after === undefined) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(after, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === parts && value.every(isCursorPart)) return value;
  } catch {
    // Not one of ours.
  }
  return [];
}

function isCursorPart(value: unknown): value is CursorPart {
  return typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value));
}
