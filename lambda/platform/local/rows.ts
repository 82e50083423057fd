// Rows out of SQLite, and pages of them: a cursor names the last row seen, so that new rows never shift a page.
import type { SQLOutputValue } from "node:sqlite";
import type { Page } from "../../model/ports.ts";

export type Row = Record<string, SQLOutputValue>;

export function rowText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`column ${column} holds no text`);
  return value;
}

/** A page of at most `limit` items out of `limit + 1` rows: the one too many says that there is a next page. */
export function pageOf<T>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => T,
  cursor: (row: Row) => readonly (string | number)[],
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const items = kept.map(item);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: Buffer.from(JSON.stringify(cursor(last))).toString("base64url") };
}

/** What `pageOf` put into `next`. Anything else reads as the start: a cursor comes back from a client. */
export function cursorOf(after: string | undefined, parts: number): (string | number)[] {
  if (after === undefined) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(after, "base64url").toString("utf8"));
    if (Array.isArray(value) && value.length === parts && value.every(isCursorPart)) return value;
  } catch {
    // Not one of ours.
  }
  return [];
}

function isCursorPart(value: unknown): value is string | number {
  return typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value));
}
