// Authorization codes of the browser flow: single use, short-lived, bound to client, redirect and PKCE challenge.
import { createHash, timingSafeEqual } from "node:crypto";
import type { Person } from "../../model/caller.ts";
import type { Clock, Ids, KeyedStore } from "../../model/ports.ts";
import { hashed, randomText } from "../console-session.ts";
import type { OAuthError } from "./answers.ts";

const codeLivesMs = 2 * 60_000;
// RFC 7636, 4.1 and 4.2
const verifierText = /^[A-Za-z0-9._~-]{43,128}$/;
export const challengeText = /^[A-Za-z0-9_-]{43}$/;

export interface AuthorizationGrant {
  readonly client: string;
  readonly redirect: string;
  readonly scope: string;
  readonly challenge: string;
  readonly address: string;
  readonly confirmedFrom: string;
  readonly person: Person;
}

export interface AuthorizationCodes {
  issue(grant: AuthorizationGrant): Promise<string>;
  /** Spends the code, whether the rest fits or not: a code that somebody tries is no longer safe. */
  redeem(shown: {
    readonly code: string;
    readonly client: string;
    readonly redirect: string | undefined;
    readonly verifier: string | undefined;
  }): Promise<AuthorizationGrant | OAuthError>;
}

export function createAuthorizationCodes(store: KeyedStore, clock: Clock, ids: Ids): AuthorizationCodes {
  const keyOf = (code: string): string => `login-code:${hashed(code)}`;
  return {
    async issue(grant) {
      const code = randomText(ids);
      await store.put(keyOf(code), JSON.stringify(grant), clock.now() + codeLivesMs);
      return code;
    },
    async redeem({ code, client, redirect, verifier = "" }) {
      const text = await store.take(keyOf(code));
      if (text === undefined) return "bad_verification_code";
      const grant = JSON.parse(text) as AuthorizationGrant;
      if (grant.client !== client) return "incorrect_client_credentials";
      if (grant.redirect !== redirect) return "redirect_uri_mismatch";
      return verifies(verifier, grant.challenge) ? grant : "bad_verification_code";
    },
  };
}

// RFC 7636, 4.6
function verifies(verifier: string, challenge: string): boolean {
  if (!verifierText.test(verifier)) return false;
  const actual = createHash("sha256").update(verifier).digest();
  const expected = Buffer.from(challenge, "base64url");
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
