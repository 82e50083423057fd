// A small company: an issuer's keys, a clock that stands still, and stores in memory.
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";
import { createIdentity, type Identity } from "../../lambda/identity/identity.ts";
import type { FetchJson } from "../../lambda/identity/issuer-keys.ts";
import type { Person } from "../../lambda/model/caller.ts";
import { type Config, type ConfigInput, parseConfig } from "../../lambda/model/config.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { type GatewayRequest, type HeaderList, streamOf } from "../../lambda/model/http.ts";
import type { Clock, Directory, Ids, KeyedStore, StopList, TokenSigner } from "../../lambda/model/ports.ts";

export const issuer = "https://id.acme.example";
export const gateway = "https://gw.acme.example";
export const audience = "urn:gatehouse";
export const nowSeconds = 1_900_000_000;

export class StillClock implements Clock {
  atMs = nowSeconds * 1000;
  now(): number {
    return this.atMs;
  }
  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

export const ids: Ids = {
  next: (prefix) => `${prefix}_${Buffer.from(crypto.getRandomValues(new Uint8Array(13))).toString("hex")}`,
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
};

export function configWith(changes: Partial<ConfigInput> = {}): Config {
  return parseConfig("test", {
    upstream: { api: "https://api.github.example", git: "https://github.example" },
    gateway: { url: gateway },
    console: { url: "https://console.acme.example", issuer, clientId: "gatehouse-console" },
    issuers: [{ issuer, audience }],
    ...changes,
  });
}

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function newKey(alg: string, kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return {
    kid,
    alg,
    privateKey,
    jwk: { ...jwk, kid, use: "sig", alg },
  };
}

/** Claims of a good company token; undefined removes one. */
export function claimsWith(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const claims: Record<string, unknown> = {
    iss: issuer,
    sub: "u-1001",
    aud: audience,
    iat: nowSeconds - 60,
    exp: nowSeconds + 3600,
    jti: "token-1",
    preferred_username: "alice",
    groups: ["engineering"],
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

export async function signed(
  key: Key,
  claims: Record<string, unknown>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

/** A token put together by hand, for what no library would sign. */
export function handmade(header: unknown, claims: unknown, signature = "c2lnbmF0dXJl"): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(claims)}.${signature}`;
}

/** Properly signed (RS256), whatever the header says. */
export async function signedAnyway(
  key: Key,
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
): Promise<string> {
  const input = handmade({ alg: "RS256", kid: key.kid, ...header }, claims).replace(/\.[^.]*$/, "");
  const signature = await crypto.subtle.sign(
    "RSASSA-PKCS1-v1_5",
    key.privateKey,
    new TextEncoder().encode(input),
  );
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

export class MemoryDirectory implements Directory {
  readonly people = new Map<string, Person>();
  person(subject: string): Promise<Person | undefined> {
    return Promise.resolve(this.people.get(subject));
  }
  remember(person: Person): Promise<void> {
    this.people.set(person.subject, person);
    return Promise.resolve();
  }
}

export class MemoryStops implements StopList {
  readonly stopped = new Set<string>();
  readonly asked: Parameters<StopList["isStopped"]>[0][] = [];
  stop({ session }: { session: string }): Promise<void> {
    this.stopped.add(session);
    return Promise.resolve();
  }
  isStopped(caller: Parameters<StopList["isStopped"]>[0]): Promise<boolean> {
    this.asked.push(caller);
    return Promise.resolve(this.stopped.has(caller.session));
  }
  watch(): () => void {
    return () => undefined;
  }
}

export class MemoryStore implements KeyedStore {
  readonly values = new Map<string, string>();
  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(key));
  }
  put(key: string, value: string): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
  putNew(key: string, value: string): Promise<boolean> {
    const isNew = !this.values.has(key);
    if (isNew) this.values.set(key, value);
    return Promise.resolve(isNew);
  }
  replace(key: string, known: string, value: string): Promise<boolean> {
    const isKnown = this.values.get(key) === known;
    if (isKnown) this.values.set(key, value);
    return Promise.resolve(isKnown);
  }
  async take(key: string): Promise<string | undefined> {
    const value = await this.get(key);
    this.values.delete(key);
    return value;
  }
  remove(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }
}

export function signerWith(key: Key): TokenSigner {
  return {
    sign: (claims) => signed(key, { ...claims }, { typ: "JWT" }),
    jwks: () => Promise.resolve({ keys: [{ ...key.jwk }] }),
  };
}

export function requestWith(headers: HeaderList, target = "/"): GatewayRequest {
  return {
    method: "GET",
    target,
    host: "gw.acme.example",
    headers,
    body: streamOf(),
    remoteAddress: "192.0.2.7",
    signal: new AbortController().signal,
  };
}

export function bearer(token: string): GatewayRequest {
  return requestWith([["Authorization", `Bearer ${token}`]]);
}

export interface Company {
  readonly identity: Identity;
  readonly clock: StillClock;
  readonly directory: MemoryDirectory;
  readonly stops: MemoryStops;
  readonly ownKey: Key;
  /** What the issuer publishes; change it to rotate. */
  readonly published: { keys: JWK[] };
  /** Addresses that were fetched. */
  readonly fetched: string[];
  isReachable: boolean;
}

export async function newCompany(published: Key[], changes: Partial<ConfigInput> = {}): Promise<Company> {
  const ownKey = await newKey("ES256", "own-1");
  const parts = {
    clock: new StillClock(),
    directory: new MemoryDirectory(),
    stops: new MemoryStops(),
    ownKey,
    published: { keys: published.map((key) => key.jwk) },
    fetched: [] as string[],
    isReachable: true,
  };
  const fetchJson: FetchJson = (url) => {
    parts.fetched.push(url);
    if (!company.isReachable) return Promise.reject(new Error("no route to host"));
    if (url === `${issuer}/keys`) return Promise.resolve(parts.published);
    if (url === `${issuer}/.well-known/openid-configuration`) {
      return Promise.resolve({ issuer, jwks_uri: `${issuer}/keys` });
    }
    return Promise.reject(new Error("not found"));
  };
  const identity = createIdentity({
    config: configWith(changes),
    directory: parts.directory,
    stops: parts.stops,
    jwks: signerWith(ownKey),
    clock: parts.clock,
    ids,
    fetchJson,
  });
  const company: Company = Object.assign(parts, { identity });
  return company;
}

/** The catalogue code and reason of a refusal; fails when there was none. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; why: string | undefined }> {
  const outcome: unknown = await promise.then(
    () => "it passed",
    (error: unknown) => error,
  );
  if (!(outcome instanceof GateError)) throw new Error("no GateError", { cause: outcome });
  return { code: outcome.code, why: outcome.details.why };
}
