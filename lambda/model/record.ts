// The record: what is written before and after every call, in its final, versioned form.
import type { Effect, Oid, Part, RefChange, Surface } from "./action.ts";
import type { PlanState, PlanSubstance, RefResult, Vote } from "./plan.ts";
import type { ProtectionFact, ReviewDemand } from "./verdict.ts";

export const recordVersion = 1;

/** Where a record stands in its writer's own chain. */
export interface ChainPosition {
  readonly writer: string;
  /** Starts at 0 in every writer. */
  readonly seq: number;
  /** Hash of the writer's record before this one, hex; 64 zeros for the first. */
  readonly prev: string;
}

/** A masked body: stored apart, committed to here. */
export interface BodyCommitment {
  /** Name in the body store: `<entry>/request`, `<entry>/response`, `<entry>/change`. */
  readonly name: string;
  readonly mediaType: string;
  /** Bytes of the masked body before compression. */
  readonly bytes: number;
  /** HMAC-SHA-256 of the masked body under `salt`, hex. Never a bare digest: bodies can be guessed. */
  readonly hmac: string;
  readonly salt: string;
  readonly masks: readonly MaskCount[];
  /** Set when only the first `bytes` were kept. */
  readonly isTruncated: boolean;
}

export interface MaskCount {
  readonly kind: string;
  readonly count: number;
}

export interface RecordedCaller {
  readonly subject: string;
  readonly login: string;
  readonly teams: readonly string[];
  readonly client: string;
  readonly proof: string;
  readonly remoteAddress: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordedAction {
  readonly surface: Surface | "unknown";
  readonly operation: string;
  readonly title: string;
  readonly effect: Effect | "unknown";
  readonly repository?: string;
  readonly repositoryId?: number;
  readonly organization?: string;
  readonly refs: readonly RefChange[];
  readonly paths: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly wants?: readonly string[];
  /** The writes of a GraphQL document, each decided on its own. Absent elsewhere, and in records of older gateways. */
  readonly parts?: readonly Part[];
  /** Of a call to a model: how the person's last message begins, masked. */
  readonly prompt?: string;
  /** Of a call to a model: ids of the tool calls whose results its prompt brings. */
  readonly toolResults?: readonly string[];
  /** Of an MCP tool call: what it is matched by with the model's answer that asked for it. */
  readonly tool?: { readonly name: string; readonly argumentsHash: string };
}

/** A tool that a model's answer asked for. */
export interface RecordedToolCall {
  readonly id: string;
  readonly name: string;
  /** SHA-256 over the canonical form of the masked arguments, hex. */
  readonly argumentsHash: string;
}

export interface RecordedVerdict {
  readonly is: "allow" | "hold" | "deny" | "none";
  readonly rules: readonly string[];
  readonly reason: string;
  readonly policyHash: string;
  readonly masks: readonly string[];
  readonly protection: readonly ProtectionFact[];
  /** Absent where policy was not asked, and in records of older gateways. */
  readonly grounds?: RecordedGrounds;
}

/** What else a verdict rests on, as it was at that time: with it the same question can be asked again. */
export interface RecordedGrounds {
  readonly repository?: { readonly defaultBranch: string; readonly isPrivate: boolean };
  readonly touchesAllBranches: boolean;
  readonly touchesWorkflows: boolean;
  /** Teams that the configuration let read and write the repository. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** The lines of `readMany` that bear on the request. */
  readonly readMany: Readonly<Record<string, readonly string[]>>;
  /** Approval rules lifted by an approval of the plan that this entry executes. */
  readonly approvedRules: readonly string[];
}

export interface LandedCommits {
  readonly repository: string;
  readonly commits: readonly Oid[];
}

interface Common extends ChainPosition {
  readonly v: typeof recordVersion;
  /** When it was written, milliseconds since 1970. */
  readonly atMs: number;
}

export interface IntentRecord extends Common {
  readonly kind: "intent";
  /** `req_…`, or `exe_…` for the execution of a plan. */
  readonly entry: string;
  readonly session: string;
  readonly caller: RecordedCaller;
  readonly action: RecordedAction;
  readonly verdict: RecordedVerdict;
  /** Masked request line: method and path, no query values. */
  readonly request: { readonly method: string; readonly path: string; readonly bodyBytes?: number };
  /** The plan that this entry asked for, joined or executes. */
  readonly plan?: string;
}

export type OutcomeResult =
  /** GitHub answered, and the answer was passed on whole. */
  | "answered"
  /** The gateway said no (or 409, still pending). Nothing was sent. */
  | "refused"
  /** GitHub could not be reached or broke off. */
  | "failed"
  /** The client left before the end. */
  | "cut"
  /** Nobody knows: the gateway ended in between. Written by the sweeper. */
  | "unknown";

/** Durations in milliseconds, of the stages that took place. */
export interface Timings {
  readonly identity?: number;
  readonly classify?: number;
  readonly scan?: number;
  readonly policy?: number;
  readonly wait?: number;
  readonly record?: number;
  readonly upstream?: number;
  readonly total: number;
}

export interface OutcomeRecord extends Common {
  readonly kind: "outcome";
  readonly entry: string;
  readonly session: string;
  readonly result: OutcomeResult;
  /** Status sent to the client. */
  readonly status: number;
  /** Catalogue code when refused or failed. */
  readonly error?: string;
  readonly upstreamStatus?: number;
  readonly responseBytes: number;
  readonly bodies: readonly BodyCommitment[];
  readonly refResults: readonly RefResult[];
  /** Commits that this call brought to GitHub, as far as the gateway can tell. */
  readonly commits?: number;
  /** Their ids, newest first: what the way back from a commit starts at. Absent in records of older gateways. */
  readonly landed?: LandedCommits;
  /** Of a model's answer. */
  readonly toolCalls?: readonly RecordedToolCall[];
  readonly timings: Timings;
}

export interface PlanRecord extends Common {
  readonly kind: "plan";
  readonly entry: string;
  readonly session: string;
  readonly plan: string;
  readonly hash: string;
  readonly substance: PlanSubstance;
  readonly demands: readonly ReviewDemand[];
  readonly packSha256?: string;
  readonly expiresAtMs: number;
  readonly bodies: readonly BodyCommitment[];
}

/** Every step of a plan's life: votes, expiry, withdrawal, execution. */
export interface ApprovalRecord extends Common {
  readonly kind: "approval";
  readonly entry: string;
  readonly session: string;
  readonly plan: string;
  readonly hash: string;
  readonly event: "vote" | "state";
  readonly vote?: Vote;
  readonly state: PlanState;
  readonly reason: string;
}

/** What happens beside the road: start-up, policy changes, sign-ins, kills, and the reading of recordings. */
export interface EventRecord extends Common {
  readonly kind: "event";
  readonly event:
    | "started"
    | "stopped"
    | "policy-changed"
    | "config-changed"
    | "signed-in"
    | "sign-in-refused"
    | "session-stopped"
    | "recording-read"
    | "mask-opened"
    | "account-linked"
    | "account-unlinked"
    | "account-link-refused";
  readonly subject?: string;
  readonly login?: string;
  /** The session it is about, if it is about one. */
  readonly about?: string;
  readonly details: Readonly<Record<string, string>>;
}

export type GateRecord = IntentRecord | OutcomeRecord | PlanRecord | ApprovalRecord | EventRecord;

/** Distributes over the union, so that each kind keeps its own fields. */
export type Unchained<R> = R extends Common ? Omit<R, keyof ChainPosition | "v" | "atMs"> : never;
/** A record before it has a place in a chain and a time. */
export type NewRecord = Unchained<GateRecord>;

export interface ChainedRecord {
  readonly record: GateRecord;
  /** SHA-256 of the canonical JSON (RFC 8785) of the record, hex. */
  readonly hash: string;
}

/** The key under which a record is written once: it makes a second intent, outcome or plan impossible. */
export function recordKey(record: GateRecord): string {
  switch (record.kind) {
    case "intent":
    case "outcome":
      return `${record.entry}/${record.kind}`;
    case "plan":
      return `${record.plan}/plan`;
    case "approval":
    case "event":
      return `${record.writer}/${record.seq}`;
  }
}
