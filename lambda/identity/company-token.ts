// Reads a company's own OIDC token: exact issuer, exactly our audience, known client, and the person it names.
import { createHash } from "node:crypto";
import type { Caller, Person } from "../model/caller.ts";
import type { Config, IssuerConfig } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { Clock } from "../model/ports.ts";
import { decomposeUnverifiedJwt } from "aws-jwt-verify/jwt";
import { base32 } from "./base32.ts";
import { type FetchJson, fetchIssuerKeys } from "./issuer-keys.ts";
import { type Claims, personFrom } from "./person.ts";
import { createSignedTokens, type SignedClaims, type SignedTokens } from "./signed-token.ts";

const maxLength = 16 * 1024;
const maxLifetimeMs = 24 * 3_600_000;
const algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"] as const;

export interface VerifiedCompanyToken extends Pick<
  Caller,
  "session" | "proof" | "issuedAtMs" | "expiresAtMs"
> {
  readonly who: Person;
}

export interface CompanyTokens {
  verify(unverifiedToken: string): Promise<VerifiedCompanyToken>;
}

export function createCompanyTokens(config: Config, clock: Clock, fetchJson: FetchJson): CompanyTokens {
  const verifiers = new Map<string, SignedTokens>();
  for (const issuer of config.issuers) {
    verifiers.set(
      issuer.issuer,
      createSignedTokens({
        issuer: issuer.issuer,
        algorithms,
        // RFC 9068 access tokens and plain ID tokens; never a logout, DPoP or other special token.
        types: ["jwt", "at+jwt"],
        maxLength,
        maxLifetimeMs,
        loadKeys: () => fetchIssuerKeys(issuer, fetchJson),
        clock,
      }),
    );
  }

  return {
    async verify(unverifiedToken) {
      const claimedIssuer = unverifiedIssuer(unverifiedToken);
      const verifier = verifiers.get(claimedIssuer);
      if (verifier === undefined) throw bad("its issuer is not one that this gateway trusts");
      const signed = await verifier.verify(unverifiedToken);
      const issuer = configuredFor(signed.claims, config.issuers);
      const who = personFrom(signed.claims, signed.sub, issuer);
      return {
        who,
        session: sessionOf(who.subject, signed),
        proof: "company-token",
        issuedAtMs: signed.issuedAtMs,
        expiresAtMs: signed.expiresAtMs,
      };
    },
  };
}

function unverifiedIssuer(unverifiedToken: string): string {
  if (unverifiedToken.length > maxLength) throw bad("it is too long");
  try {
    return decomposeUnverifiedJwt(unverifiedToken).payload.iss ?? "";
  } catch {
    throw bad("it is not a well-formed signed token");
  }
}

/** The configured issuer whose audience and client list this token fits; the same issuer may stand there twice. */
function configuredFor(claims: Claims, issuers: readonly IssuerConfig[]): IssuerConfig {
  // RFC 9449, 7.2 and RFC 8705: a token bound to a key is no bearer token. RFC 8417: `events` marks a notice.
  if (claims.cnf !== undefined) throw bad("it is bound to a key, so it cannot be used as a bearer token");
  if (claims.events !== undefined) throw bad("it is another type of token");
  const own = issuers.filter((issuer) => issuer.issuer === claims.iss);
  const found = own.find((issuer) => isForUs(claims, issuer));
  if (found === undefined) throw bad("its audience (aud) is not this gateway alone");
  const parties = [claims.azp, claims.client_id].filter((party) => party !== undefined);
  const isKnown = parties.length > 0 && parties.every((party) => isClient(party, found));
  if (found.clients.length > 0 && !isKnown) throw bad("it was issued to a client that is not listed here");
  return found;
}

/** One audience, ours; with further ones it could be meant for, and held by, somebody else. */
function isForUs(claims: Claims, issuer: IssuerConfig): boolean {
  const aud = claims.aud;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(issuer.audience)) return false;
  return audiences.length === 1 || isClient(claims.azp, issuer);
}

function isClient(party: unknown, issuer: IssuerConfig): boolean {
  return typeof party === "string" && issuer.clients.includes(party);
}

/** The same token is the same session; nothing in it lets a caller choose another's. */
function sessionOf(subject: string, { claims, issuedAtMs }: SignedClaims): string {
  const { jti } = claims;
  const sid: unknown = claims.sid;
  const sitting = jti ?? (typeof sid === "string" ? sid : `iat:${issuedAtMs}`);
  const digest = createHash("sha256")
    .update(JSON.stringify([subject, sitting]))
    .digest();
  return `ses_${base32(digest.subarray(0, 16))}`;
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_CREDENTIAL", { why });
}
