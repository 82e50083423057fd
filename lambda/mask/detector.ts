// What a detector is: it reads one candidate and says no, wait, or what to mask.
import type { Bytes } from "../model/http.ts";
import type { ByteClass } from "./alphabets.ts";
import type { View } from "./view.ts";

/** One secret, in indices of the view it was read from. */
export interface Match {
  readonly kind: string;
  /** The whole secret, with the prefix that stays. */
  readonly start: number;
  /** The part that becomes asterisks. */
  readonly from: number;
  readonly to: number;
  readonly isCertain: boolean;
  /** The secret is longer than its cap: everything that follows in this class belongs to it. */
  readonly goesOnIn?: ByteClass | "private-key";
  /** Keeps line breaks and their escapes; used for private keys. */
  readonly keepsLines?: boolean;
  /** Written instead of asterisks, same length. */
  readonly fill?: Bytes;
}

/** "wait": the input must go on before this can be told. */
export type Reading = readonly Match[] | "no" | "wait";

export interface Detector {
  /** The bytes that make a candidate; at least three. */
  readonly literal: Bytes;
  /** The character before must not continue an identifier. */
  readonly needsBoundary: boolean;
  read(view: View, at: number): Reading;
}
