// Session tokens: `gho_` and a JWT that this gateway signed, because Copilot accepts only GitHub-shaped tokens.
import type { Person } from "../model/caller.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { Clock, Ids, TokenSigner } from "../model/ports.ts";
import { createSignedTokens } from "./signed-token.ts";

export type Audience = "road" | "console";

export const maxSessionLifetimeMs = 8 * 3_600_000;
const maxLength = 4 * 1024;
const maxMintedLength = 2 * 1024;
const sessionName = /^[A-Za-z0-9._-]{1,64}$/;

export interface MintRequest {
  readonly person: Person;
  readonly session: string;
  readonly client: string;
  readonly audience: Audience;
  readonly expiresInMs: number;
}

export interface VerifiedSessionToken {
  readonly subject: string;
  readonly session: string;
  readonly client: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface SessionTokens {
  mint(request: MintRequest): Promise<string>;
  /** Throws GH_BAD_CREDENTIAL; above all for a road token shown to the console, or the reverse. */
  verify(unverifiedToken: string, audience: Audience): Promise<VerifiedSessionToken>;
}

export function createSessionTokens(
  config: Config,
  signer: TokenSigner,
  clock: Clock,
  ids: Ids,
): SessionTokens {
  const tokens = createSignedTokens({
    issuer: config.gateway.url,
    algorithms: ["ES256"],
    types: ["jwt"],
    maxLength,
    maxLifetimeMs: maxSessionLifetimeMs,
    loadKeys: () => signer.jwks(),
    clock,
  });

  return {
    async mint({ person, session, client, audience, expiresInMs }) {
      if (!sessionName.test(session)) throw new RangeError("a session name is 1 to 64 of A-Z a-z 0-9 . _ -");
      if (!(expiresInMs > 0 && expiresInMs <= maxSessionLifetimeMs)) {
        throw new RangeError("a session token lives more than 0 and at most 8 hours");
      }
      const iat = Math.floor(clock.now() / 1000);
      const jwt = await signer.sign({
        iss: config.gateway.url,
        aud: audience,
        sub: person.subject,
        sid: session,
        client: client.slice(0, 200),
        jti: ids.next("tok"),
        iat,
        exp: iat + Math.ceil(expiresInMs / 1000),
      });
      const token = `gho_${jwt}`;
      if (token.length > maxMintedLength) throw new RangeError("the session token would be too long");
      return token;
    },

    async verify(unverifiedToken, audience) {
      const { claims, sub, issuedAtMs, expiresAtMs } = await tokens.verify(
        unverifiedToken.slice("gho_".length),
      );
      if (claims.aud !== audience) throw bad(`it is not a ${audience} token`);
      const session: unknown = claims.sid;
      const client: unknown = claims.client;
      if (typeof session !== "string" || !sessionName.test(session)) throw bad("it names no session");
      return {
        subject: sub,
        session,
        client: typeof client === "string" ? client : "",
        issuedAtMs,
        expiresAtMs,
      };
    },
  };
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_CREDENTIAL", { why });
}
