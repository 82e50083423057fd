// What every mail carries besides its text, whichever way it is sent.

/** Mail programs hold messages about one plan together, and out-of-office robots stay silent (RFC 3834). */
export function mailHeaders(id: string): Readonly<Record<string, string>> {
  return {
    "Auto-Submitted": "auto-generated",
    "X-Entity-Ref-ID": id.replace(/[^\w/.-]/g, "_").slice(0, 200),
  };
}
