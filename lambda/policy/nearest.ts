// The name that somebody most likely meant, for messages about one that does not exist.

/** Undefined when nothing is near: a far-fetched suggestion misleads. */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of known) {
    const edits = editsBetween(wrong.toLowerCase(), name.toLowerCase());
    if (edits < (best?.edits ?? Infinity)) best = { name, edits };
  }
  const most = Math.max(1, Math.floor(wrong.length / 3));
  return best !== undefined && best.edits <= most ? best.name : undefined;
}

const maxLength = 100;

/** Levenshtein's distance, one row at a time; names are short, longer ones are cut. */
function editsBetween(left: string, right: string): number {
  const [a, b] = [left.slice(0, maxLength), right.slice(0, maxLength)];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
