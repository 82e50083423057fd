// Sessions of people at the console: a random id in the cookie, everything else on the server.
import { createHash } from "node:crypto";
import type { Person, Reviewer } from "../model/caller.ts";
import type { Clock, Ids, KeyedStore } from "../model/ports.ts";

export const consoleSessionMs = 8 * 3_600_000;

/** A person at the console, and the token that their page must send back with every change. */
export interface ConsolePerson extends Reviewer {
  readonly csrf: string;
}

interface Stored {
  readonly person: Person;
  readonly signedInAtMs: number;
  readonly csrf: string;
}

export interface ConsoleSessions {
  /** A new session: its id for the cookie. */
  open(person: Person, signedInAtMs: number): Promise<string>;
  find(id: string): Promise<ConsolePerson | undefined>;
  close(id: string): Promise<void>;
}

export function createConsoleSessions(store: KeyedStore, clock: Clock, ids: Ids): ConsoleSessions {
  return {
    async open(person, signedInAtMs) {
      const id = randomText(ids);
      const stored: Stored = { person, signedInAtMs, csrf: randomText(ids) };
      await store.put(keyOf(id), JSON.stringify(stored), clock.now() + consoleSessionMs);
      return id;
    },
    async find(id) {
      const text = await store.get(keyOf(id));
      if (text === undefined) return undefined;
      const { person, signedInAtMs, csrf } = JSON.parse(text) as Stored;
      return { ...person, signedInAtMs, csrf, via: "browser" };
    },
    async close(id) {
      await store.remove(keyOf(id));
    },
  };
}

/** Only the hash is stored: whoever reads the store cannot sign in with it. */
function keyOf(id: string): string {
  return `console:${hashed(id)}`;
}

/** 256 random bits, 43 characters. */
export function randomText(ids: Ids): string {
  return Buffer.from(ids.random(32)).toString("base64url");
}

export function hashed(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
