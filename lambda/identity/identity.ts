// Who is calling: the first step of the road. Every request shows its token again, and a stopped session ends at once.
import type { Caller, Person, Reviewer } from "../model/caller.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import type { GatewayRequest } from "../model/http.ts";
import type { Clock, Directory, Ids, StopList, TokenSigner } from "../model/ports.ts";
import { createCompanyTokens } from "./company-token.ts";
import { shapeOf, shownCredential } from "./credential.ts";
import { type FetchJson, fetchJsonDocument } from "./issuer-keys.ts";
import { claimedClient, claimedLabels } from "./labels.ts";
import { createSessionTokens, type MintRequest } from "./session-token.ts";

export interface Identity {
  /** The verified caller. Throws a 401 or GH_BAD_HEADERS; SessionStopped when a person stopped it. */
  identify(request: GatewayRequest): Promise<Caller>;
  /** The person behind a bearer console token. Road and company tokens are refused: an agent holds those. */
  reviewer(request: GatewayRequest): Promise<Reviewer>;
  /** Whose session a token of ours for the road names, stopped or not. Throws GH_BAD_CREDENTIAL. */
  holder(unverifiedToken: string): Promise<SessionHolder>;
  /** A session token for a person whose sign-in was verified; remembers the person. */
  mint(request: MintRequest): Promise<string>;
}

/** The caller is known, so the refusal is recorded like any other of theirs. */
export class SessionStopped extends GateError {
  readonly caller: Caller;
  constructor(caller: Caller) {
    super("GH_SESSION_STOPPED");
    this.caller = caller;
  }
}

export type SessionHolder = Pick<Caller, "session"> & { readonly who: Person };

export interface IdentityPorts {
  readonly config: Config;
  readonly directory: Directory;
  readonly stops: StopList;
  readonly jwks: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly fetchJson?: FetchJson;
}

type Proven = Pick<Caller, "session" | "proof" | "issuedAtMs" | "expiresAtMs"> & {
  readonly who: Person;
  readonly client?: string;
};

export function createIdentity(ports: IdentityPorts): Identity {
  const { config, directory, stops, jwks, clock, ids, fetchJson = fetchJsonDocument } = ports;
  const sessionTokens = createSessionTokens(config, jwks, clock, ids);
  const companyTokens = createCompanyTokens(config, clock, fetchJson);

  async function prove(unverifiedToken: string): Promise<Proven> {
    switch (shapeOf(unverifiedToken)) {
      case "session":
        return fromSession(unverifiedToken, "road");
      case "company": {
        const proven = await companyTokens.verify(unverifiedToken);
        await directory.remember(proven.who);
        return proven;
      }
      case "foreign":
        throw new GateError("GH_FOREIGN_TOKEN");
      case "other":
        throw new GateError("GH_BAD_CREDENTIAL", { why: "it is no kind of token that this gateway takes" });
    }
  }

  async function fromSession(unverifiedToken: string, audience: "road" | "console"): Promise<Proven> {
    const { subject, ...token } = await sessionTokens.verify(unverifiedToken, audience);
    const who = await directory.person(subject);
    if (who === undefined) throw new GateError("GH_BAD_CREDENTIAL", { why: "its person is not known here" });
    return { who, proof: "session-token", ...token };
  }

  function isStopped({ who, session, issuedAtMs, proof }: Proven): Promise<boolean> {
    return stops.isStopped({ session, subject: who.subject, issuedAtMs, proof });
  }

  return {
    async identify(request) {
      const shown = shownCredential(request.headers);
      const proven = await prove(shown.unverifiedToken);
      const caller: Caller = {
        ...proven.who,
        session: proven.session,
        proof: proven.proof,
        issuedAtMs: proven.issuedAtMs,
        expiresAtMs: proven.expiresAtMs,
        claimedClient: claimedClient(request.headers, proven.client),
        claimedLabels: claimedLabels(request.headers, shown.claimedSession),
        remoteAddress: request.remoteAddress,
      };
      if (await isStopped(proven)) throw new SessionStopped(caller);
      return caller;
    },

    async reviewer(request) {
      const { unverifiedToken } = shownCredential(request.headers);
      if (shapeOf(unverifiedToken) === "foreign") throw new GateError("GH_FOREIGN_TOKEN");
      if (shapeOf(unverifiedToken) !== "session") {
        throw new GateError("GH_BAD_CREDENTIAL", { why: "it is not a console token" });
      }
      const proven = await fromSession(unverifiedToken, "console");
      if (await isStopped(proven)) throw new GateError("GH_SESSION_STOPPED");
      return { ...proven.who, signedInAtMs: proven.issuedAtMs, via: "bearer" };
    },

    async holder(unverifiedToken) {
      if (shapeOf(unverifiedToken) !== "session")
        throw new GateError("GH_BAD_CREDENTIAL", { why: "it is no session token" });
      const { who, session } = await fromSession(unverifiedToken, "road");
      return { who, session };
    },

    async mint(request) {
      const token = await sessionTokens.mint(request);
      await directory.remember(request.person);
      return token;
    },
  };
}
