// The entries of a session as loaded so far, page by page; a page that is loaded again replaces itself.
import type { EntryView } from "../../model/api.ts";

export type EntryPages = readonly (readonly EntryView[])[];

/** Entries only ever gain records, so unchanged ones keep their identity and are not drawn again. */
export function withPage(pages: EntryPages, index: number, entries: readonly EntryView[]): EntryPages {
  const old = new Map((pages[index] ?? []).map((entry) => [entry.entry, entry]));
  const next = entries.map((entry) => {
    const known = old.get(entry.entry);
    return known !== undefined && isSame(known, entry) ? known : entry;
  });
  return [...pages.slice(0, index), next, ...pages.slice(index + 1)];
}

function isSame(left: EntryView, right: EntryView): boolean {
  return (
    left.approvals.length === right.approvals.length &&
    (left.outcome === undefined) === (right.outcome === undefined) &&
    (left.plan === undefined) === (right.plan === undefined)
  );
}

/** Whether an entry holds the words that the reader looks for. */
export function mentions(entry: EntryView, words: string): boolean {
  const { action, request, verdict } = entry.intent;
  const text = [
    entry.entry,
    action.title,
    action.operation,
    action.repository ?? "",
    request.method,
    request.path,
    verdict.is,
    ...verdict.rules,
    ...action.refs.map((ref) => ref.ref),
  ]
    .join(" ")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
