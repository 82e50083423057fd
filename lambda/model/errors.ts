// The error catalogue: every code, its HTTP status, and the sentence a person reads.
import { consoleErrors } from "./console-errors.ts";
import { roadErrors } from "./road-errors.ts";

/** docs/errors.md is checked against this table. */
export const catalogue = { ...roadErrors, ...consoleErrors } as const;

export type ErrorCode = keyof typeof catalogue;
type Details = Readonly<Record<string, string>>;

/** A refusal or failure from the catalogue. Details never hold a secret, a body, or a query string. */
export class GateError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: Details;

  constructor(code: ErrorCode, details: Details = {}, options?: { cause?: unknown }) {
    super(sentence(code, details), options);
    this.name = "GateError";
    this.code = code;
    this.status = catalogue[code].status;
    this.details = details;
  }
}

/** The catalogue's sentence with its details filled in. */
export function sentence(code: ErrorCode, details: Details): string {
  return catalogue[code].text.replace(/\{(\w+)\}/g, (whole, name: string) => details[name] ?? whole);
}

/** Thrown by stores when a key is taken: a record is written once. */
export class RecordExists extends Error {
  readonly key: string;
  constructor(key: string) {
    super(`a record with the key ${key} exists already`);
    this.name = "RecordExists";
    this.key = key;
  }
}
