// Which query parameters go upstream: those that GitHub describes for the operation, each once.
import { GateError } from "../model/errors.ts";
import { isRead, type Operation } from "./operations.ts";
import type { QueryPairs } from "./target.ts";

/** GitHub's own `Link` headers carry these on lists that do not describe them. */
const paging = new Set(["page", "per_page", "after", "before", "cursor"]);

/** Throws GH_BAD_QUERY for any other parameter: it could complete or override what path and body say. */
export function describedQuery(operation: Operation, query: QueryPairs): QueryPairs {
  for (const [name] of query) {
    if (operation.query.has(name)) continue;
    if (isRead(operation.effect) && paging.has(name)) continue;
    throw new GateError("GH_BAD_QUERY", { why: `GitHub describes no parameter ${name} for ${operation.id}` });
  }
  return unrepeated(query, (name) => operation.query.get(name) === true);
}

/** Refuses repeated names (two servers take two different ones) and Rails' method override. */
export function unrepeated(
  query: QueryPairs,
  mayRepeat: (name: string) => boolean = () => false,
): QueryPairs {
  const seen = new Set<string>();
  for (const [name] of query) {
    if (name === "_method") throw new GateError("GH_BAD_QUERY", { why: "_method would replace the method" });
    if (seen.has(name) && !mayRepeat(name))
      throw new GateError("GH_BAD_QUERY", { why: `${name} stands more than once` });
    seen.add(name);
  }
  return query;
}
