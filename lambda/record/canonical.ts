// The bytes that a record's hash is taken over: canonical JSON (RFC 8785), so that anyone can recompute it.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { ChainedRecord, GateRecord } from "../model/record.ts";

/** `prev` of a writer's first record. */
export const genesis = "0".repeat(64);

/** Canonical JSON of a record. Throws on text that is not well-formed Unicode: two readers could hash it differently. */
export function canonicalRecord(record: GateRecord): string {
  const text = canonicalize(record);
  if (text === undefined) throw new TypeError("a record must be a JSON object");
  return text;
}

/** SHA-256 of the canonical JSON, hex. */
export function recordHash(record: GateRecord): string {
  return createHash("sha256").update(canonicalRecord(record)).digest("hex");
}

/** The record with its hash. Lone surrogates that a client smuggled into a text become U+FFFD instead of stopping it. */
export function chained(record: GateRecord): ChainedRecord {
  try {
    return { record, hash: recordHash(record) };
  } catch {
    const repaired = wellFormed(record);
    return { record: repaired, hash: recordHash(repaired) };
  }
}

function wellFormed(record: GateRecord): GateRecord {
  return JSON.parse(JSON.stringify(record), (_key, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  ) as GateRecord;
}
