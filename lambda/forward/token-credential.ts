// A token of GitHub's that the gateway holds: used, never shown.
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import type { UpstreamName } from "../model/action.ts";
import type { HeaderList } from "../model/http.ts";
import type { Credential } from "../model/ports.ts";

/** How a token hangs together with what it came from. */
export interface TokenTies {
  readonly heard?: (headers: HeaderList) => void;
  readonly refused?: () => Promise<Credential | undefined>;
  /** Held together with it, and hidden as it is. */
  readonly secrets?: readonly string[];
}

/** Prints as a fingerprint wherever it ends up: in a log, a template, JSON, or an inspected object. */
export class TokenCredential implements Credential {
  readonly kind: Credential["kind"];
  readonly #token: string;
  readonly #ties: TokenTies;

  /** Throws when the token is empty or could break out of a header. */
  constructor(kind: Credential["kind"], token: string, ties: TokenTies = {}) {
    if (!/^[\x21-\x7e]{1,4096}$/.test(token))
      throw new Error("the upstream token is empty or holds characters that no token has");
    this.kind = kind;
    this.#token = token;
    this.#ties = ties;
  }

  /** Git takes Basic with a fixed user name; everything else takes Bearer. */
  authorization(upstream: UpstreamName): string {
    return upstream === "git" ? `Basic ${this.#basic()}` : `Bearer ${this.#token}`;
  }

  secrets(): readonly string[] {
    return [this.#token, this.#basic(), ...(this.#ties.secrets ?? [])];
  }

  heard(headers: HeaderList): void {
    this.#ties.heard?.(headers);
  }

  async refused(): Promise<Credential | undefined> {
    return this.#ties.refused?.();
  }

  toString(): string {
    return `credential sha256:${createHash("sha256").update(this.#token).digest("hex").slice(0, 12)}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #basic(): string {
    return Buffer.from(`x-access-token:${this.#token}`).toString("base64");
  }
}
