// A token of GitHub's that the gateway holds: used, never shown.
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import type { UpstreamName } from "../model/action.ts";
import type { HeaderList } from "../model/http.ts";
import type { Credential } from "../model/ports.ts";

/** Prints as a fingerprint wherever it ends up: in a log, a template, JSON, or an inspected object. */
export class TokenCredential implements Credential {
  readonly kind: Credential["kind"];
  readonly #token: string;
  readonly #heard: (headers: HeaderList) => void;

  /** Throws when the token is empty or could break out of a header. */
  constructor(
    kind: Credential["kind"],
    token: string,
    heard: (headers: HeaderList) => void = () => undefined,
  ) {
    if (!/^[\x21-\x7e]{1,4096}$/.test(token))
      throw new Error("the upstream token is empty or holds characters that no token has");
    this.kind = kind;
    this.#token = token;
    this.#heard = heard;
  }

  /** Git takes Basic with a fixed user name; everything else takes Bearer. */
  authorization(upstream: UpstreamName): string {
    return upstream === "git" ? `Basic ${this.#basic()}` : `Bearer ${this.#token}`;
  }

  secrets(): readonly string[] {
    return [this.#token, this.#basic()];
  }

  heard(headers: HeaderList): void {
    this.#heard(headers);
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
