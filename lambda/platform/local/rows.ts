// Rows out of SQLite, and pages of them.
import type { SQLOutputValue } from "node:sqlite";
import type { Page } from "../../model/ports.ts";
import { cursorText, type CursorPart } from "../cursor.ts";

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
  cursor: (row: Row) => readonly CursorPart[],
): Page<T> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const items = kept.map(item);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: cursorText(cursor(last)) };
}
