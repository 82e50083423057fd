// What the rooms need from the outside world. `platform/local` and `platform/aws` implement these.
import type { Effect, RepositoryName, UpstreamRequest } from "./action.ts";
import type { Caller, Person } from "./caller.ts";
import type { Bytes, ByteStream, HeaderList } from "./http.ts";
import type { Links } from "./links.ts";
import type { Plan, PlanState } from "./plan.ts";
import type { BodyCommitment } from "./record.ts";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** `<prefix>_` and 128 random bits in lower-case base32: `req_…`, `pln_…`, `ses_…`. */
  next(prefix: string): string;
  /** Random bytes fit for keys. */
  random(bytes: number): Bytes;
}

/** A page of a list. `next` is opaque; absent on the last page. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Masked, compressed bodies, written once under a name. */
export interface BodyStore {
  /** A name that exists already throws RecordExists. */
  put(name: string, body: Bytes): Promise<void>;
  get(name: string): Promise<Bytes | undefined>;
}

/** Raw bytes of a live request or pending plan, encrypted under a key of its own. */
export interface EscrowStore {
  /** Stores the whole stream. Nothing is readable until it returns. */
  put(id: string, body: ByteStream): Promise<EscrowObject>;
  open(id: string): Promise<EscrowObject | undefined>;
  /** Deletes bytes and key; deleting twice is fine. */
  remove(id: string): Promise<void>;
  list(): Promise<readonly string[]>;
}

export interface EscrowObject {
  readonly id: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Random access, as the pack reader needs it. Short only at the end. */
  read(offset: number, length: number): Promise<Bytes>;
  stream(from?: number): ByteStream;
}

export interface PlanStore {
  /** Creates it unless a live plan of the same session and hash exists; returns that one then. */
  open(plan: Plan): Promise<{ readonly plan: Plan; readonly isNew: boolean }>;
  get(id: string): Promise<Plan | undefined>;
  /** One conditional write: only when the stored version is `plan.version - 1`. False when somebody was faster. */
  replace(plan: Plan): Promise<boolean>;
  list(
    filter: { states?: readonly PlanState[]; session?: string; requester?: string },
    page: { limit: number; after?: string },
  ): Promise<Page<Plan>>;
  /** Resolves when the plan's version is above `version`, or after `timeoutMs`, with what is stored then. */
  changed(id: string, version: number, timeoutMs: number, signal?: AbortSignal): Promise<Plan | undefined>;
}

/** The approval clock: `advance` whenever a pending plan is due, execution once approved. Survives restarts. */
export interface ApprovalClock {
  /** The plan waits, and its first step (telling the reviewers) is due at once. */
  opened(plan: Plan): Promise<void>;
  /** The plan left `pending`. On "approved" execution follows. */
  decided(plan: Plan): Promise<void>;
}

/** People as the gateway last saw them in a verified token: session tokens carry no teams. */
export interface Directory {
  person(subject: string): Promise<Person | undefined>;
  remember(person: Person): Promise<void>;
}

/** The kill switch. */
export interface StopList {
  stop(stop: { session: string; subject: string; atMs: number; by: string }): Promise<void>;
  /** True when the session is stopped, or company tokens of this subject issued at `issuedAtMs` are barred. */
  isStopped(caller: {
    session: string;
    subject: string;
    issuedAtMs: number;
    proof: Caller["proof"];
  }): Promise<boolean>;
  /** Calls back when a session is stopped anywhere; returns the unsubscribe function. */
  watch(listener: (session: string) => void): () => void;
}

/** Small values of one sign-in, one console session or one linked account; expired ones read as absent. */
export interface KeyedStore {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string, expiresAtMs: number): Promise<void>;
  /** Stores it unless the key holds a value that has not expired; false then. One step: true once only. */
  putNew(key: string, value: string, expiresAtMs: number): Promise<boolean>;
  /** Stores `value` only where `known` still is what is stored and has not expired; false otherwise. One step. */
  replace(key: string, known: string, value: string, expiresAtMs: number): Promise<boolean>;
  /** Returns the value and deletes it in one step: true single use. */
  take(key: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
}

/** Encrypts small secrets at rest, each bound to whom it belongs to: locked for one owner it opens for no other. */
export interface Lockbox {
  lock(owner: string, secret: string): Promise<string>;
  /** Rejects when it was locked for another owner, with another key, or changed since. */
  unlock(owner: string, locked: string): Promise<string>;
}

/** Secrets that the configuration names (Slack's signing secret, say); their values stand nowhere else. */
export interface Secrets {
  /** Rejects when there is none of this name. */
  secret(name: string): Promise<string>;
}

/** Signs session tokens. ES256; the public half is published at /.well-known/jwks.json. */
export interface TokenSigner {
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>;
  jwks(): Promise<{ keys: readonly Record<string, unknown>[] }>;
}

/** GitHub's side, as the rooms may call it: one request, an answer with a streamed body. */
export interface Upstream {
  send(request: UpstreamRequest, credential: Credential, signal: AbortSignal): Promise<UpstreamAnswer>;
  /** A GET without any credential, at a host that redirects of reads may lead to. Absent: none is followed. */
  anonymous?(url: URL, signal: AbortSignal, call?: AnonymousCall): Promise<UpstreamAnswer>;
}

/** Other calls go to such a host for files of Git LFS alone, with the headers that GitHub named for them. */
export interface AnonymousCall {
  readonly method: "GET" | "PUT" | "POST";
  readonly headers?: HeaderList;
  readonly body?: { readonly stream: ByteStream; readonly length: number };
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: ByteStream;
}

/** A secret that prints as a fingerprint: nothing that logs or inspects it shows the value. */
export interface Credential {
  readonly kind: "static" | "app" | "linked";
  /** The Authorization header for this upstream. */
  authorization(upstream: UpstreamRequest["upstream"]): string;
  /** The raw values that must never appear in an answer, log, error or record. */
  secrets(): readonly string[];
  /**
   * GitHub did not accept it (401): what to use instead, when there is another by now. Rejects only with a GateError that
   * says what the caller has to do; otherwise GitHub's refusal is the answer.
   */
  refused?(): Promise<Credential | undefined>;
  /** Told of each answer that GitHub gave it: what is left of its rate limit is in the headers. */
  heard?(headers: HeaderList): void;
}

/** Whose seat at GitHub a call takes: the gateway's own, or that of the person who calls. */
export type Seat = "gateway" | "person";

export interface Credentials {
  credential(
    caller: Pick<Caller, "subject">,
    effect: Effect,
    repository: RepositoryName | undefined,
    seat: Seat,
  ): Promise<Credential>;
  /** Undefined where the connector uses no accounts of people. */
  links?(): Promise<Links | undefined>;
  /** What the gateway holds itself, whatever a request needs: masked by value wherever it appears. */
  secrets(): Promise<readonly string[]>;
}

export type { BodyCommitment };
export type { Landing, RecordStore, SessionCard, SessionFilter, SessionTouch } from "./record-store.ts";
export type { GitHubFacts, NodeFacts, PullFacts } from "./github-facts.ts";
export type { Events } from "./events.ts";
export type { Inbox, NoticeChannels } from "./notices.ts";
