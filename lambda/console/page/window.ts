// Which rows of a long list are worth having in the document.

export interface RowWindow {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** Rows of equal height; `spare` rows more on both sides keep scrolling smooth. */
export function rowWindow(
  rows: number,
  rowPx: number,
  scrollPx: number,
  heightPx: number,
  spare = 8,
): RowWindow {
  const first = Math.floor(Math.max(0, scrollPx) / rowPx);
  const from = Math.min(Math.max(0, rows - 1), Math.max(0, first - spare));
  const to = Math.min(rows, first + Math.ceil(Math.max(0, heightPx) / rowPx) + spare + 1);
  return { from, to: Math.max(to, Math.min(rows, from)) };
}

/** Where to scroll so that this row is seen; the present position when it is seen already. */
export function scrollFor(row: number, rowPx: number, scrollPx: number, heightPx: number): number {
  const top = row * rowPx;
  if (top < scrollPx) return top;
  if (top + rowPx > scrollPx + heightPx) return Math.max(0, top + rowPx - heightPx);
  return scrollPx;
}
