// How a person signs in to the console: to the company's issuer and back, then a cookie on the console's own host.
import type { Person, Reviewer } from "../model/caller.ts";
import type { Config } from "../model/config.ts";
import { GateError } from "../model/errors.ts";
import { type Answer, type GatewayRequest, headerValues, streamOf } from "../model/http.ts";
import type { Clock, Directory, Ids, KeyedStore } from "../model/ports.ts";
import { createCompanySignIn, personOf, type SignInSecrets } from "./company-sign-in.ts";
import {
  type ConsolePerson,
  consoleSessionMs,
  createConsoleSessions,
  hashed,
  randomText,
} from "./console-session.ts";
import { clearCookie, readCookie, sessionCookie, setCookie, signInCookie } from "./cookies.ts";
import type { Claims } from "./person.ts";
import { localPath } from "./return-path.ts";

const signInTakesAtMostMs = 10 * 60_000;

export interface SignIn {
  /**
   * Sends the browser to the issuer. `isFresh` asks for a proof at most 5 minutes old, as decisions need; that is
   * also what somebody wants who is signed in already.
   */
  start(returnTo: string, request: GatewayRequest, options?: { readonly isFresh?: boolean }): Promise<Answer>;
  /** The way back, with the session cookie. Throws GH_SIGN_IN_FAILED. */
  finish(request: GatewayRequest): Promise<Answer>;
  signOut(request: GatewayRequest): Promise<Answer>;
  /** Throws GH_SIGN_IN_REQUIRED. */
  signedIn(request: GatewayRequest): Promise<ConsolePerson>;
}

export interface SignInPorts {
  readonly config: Config;
  readonly store: KeyedStore;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Reads bearer console tokens. */
  readonly bearer: { reviewer(request: GatewayRequest): Promise<Reviewer> };
  /** Told before a session opens; when it throws, nobody is signed in. */
  readonly onSignedIn?: (person: Person) => Promise<void>;
}

interface Pending extends SignInSecrets {
  readonly browser: string;
  readonly returnTo: string;
}

export function createSignIn(ports: SignInPorts): SignIn {
  const { config, store, directory, clock, ids, bearer, onSignedIn } = ports;
  const company = createCompanySignIn(config, clock, `${config.console.url}/sign-in/callback`);
  const sessions = createConsoleSessions(store, clock, ids);

  return {
    async start(returnTo, request, options = {}) {
      const isFresh = options.isFresh ?? (await current(request)) !== undefined;
      const browser = randomText(ids);
      const [state, nonce, verifier] = [randomText(ids), randomText(ids), randomText(ids)];
      const pending: Pending = {
        state,
        nonce,
        verifier,
        isFresh,
        browser: hashed(browser),
        returnTo: localPath(returnTo),
      };
      const address = await company.address(pending).catch((cause: unknown) => {
        throw new GateError("GH_SIGN_IN_FAILED", { why: "the company's sign-in did not answer" }, { cause });
      });
      await store.put(`sign-in:${hashed(state)}`, JSON.stringify(pending), clock.now() + signInTakesAtMostMs);
      return {
        status: 302,
        headers: [
          ["Location", address],
          setCookie(signInCookie, browser, "Lax", signInTakesAtMostMs / 1000),
          ["Cache-Control", "no-store"],
          ["Referrer-Policy", "no-referrer"],
        ],
        body: streamOf(),
      };
    },

    async finish(request) {
      const returned = new URL(`${config.console.url}/sign-in/callback`);
      returned.search = request.target.slice(request.target.indexOf("?"));
      const state = onlyState(returned);
      // Single use: whoever comes second with the same state finds nothing.
      const text = await store.take(`sign-in:${hashed(state)}`);
      if (text === undefined) throw failed("it was used already, or took longer than 10 minutes");
      const pending = JSON.parse(text) as Pending;
      // The code must come back to the browser that asked: otherwise an attacker could sign others in as himself.
      const browser = readCookie(request.headers, signInCookie);
      if (browser === undefined || hashed(browser) !== pending.browser) {
        throw failed("it was started in another browser");
      }
      const claims = await company.claims(returned, pending).catch((cause: unknown) => {
        throw failed("the company's answer was not accepted", cause);
      });
      const person = personOf(claims, config);
      await directory.remember(person);
      await onSignedIn?.(person);
      await closeOld(request);
      const id = await sessions.open(person, provenAtMs(claims, clock.now()));
      return bounce(id, pending.returnTo);
    },

    async signOut(request) {
      await closeOld(request);
      return {
        status: 303,
        headers: [["Location", "/"], clearCookie(sessionCookie, "Strict"), ["Cache-Control", "no-store"]],
        body: streamOf(),
      };
    },

    async signedIn(request) {
      const authorization = headerValues(request.headers, "authorization");
      if (authorization.length > 0) {
        const reviewer = await bearer.reviewer(request);
        // No browser adds a bearer token by itself; the value only keeps the page's calls uniform.
        return { ...reviewer, csrf: hashed(`csrf:${authorization.join("\n")}`) };
      }
      const person = await current(request);
      if (person === undefined) throw new GateError("GH_SIGN_IN_REQUIRED");
      return person;
    },
  };

  async function current(request: GatewayRequest): Promise<ConsolePerson | undefined> {
    const id = readCookie(request.headers, sessionCookie);
    return id === undefined ? undefined : sessions.find(id);
  }

  async function closeOld(request: GatewayRequest): Promise<void> {
    const old = readCookie(request.headers, sessionCookie);
    if (old !== undefined) await sessions.close(old);
  }
}

/** When the person last proved themselves. Without `auth_time` nobody can tell, so it counts as long ago. */
function provenAtMs(claims: Claims, nowMs: number): number {
  const authTime = claims.auth_time;
  return typeof authTime === "number" && authTime > 0 ? Math.min(authTime * 1000, nowMs) : 0;
}

function onlyState(returned: URL): string {
  const [state, ...more] = returned.searchParams.getAll("state");
  if (state === undefined || more.length > 0) throw failed("the answer carries no state, or several");
  return state;
}

/**
 * A page instead of a redirect: the browser comes from the issuer's site, so a redirect would still count as
 * cross-site and the Strict cookie would stay at home. `returnTo` is a checked local path without quotes or brackets.
 */
function bounce(id: string, returnTo: string): Answer {
  const path = returnTo.replaceAll("&", "&amp;");
  const page =
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed in</title>` +
    `<meta http-equiv="refresh" content="0;url=${path}"><p>Signed in. <a href="${path}">Continue</a></p></html>`;
  return {
    status: 200,
    headers: [
      ["Content-Type", "text/html; charset=utf-8"],
      setCookie(sessionCookie, id, "Strict", consoleSessionMs / 1000),
      clearCookie(signInCookie, "Lax"),
      ["Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
      ["X-Content-Type-Options", "nosniff"],
      ["Referrer-Policy", "no-referrer"],
      ["Cache-Control", "no-store"],
    ],
    body: streamOf(new TextEncoder().encode(page)),
  };
}

function failed(why: string, cause?: unknown): GateError {
  return new GateError("GH_SIGN_IN_FAILED", { why }, { cause });
}
