// The sign-in in the test's own process: a real OpenID provider behind it, memory for a store, and a clock that stands still.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SandboxIssuer, startIssuer } from "../../../bin/sandbox/issuer.ts";
import { people, sandboxAudience } from "../../../bin/sandbox/people.ts";
import { createIdentity, type Identity } from "../../../lambda/identity/identity.ts";
import { createLogin, type LoginEnded } from "../../../lambda/identity/login/login.ts";
import type { KeyedStore } from "../../../lambda/model/ports.ts";
import { streamOf, type GatewayRequest } from "../../../lambda/model/http.ts";
import {
  configWith,
  ids,
  MemoryDirectory,
  MemoryStops,
  newKey,
  signerWith,
  StillClock,
} from "../fixtures.ts";
import { WebPerson } from "../../stand-ins/web-person.ts";

export const gateway = "http://127.0.0.1:4400";
export const copilot = "Ov23ctDVkRmgkPke0Mmm";
export const vsCode = "01ab8ac9400c4e429b23";
export const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

export type Fields = Readonly<Record<string, string>>;

export interface LoginUnderTest {
  readonly issuer: string;
  readonly clock: StillClock;
  readonly store: KeyedStore & { readonly values: ReadonlyMap<string, unknown> };
  readonly ended: LoginEnded[];
  /** Sessions that their token's holder ended. */
  readonly revoked: string[];
  readonly identity: Identity;
  /** What recording does; set it to fail. */
  readonly failing: { record: boolean };
  /** A program's POST; its answer as it came. */
  ask(
    path: string,
    form: Fields,
    options?: AskOptions,
  ): Promise<{ status: number; json: Record<string, unknown>; text: string }>;
  serve(request: Request, remoteAddress?: string): Promise<Response>;
  person(login: string, remoteAddress?: string): WebPerson;
  startDevice(
    options?: AskOptions & { client?: string },
  ): Promise<{ device_code: string; user_code: string }>;
  /** One poll, after the interval. */
  poll(deviceCode: string, client?: string): Promise<Record<string, unknown>>;
}

export interface AskOptions {
  readonly from?: string;
  readonly headers?: Fields;
}

export async function startProvider(): Promise<SandboxIssuer & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "login-"));
  const clients = [{ clientId: "gatehouse-console", redirectUris: [`${gateway}/login/oauth/callback`] }];
  const provider = await startIssuer({ dataDir: folder, port: 0, people, clients });
  return {
    ...provider,
    remove: async () => {
      await provider.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function newLogin(provider: SandboxIssuer): Promise<LoginUnderTest> {
  const config = configWith({
    gateway: { url: gateway },
    issuers: [{ issuer: provider.url, audience: sandboxAudience }],
    console: { url: "http://localhost:4401", issuer: provider.url, clientId: "gatehouse-console" },
  });
  const clock = new StillClock();
  clock.atMs = Date.now();
  const store = expiringStore(clock);
  const jwks = signerWith(await newKey("ES256", "own"));
  const identity = createIdentity({
    config,
    directory: new MemoryDirectory(),
    stops: new MemoryStops(),
    jwks,
    clock,
    ids,
  });
  const ended: LoginEnded[] = [];
  const revoked: string[] = [];
  const failing = { record: false };
  const login = createLogin({
    config,
    store,
    clock,
    ids,
    mint: (request) => identity.mint(request),
    revoke: async (unverifiedToken) => {
      revoked.push((await identity.holder(unverifiedToken)).session);
    },
    onEnded: (one) => {
      if (failing.record) return Promise.reject(new Error("the record store is down"));
      ended.push(one);
      return Promise.resolve();
    },
  });
  const serve = async (request: Request, remoteAddress = "192.0.2.7"): Promise<Response> => {
    const answer = await login.answer(await gatewayRequest(request, remoteAddress));
    if (answer === undefined) return new Response("no such path", { status: 404 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    const headers = new Headers();
    for (const [name, value] of answer.headers) headers.append(name, value);
    return new Response(Buffer.concat(chunks), { status: answer.status, headers });
  };
  const ask: LoginUnderTest["ask"] = async (path, form, { from, headers = {} } = {}) => {
    const answer = await serve(
      new Request(`${gateway}${path}`, {
        method: "POST",
        headers: { accept: "application/json", ...headers },
        body: new URLSearchParams(form),
      }),
      from,
    );
    const text = await answer.text();
    return { status: answer.status, text, json: jsonIn(text) };
  };
  return {
    issuer: provider.url,
    clock,
    store,
    ended,
    revoked,
    identity,
    failing,
    ask,
    serve,
    person: (name, remoteAddress) =>
      new WebPerson(name, { gateway, issuer: provider.url }, (request) => serve(request, remoteAddress)),
    startDevice: async ({ client = copilot, ...options } = {}) => {
      const { json } = await ask(
        "/login/device/code",
        { client_id: client, scope: "repo read:org" },
        options,
      );
      return { device_code: String(json.device_code), user_code: String(json.user_code) };
    },
    poll: async (deviceCode, client = copilot) => {
      clock.atMs += 5_000;
      const form = { client_id: client, device_code: deviceCode, grant_type: deviceGrant };
      return (await ask("/login/oauth/access_token", form)).json;
    },
  };
}

function jsonIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function gatewayRequest(request: Request, remoteAddress: string): Promise<GatewayRequest> {
  const { pathname, search, host } = new URL(request.url);
  const body = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    target: pathname + search,
    host,
    headers: [...request.headers],
    body: body.length === 0 ? streamOf() : streamOf(body),
    remoteAddress,
    signal: request.signal,
  };
}

function expiringStore(clock: StillClock): LoginUnderTest["store"] {
  const values = new Map<string, { readonly value: string; readonly expiresAtMs: number }>();
  const alive = (key: string): string | undefined => {
    const found = values.get(key);
    return found !== undefined && found.expiresAtMs > clock.now() ? found.value : undefined;
  };
  return {
    values,
    get: (key) => Promise.resolve(alive(key)),
    put: (key, value, expiresAtMs) => {
      values.set(key, { value, expiresAtMs });
      return Promise.resolve();
    },
    putNew: (key, value, expiresAtMs) => {
      const isNew = alive(key) === undefined;
      if (isNew) values.set(key, { value, expiresAtMs });
      return Promise.resolve(isNew);
    },
    replace: (key, known, value, expiresAtMs) => {
      const isKnown = alive(key) === known;
      if (isKnown) values.set(key, { value, expiresAtMs });
      return Promise.resolve(isKnown);
    },
    take: (key) => {
      const value = alive(key);
      values.delete(key);
      return Promise.resolve(value);
    },
    remove: (key) => {
      values.delete(key);
      return Promise.resolve();
    },
  };
}
