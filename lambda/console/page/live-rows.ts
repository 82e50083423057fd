// Brings fresh rows into a list without moving anything under the reader's pointer.

export interface LiveRows<T> {
  readonly shown: readonly T[];
  /** New rows that wait until the reader is no longer pointing at the list. */
  readonly waiting: number;
}

/** While `isHeld`, rows keep their places and take their new content; new ones wait and vanished ones stay. */
export function mergeLive<T>(
  shown: readonly T[],
  latest: readonly T[],
  idOf: (row: T) => string,
  isHeld: boolean,
): LiveRows<T> {
  if (!isHeld) return { shown: latest, waiting: 0 };
  const fresh = new Map(latest.map((row) => [idOf(row), row]));
  const kept = shown.map((row) => fresh.get(idOf(row)) ?? row);
  const known = new Set(shown.map(idOf));
  return { shown: kept, waiting: latest.filter((row) => !known.has(idOf(row))).length };
}
