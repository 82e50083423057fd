// One line of the error catalogue: what a code means.
export interface CatalogueEntry {
  readonly status: number;
  /** What happened, what did not happen, what to do. `{name}` is filled from the details. */
  readonly text: string;
}
