// Company tokens signed directly with the sandbox issuer's key, for `gatehouse token` and for tests.
import { randomUUID } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import type { IssuerKeys } from "./issuer-keys.ts";
import { sandboxAudience, type SandboxPerson } from "./people.ts";

/** The device-flow client that the sandbox issuer always knows. */
export const commandLineClientId = "gatehouse-cli";

export interface MintOptions {
  readonly audience?: string;
  readonly expiresInSeconds?: number;
  /** Claims to add or replace; undefined removes one. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What the issuer says about a person, in ID and access tokens. */
export function personClaims(person: SandboxPerson): Record<string, unknown> {
  return {
    preferred_username: person.login,
    name: person.name,
    email: person.email,
    email_verified: true,
    groups: [...person.teams],
  };
}

export async function mintCompanyToken(
  issuer: { readonly url: string; readonly keys: IssuerKeys; readonly clock: () => number },
  person: SandboxPerson,
  options: MintOptions = {},
): Promise<string> {
  const nowSeconds = Math.floor(issuer.clock() / 1000);
  const claims = {
    iss: issuer.url,
    sub: person.id,
    aud: options.audience ?? sandboxAudience,
    iat: nowSeconds,
    exp: nowSeconds + (options.expiresInSeconds ?? 3600),
    jti: randomUUID(),
    client_id: commandLineClientId,
    scope: "openid profile email groups",
    ...personClaims(person),
    ...options.claims,
  };
  const { kid } = issuer.keys.signing;
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", typ: "at+jwt", ...(kid === undefined ? {} : { kid }) })
    .sign(await importJWK(issuer.keys.signing, "RS256"));
}
