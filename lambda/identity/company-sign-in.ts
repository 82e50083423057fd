// The company's side of a sign-in: authorization code with PKCE, by openid-client.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  clockSkew,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
} from "openid-client";
import type { Person } from "../model/caller.ts";
import type { Config } from "../model/config.ts";
import type { Clock } from "../model/ports.ts";
import { isLoopback } from "./issuer-keys.ts";
import { type Claims, personFrom } from "./person.ts";

const timeoutSeconds = 10;
const discoveryFreshForMs = 10 * 60_000;
export const freshSignInSeconds = 300;

export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly isFresh: boolean;
}

export interface CompanySignIn {
  /** Where to send the browser. */
  address(secrets: SignInSecrets): Promise<string>;
  /** Trades the code in `returned` for the ID token's claims. Throws when anything does not fit. */
  claims(returned: URL, secrets: SignInSecrets): Promise<Claims>;
}

/** `redirectUri` is where the browser comes back: the console's address or the road's, both registered at the issuer. */
export function createCompanySignIn(config: Config, clock: Clock, redirectUri: string): CompanySignIn {
  const issuer = new URL(config.console.issuer);
  let known: { readonly client: Promise<Configuration>; readonly atMs: number } | undefined;

  async function discover(): Promise<Configuration> {
    const isPlain = issuer.protocol === "http:" && isLoopback(issuer);
    // The clock is injected; openid-client reads the system's and takes the difference.
    const metadata = { [clockSkew]: Math.round((clock.now() - Date.now()) / 1000) };
    return discovery(
      issuer,
      config.console.clientId,
      config.console.clientSecret === undefined
        ? { ...metadata, token_endpoint_auth_method: "none" }
        : { ...metadata, client_secret: config.console.clientSecret },
      undefined,
      {
        timeout: timeoutSeconds,
        execute: isPlain ? [allowInsecureRequests, enableNonRepudiationChecks] : [enableNonRepudiationChecks],
      },
    );
  }

  async function client(): Promise<Configuration> {
    if (known === undefined || clock.now() - known.atMs >= discoveryFreshForMs) {
      known = { client: discover(), atMs: clock.now() };
    }
    const asked = known;
    try {
      return await asked.client;
    } catch (error) {
      if (known === asked) known = undefined;
      throw error;
    }
  }

  return {
    async address({ state, nonce, verifier, isFresh }) {
      const openid = await client();
      // Only where the issuer knows the scope: others refuse the whole request for one they do not know.
      const hasGroups = openid.serverMetadata().scopes_supported?.includes("groups") === true;
      const url = buildAuthorizationUrl(openid, {
        redirect_uri: redirectUri,
        response_type: "code",
        scope: `openid profile email${hasGroups ? " groups" : ""}`,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...(isFresh ? { max_age: String(freshSignInSeconds) } : {}),
      });
      return url.href;
    },

    async claims(returned, { state, nonce, verifier, isFresh }) {
      const tokens = await authorizationCodeGrant(await client(), returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        ...(isFresh ? { maxAge: freshSignInSeconds } : {}),
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the issuer sent no ID token");
      return claims;
    },
  };
}

/** The person in an ID token of the issuer that people sign in with. */
export function personOf(claims: Claims, config: Config): Person {
  const issuer = config.issuers.find((one) => one.issuer === config.console.issuer);
  if (issuer === undefined) throw new Error("console.issuer is not one of issuers");
  if (typeof claims.sub !== "string" || !/^[\x21-\x7e]{1,255}$/.test(claims.sub)) throw new Error("no sub");
  return personFrom(claims, claims.sub, issuer);
}
