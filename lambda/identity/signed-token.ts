// Verifies a signed token of one issuer: form, algorithm, key, signature, issuer and times. Claims are the caller's.
import { JwtVerifier } from "aws-jwt-verify";
import { JwtInvalidSignatureError, KidNotFoundInJwksError } from "aws-jwt-verify/error";
import { assertIsJwks, type Jwk } from "aws-jwt-verify/jwk";
import { decomposeUnverifiedJwt } from "aws-jwt-verify/jwt";
import type { JwtPayload } from "aws-jwt-verify/jwt-model";
import { GateError } from "../model/errors.ts";
import type { Clock } from "../model/ports.ts";
import { createKeyRing, KeysUnavailable } from "./key-ring.ts";

/** RFC 8725, 3.1 and 3.2: which key each algorithm may use. Never `none`, never HMAC with a public key. */
const keyOf = {
  RS256: { kty: "RSA" },
  RS384: { kty: "RSA" },
  RS512: { kty: "RSA" },
  ES256: { kty: "EC", crv: "P-256" },
  ES384: { kty: "EC", crv: "P-384" },
  ES512: { kty: "EC", crv: "P-521" },
  EdDSA: { kty: "OKP", crv: "Ed25519" },
} as const satisfies Record<string, { kty: string; crv?: string }>;
export type Algorithm = keyof typeof keyOf;

/** RFC 7518, 3.3: 2048 bits or more; 342 base64url characters. */
const minModulusLength = 342;
/** How far ahead of ours another clock may run. */
const skewMs = 60_000;

export interface SignedTokens {
  /** The claims of a token whose signature, issuer and times hold. Throws GH_BAD_CREDENTIAL or GH_FACTS_UNAVAILABLE. */
  verify(unverifiedToken: string): Promise<SignedClaims>;
}

export interface SignedClaims {
  readonly claims: JwtPayload;
  readonly sub: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface TokenRules {
  readonly issuer: string;
  readonly algorithms: readonly Algorithm[];
  /** The header's `typ`, lower case, without "application/". Absent counts as "jwt". */
  readonly types: readonly string[];
  readonly maxLength: number;
  readonly maxLifetimeMs: number;
  readonly loadKeys: () => Promise<unknown>;
  readonly clock: Clock;
}

export function createSignedTokens(rules: TokenRules): SignedTokens {
  const verifier = JwtVerifier.create({
    issuer: rules.issuer,
    // Checked by the rooms that know what it must be: the library would accept one match among many.
    audience: null,
    // Times are checked below, against the injected clock.
    graceSeconds: Number.MAX_SAFE_INTEGER,
    customJwtCheck: ({ header, jwk }) => {
      checkKey(header.alg, jwk);
    },
  });
  const ring = createKeyRing(rules.clock, async () => {
    const jwks: unknown = await rules.loadKeys();
    const document = JSON.parse(JSON.stringify(jwks)) as Parameters<typeof assertIsJwks>[0];
    assertIsJwks(document);
    verifier.cacheJwks(document);
    return new Set(document.keys.flatMap((key) => key.kid ?? []));
  });

  return {
    async verify(unverifiedToken) {
      if (unverifiedToken.length > rules.maxLength) throw bad("it is too long");
      await ring.ready(keyIdOf(unverifiedToken, rules)).catch(unavailable);
      return checkTimes(verified(verifier, unverifiedToken), rules);
    },
  };
}

/** What the header must say before a key is even looked for. */
function keyIdOf(unverifiedToken: string, rules: TokenRules): string {
  const header = unverifiedHeader(unverifiedToken);
  const { alg, kid, typ } = header;
  if (!rules.algorithms.some((allowed) => allowed === alg)) {
    throw bad(`its algorithm is not allowed; expected ${rules.algorithms.join(", ")}`);
  }
  // RFC 7515, 4.1.11: extensions that must be understood. We understand none; RFC 7797 (b64) is one of them.
  // `jwk`, `jku`, `x5u` and `x5c` are never read: keys come from the issuer alone.
  if ("crit" in header || "b64" in header) throw bad("it demands extensions that are not understood");
  const type = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
  if (!rules.types.includes(type)) throw bad("it is another type of token");
  if (kid === undefined || kid === "") throw bad("it names no key");
  return kid;
}

function unverifiedHeader(unverifiedToken: string) {
  try {
    const { header } = decomposeUnverifiedJwt(unverifiedToken);
    const { alg, kid, typ = "jwt" }: { alg?: string; kid?: string; typ?: unknown } = header;
    return { ...header, alg, kid, typ };
  } catch {
    // No cause: a JSON error quotes what it read.
    throw bad("it is not a well-formed signed token");
  }
}

function verified(verifier: { verifySync(token: string): JwtPayload }, unverifiedToken: string): JwtPayload {
  try {
    return verifier.verifySync(unverifiedToken);
  } catch (error) {
    if (error instanceof GateError) throw error;
    if (error instanceof JwtInvalidSignatureError) throw bad("its signature does not fit", error);
    if (error instanceof KidNotFoundInJwksError) throw bad("its issuer does not publish the key", error);
    throw bad("its issuer or key is not the expected one", error);
  }
}

/** A key may only be used for what it is: otherwise a P-384 key could pass for ES256, or an EC key for RS256. */
function checkKey(alg: string | undefined, jwk: Jwk): void {
  const expected: { kty: string; crv?: string } | undefined =
    alg !== undefined && Object.hasOwn(keyOf, alg) ? keyOf[alg as Algorithm] : undefined;
  if (jwk.kty !== expected?.kty || (expected.crv !== undefined && jwk.crv !== expected.crv)) {
    throw bad("its algorithm does not fit the issuer's key");
  }
  if (jwk.kty === "RSA" && (jwk.n ?? "").length < minModulusLength) {
    throw bad("the issuer's key is shorter than 2048 bits");
  }
}

function checkTimes(claims: JwtPayload, rules: TokenRules): SignedClaims {
  const now = rules.clock.now();
  const { exp, iat, nbf, sub } = claims;
  if (exp === undefined) throw bad("it has no expiry (exp)");
  if (iat === undefined) throw bad("it does not say when it was issued (iat)");
  if (exp * 1000 <= now) throw bad("it has expired");
  if (nbf !== undefined && nbf * 1000 > now + skewMs) throw bad("it is not valid yet (nbf)");
  if (iat * 1000 > now + skewMs) throw bad("it was issued in the future (iat)");
  if ((exp - iat) * 1000 > rules.maxLifetimeMs) {
    throw bad(`it lives longer than ${rules.maxLifetimeMs / 3_600_000} hours`);
  }
  if (sub === undefined || !/^[\x21-\x7e]{1,255}$/.test(sub)) throw bad("it names no subject (sub)");
  return { claims, sub, issuedAtMs: iat * 1000, expiresAtMs: exp * 1000 };
}

function bad(why: string, cause?: unknown): GateError {
  return new GateError("GH_BAD_CREDENTIAL", { why }, { cause });
}

/** 503, not 401: git would erase a credential that is perfectly good. */
function unavailable(error: unknown): never {
  if (!(error instanceof KeysUnavailable)) throw error;
  throw new GateError("GH_FACTS_UNAVAILABLE", { what: "who you are (the issuer's keys)" }, { cause: error });
}
