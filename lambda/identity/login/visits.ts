// A browser's way through the company's sign-in and back to the confirmation: bound to one browser, one step at a time.
import type { Person } from "../../model/caller.ts";
import { GateError } from "../../model/errors.ts";
import { header, type GatewayRequest } from "../../model/http.ts";
import type { Clock, Ids, KeyedStore } from "../../model/ports.ts";
import type { SignInSecrets } from "../company-sign-in.ts";
import { hashed, randomText } from "../console-session.ts";
import { readCookie, setCookie } from "../cookies.ts";
import type { DeviceKey } from "./device-codes.ts";

/** On the road's host; it says which browser this is, and signs nobody in. Lax, because the way back starts at another site. */
const browserCookie = "__Host-gatehouse-login";
const visitMs = 10 * 60_000;

/** What the person is signing in for. */
export type Purpose = {
  readonly client: string;
  readonly scope: string;
  /** Where the client asked from. */
  readonly address: string;
} & (
  | { readonly flow: "device"; readonly key: DeviceKey }
  | {
      readonly flow: "browser";
      readonly redirect: string;
      readonly challenge: string;
      /** The client's own, given back as it came. */
      readonly state: string | undefined;
    }
);

interface Visit extends SignInSecrets {
  readonly browser: string;
  readonly purpose: Purpose;
}

interface Waiting {
  readonly browser: string;
  readonly purpose: Purpose;
  readonly person: Person;
}

export interface Browser {
  readonly id: string;
  /** For the page's forms: another site can make the browser send the cookie, but not read it. */
  readonly csrf: string;
  readonly setCookie: readonly [string, string];
}

export interface Visits {
  browserOf(request: GatewayRequest): Browser;
  begin(purpose: Purpose, browser: Browser): Promise<SignInSecrets>;
  /** Single use. Throws GH_SIGN_IN_FAILED when it is spent, late, or of another browser. */
  back(returned: URL, request: GatewayRequest): Promise<SignInSecrets & { readonly purpose: Purpose }>;
  /** A ticket for the confirmation page: new after the sign-in, so that nobody can have planted it. */
  await(purpose: Purpose, person: Person, request: GatewayRequest): Promise<string>;
  /** Single use, as `back`. */
  confirmed(ticket: string, request: GatewayRequest): Promise<Omit<Waiting, "browser">>;
}

export function createVisits(gatewayUrl: string, store: KeyedStore, clock: Clock, ids: Ids): Visits {
  async function taken<T extends { readonly browser: string }>(
    key: string,
    request: GatewayRequest,
  ): Promise<T> {
    const text = await store.take(key);
    if (text === undefined) throw failed("it was used already, or took longer than 10 minutes");
    const kept = JSON.parse(text) as T;
    if (browserIn(request) !== kept.browser) throw failed("it was started in another browser");
    return kept;
  }

  return {
    browserOf(request) {
      const id = readCookie(request.headers, browserCookie) ?? randomText(ids);
      return {
        id,
        csrf: csrfOf(id),
        setCookie: setCookie(browserCookie, id, "Lax", visitMs / 1000),
      };
    },
    async begin(purpose, browser) {
      const [state, nonce, verifier] = [randomText(ids), randomText(ids), randomText(ids)];
      const secrets: SignInSecrets = { state, nonce, verifier, isFresh: false };
      const visit: Visit = { ...secrets, purpose, browser: hashed(browser.id) };
      await store.put(`login-visit:${hashed(state)}`, JSON.stringify(visit), clock.now() + visitMs);
      return secrets;
    },
    async back(returned, request) {
      const [state, ...more] = returned.searchParams.getAll("state");
      if (state === undefined || more.length > 0) throw failed("the answer carries no state, or several");
      return taken<Visit>(`login-visit:${hashed(state)}`, request);
    },
    async await(purpose, person, request) {
      const ticket = randomText(ids);
      const waiting: Waiting = { purpose, person, browser: browserIn(request) ?? "" };
      await store.put(`login-ticket:${hashed(ticket)}`, JSON.stringify(waiting), clock.now() + visitMs);
      return ticket;
    },
    async confirmed(ticket, request) {
      refuseOtherOrigin(request, gatewayUrl);
      return taken<Waiting>(`login-ticket:${hashed(ticket)}`, request);
    },
  };
}

/** Throws unless the form is this gateway's own, sent from the browser that got it. */
export function refuseForeignForm(
  request: GatewayRequest,
  csrf: string | undefined,
  gatewayUrl: string,
): void {
  refuseOtherOrigin(request, gatewayUrl);
  const id = readCookie(request.headers, browserCookie);
  if (id === undefined)
    throw failed("the browser did not send this page's cookie; allow cookies, and go on in one window");
  if (csrf !== csrfOf(id)) throw failed("the form did not come from this gateway's own page");
}

function refuseOtherOrigin(request: GatewayRequest, gatewayUrl: string): void {
  const origin = header(request.headers, "origin");
  if (origin !== undefined && origin !== new URL(gatewayUrl).origin)
    throw failed(`the form did not come from ${new URL(gatewayUrl).origin}`);
}

function browserIn(request: GatewayRequest): string | undefined {
  const id = readCookie(request.headers, browserCookie);
  return id === undefined ? undefined : hashed(id);
}

function csrfOf(id: string): string {
  return hashed(`csrf:${id}`);
}

function failed(why: string): GateError {
  return new GateError("GH_SIGN_IN_FAILED", { why });
}
