// GitHub's side of linked accounts on loopback, with its rotation, and instances of the gateway over one store.
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createLinkedCredentials } from "../../lambda/forward/linked-credentials.ts";
import type { Credential, Credentials, KeyedStore } from "../../lambda/model/ports.ts";
import type { Links } from "../../lambda/model/links.ts";
import { createIds } from "../../lambda/platform/ids.ts";
import { createLockbox } from "../../lambda/platform/local/lockbox.ts";
import { MemoryStore } from "../identity/fixtures.ts";
import { steeredClock, type SteeredClock } from "../platform/steered-clock.ts";
import { read, startStandIn, type StandIn } from "./stand-in.ts";

export const hour = 60 * 60_000;
export const day = 24 * hour;

export interface Grant {
  readonly login: string;
  access: string;
  refresh: string;
}

export interface GitHubOfLinks {
  /** Live pairs of tokens; older ones are worth nothing. */
  readonly grants: Grant[];
  /** "POST /login/oauth/access_token refresh_token", in the order of arrival. */
  readonly asked: string[];
  readonly clientSecret: string;
  /** By code: the PKCE challenge that the browser brought. */
  readonly challenges: Map<string, string>;
  /** Answers this status instead, to calls whose line holds the text. */
  failing: { readonly line: string; readonly status: number } | undefined;
  /** Until then an exchange or renewal gets no answer. */
  gate: Promise<void>;
  expires: boolean;
}

export interface LinkUnderTest {
  readonly github: GitHubOfLinks;
  readonly store: MemoryStore;
  readonly clock: SteeredClock;
  /** Another instance of the gateway. */
  instance(keyed?: KeyedStore): { credentials: Credentials; links: Links };
  /** As the browser would bring it: a code that stands for this GitHub account. */
  codeOf(login: string, verifier?: string): { code: string; verifier: string };
  close(): Promise<void>;
}

export const accounts: Readonly<Record<string, number>> = { octo: 11, hexa: 22 };
export const recorded = (): Promise<void> => Promise.resolve();

export function bearer(credential: Credential): string {
  return credential.authorization("capi").replace("Bearer ", "");
}

export async function openLinks(): Promise<LinkUnderTest> {
  const github: GitHubOfLinks = {
    grants: [],
    asked: [],
    clientSecret: ["client", "secret", randomUUID()].join("-"),
    challenges: new Map(),
    failing: undefined,
    gate: Promise.resolve(),
    expires: true,
  };
  const codes = new Map<string, string>();
  const standIn: StandIn = await startStandIn((request, response) => {
    answer(github, codes, request, response).catch(() => response.destroy());
  });
  const store = new MemoryStore();
  const clock = steeredClock();
  const key = new Uint8Array(32).fill(7);
  return {
    github,
    store,
    clock,
    instance(keyed = store) {
      const credentials = createLinkedCredentials(
        {
          kind: "linked",
          appId: 1,
          privateKey: "",
          installations: {},
          clientId: "Iv1.client",
          clientSecret: github.clientSecret,
        },
        {
          credential: () => Promise.reject(new Error("the App was asked")),
          secrets: () => Promise.resolve(["the App's own"]),
        },
        {
          clock,
          keyed,
          lockbox: createLockbox(key, createIds()),
          api: `${standIn.url}/api/v3`,
          git: standIn.url,
          console: "http://localhost:4401",
        },
      );
      let links: Links | undefined;
      void credentials.links?.().then((found) => (links = found));
      return {
        credentials,
        get links() {
          if (links === undefined) throw new Error("one turn too early");
          return links;
        },
      };
    },
    codeOf(login, verifier = "v".repeat(43)) {
      const code = randomUUID();
      codes.set(code, login);
      github.challenges.set(code, challengeOf(verifier));
      return { code, verifier };
    },
    close: () => standIn.close(),
  };
}

async function answer(
  github: GitHubOfLinks,
  codes: Map<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = (await read(request)).toString();
  const form = new URLSearchParams(text);
  const line = `${request.method ?? ""} ${request.url ?? ""} ${form.get("grant_type") ?? ""}`.trim();
  github.asked.push(line);
  const send = (status: number, json: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  };
  if (github.failing !== undefined && line.includes(github.failing.line)) {
    send(github.failing.status, { message: "an echo of what was sent" });
    return;
  }
  if (request.url === "/api/v3/user") {
    const shown = (request.headers.authorization ?? "").replace("Bearer ", "");
    const grant = github.grants.find(({ access }) => access === shown);
    if (grant === undefined) send(401, { message: "Bad credentials" });
    else send(200, { id: accounts[grant.login], login: grant.login });
    return;
  }
  if (request.method === "DELETE") {
    const { access_token: access } = JSON.parse(text) as { access_token: string };
    const login = github.grants.find((grant) => grant.access === access)?.login;
    const isAll = (request.url ?? "").endsWith("/grant");
    const left = github.grants.filter((one) => (isAll ? one.login !== login : one.access !== access));
    github.grants.splice(0, github.grants.length, ...left);
    response.writeHead(204).end();
    return;
  }
  await github.gate;
  if (form.get("client_secret") !== github.clientSecret) {
    send(200, { error: "incorrect_client_credentials" });
    return;
  }
  const grant =
    form.get("grant_type") === "refresh_token" ? renewed(github, form) : begun(github, codes, form);
  if (grant === undefined) {
    send(200, {
      error: form.has("refresh_token") ? "bad_refresh_token" : "bad_verification_code",
      error_description: "an echo of what was sent",
    });
    return;
  }
  const ends = { expires_in: 28_800, refresh_token: grant.refresh, refresh_token_expires_in: 15_897_600 };
  send(200, {
    access_token: grant.access,
    token_type: "bearer",
    scope: "",
    ...(github.expires ? ends : {}),
  });
}

export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

function begun(github: GitHubOfLinks, codes: Map<string, string>, form: URLSearchParams): Grant | undefined {
  const code = form.get("code") ?? "";
  const login = codes.get(code);
  const fits =
    form.get("redirect_uri") === "http://localhost:4401/account" &&
    challengeOf(form.get("code_verifier") ?? "") === github.challenges.get(code);
  codes.delete(code);
  if (login === undefined || !fits) return undefined;
  const grant = { login, ...tokens() };
  github.grants.push(grant);
  return grant;
}

/** The old pair ends at once, as at GitHub. */
function renewed(github: GitHubOfLinks, form: URLSearchParams): Grant | undefined {
  const grant = github.grants.find(({ refresh }) => refresh === form.get("refresh_token"));
  if (grant === undefined) return undefined;
  return Object.assign(grant, tokens());
}

function tokens(): { access: string; refresh: string } {
  return {
    access: ["ghu", randomUUID().replaceAll("-", "")].join("_"),
    refresh: ["ghr", randomUUID().replaceAll("-", "")].join("_"),
  };
}
