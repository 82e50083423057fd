// Who looks at every object of a pack while it is read for the first time.
import { createHash } from "node:crypto";
import type { Oid } from "../model/action.ts";
import type { Bytes } from "../model/http.ts";
import type { ObjectType } from "./pack-table.ts";

export interface ObjectVisitor {
  whole(type: ObjectType, oid: Oid, bytes: Bytes): void;
  /** A blob too big to hold: its chunks in order, then its id. The chunks must not be kept. */
  streamed(): BlobVisitor;
}

export interface BlobVisitor {
  chunk(bytes: Bytes): void;
  end(oid: Oid): void;
}

export const nobody: ObjectVisitor = {
  whole: () => undefined,
  streamed: () => ({ chunk: () => undefined, end: () => undefined }),
};

/** The id of an object is the SHA-1 of this and its content. */
export function objectHash(type: ObjectType, size: number): ReturnType<typeof createHash> {
  return createHash("sha1").update(`${type} ${size}\0`);
}
