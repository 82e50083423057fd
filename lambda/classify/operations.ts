// The table of every operation that GitHub publishes, as bin/generate-operations.ts wrote it.
import type { Effect } from "../model/action.ts";
import rows from "./operations.generated.json" with { type: "json" };

export interface Operation {
  readonly method: string;
  /** Template as GitHub prints it, with the kinds `:integer` and `:segments` (may hold slashes) in its parameters. */
  readonly path: string;
  /** GitHub's operation id: "pulls/merge". */
  readonly id: string;
  readonly effect: Effect;
  readonly title: string;
  /** Names of query parameters; true when one may repeat. */
  readonly query: ReadonlyMap<string, boolean>;
  readonly body: "json" | "text" | "binary" | "none";
  /** All body keys that GitHub describes; kept for branch writes only. */
  readonly keys: ReadonlySet<string> | undefined;
}

interface Row {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly effect: string;
  readonly title: string;
  readonly query?: string;
  readonly body?: string;
  readonly keys?: string;
}

export const operations: readonly Operation[] = (rows as readonly Row[]).map((row) => ({
  method: row.method,
  path: row.path,
  id: row.id,
  effect: row.effect as Effect,
  title: row.title,
  query: new Map(
    (row.query?.split(",") ?? []).map((name) => [name.replace("*", ""), name.endsWith("*")] as const),
  ),
  body: (row.body ?? "none") as Operation["body"],
  keys: row.effect === "branch-write" ? new Set(row.keys?.split(",")) : undefined,
}));

/** From harmless to grave: where several templates fit one path, the gravest effect counts. */
const gravity: readonly Effect[] = [
  "read",
  "read-many",
  "write",
  "indirect",
  "branch-write",
  "protection-weaken",
  "admin",
];

export function isGraver(a: Effect, b: Effect): boolean {
  return gravity.indexOf(a) > gravity.indexOf(b);
}

export function isRead(effect: Effect): boolean {
  return effect === "read" || effect === "read-many";
}
