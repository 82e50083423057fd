// What the GitHub-shaped sign-in needs from outside, and what it tells about each one.
import type { Person } from "../../model/caller.ts";
import type { Config } from "../../model/config.ts";
import type { Clock, Ids, KeyedStore } from "../../model/ports.ts";
import type { MintRequest } from "../session-token.ts";

export interface LoginPorts {
  readonly config: Config;
  readonly store: KeyedStore;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Signs a session token and remembers the person. */
  readonly mint: (request: MintRequest) => Promise<string>;
  /** Ends the session of this token at once. Throws GH_BAD_CREDENTIAL for a token that is none of ours. */
  readonly revoke: (unverifiedToken: string) => Promise<void>;
  /** Told of every sign-in that a person finished or was refused. When it throws, nobody gets a token. */
  readonly onEnded: (ended: LoginEnded) => Promise<void>;
}

export interface LoginEnded {
  readonly outcome: "granted" | "refused";
  readonly flow: "device" | "browser";
  /** The client's name, as clients.ts gives it. */
  readonly client: string;
  /** Where the client asked from: for the browser flow that is the browser. */
  readonly address: string;
  /** The browser's address on the confirmation page, where there was one. */
  readonly confirmedFrom?: string;
  readonly person?: Person;
  readonly session?: string;
  readonly why?: string;
}
