// Response fields as they came, repeated ones included.
import type { HeaderList } from "../model/http.ts";

/** undici lists raw fields as name, value, name, value; its types know the merged object only. */
export function rawFields(fields: unknown): HeaderList {
  const raw = fields as readonly string[];
  const list: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) list.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return list;
}
