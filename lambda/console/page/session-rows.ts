// Which sessions fit what the reader typed, newest first.
import type { SessionCard } from "../../model/ports.ts";
import type { FilterName } from "./route.ts";

/** Parts of words match too, so that the list narrows while somebody types. */
export function fits(card: SessionCard, filter: Readonly<Record<FilterName, string>>): boolean {
  const user = filter.user.trim().toLowerCase();
  const repository = filter.repository.trim().toLowerCase();
  return (
    (user === "" || card.login.toLowerCase().includes(user)) &&
    (repository === "" || card.repositories.some((name) => name.toLowerCase().includes(repository)))
  );
}

/** Newest first, each once; the first list wins. */
export function joinRows(...lists: readonly (readonly SessionCard[])[]): readonly SessionCard[] {
  const rows = new Map<string, SessionCard>();
  for (const card of lists.flat()) if (!rows.has(card.session)) rows.set(card.session, card);
  return [...rows.values()].sort((left, right) => right.lastAtMs - left.lastAtMs);
}
