// The static connector: one token for everything. It is used, never shown.
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import type { UpstreamName } from "../model/action.ts";
import type { Credential, Credentials } from "../model/ports.ts";

/** Prints as a fingerprint wherever it ends up: in a log, a template, JSON, or an inspected object. */
class StaticCredential implements Credential {
  readonly kind = "static";
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** Git takes Basic with a fixed user name; everything else takes Bearer. */
  authorization(upstream: UpstreamName): string {
    return upstream === "git" ? `Basic ${this.#basic()}` : `Bearer ${this.#token}`;
  }

  secrets(): readonly string[] {
    return [this.#token, this.#basic()];
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

/** Throws when the token is empty or could break out of a header. */
export function createStaticCredentials(token: string): Credentials {
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new Error("the upstream token is empty or holds characters that no token has");
  }
  const credential = new StaticCredential(token);
  return { credential: () => Promise.resolve(credential) };
}
