// A plan says what exactly would happen; an approval fits one plan.
import type { Effect, Part, RefChange, Repository, Surface, UpstreamName } from "./action.ts";
import type { ChangeSummary } from "./change.ts";
import type { ProtectionFact, ReviewDemand } from "./verdict.ts";

/**
 * pending ─► approved ─► executing ─► done | failed | unknown
 *        └─► denied | expired | withdrawn | superseded
 * approved ─► void (policy, ref or repository changed since)
 */
export type PlanState =
  | "pending"
  | "approved"
  | "executing"
  | "done"
  | "failed"
  | "unknown"
  | "denied"
  | "expired"
  | "withdrawn"
  | "superseded"
  | "void";

/** What the approval clock did already about a plan that waits. */
export type PlanStep = "asked" | "reminded" | "escalated";

/** When the approval clock acts next; times in milliseconds since 1970. */
export interface PlanSchedule {
  readonly remindAtMs?: number;
  /** The next escalation; absent when there is none left. */
  readonly escalateAtMs?: number;
  readonly expiresAtMs: number;
}

export interface Vote {
  readonly subject: string;
  readonly person: string;
  readonly login: string;
  readonly teams: readonly string[];
  readonly decision: "approve" | "deny";
  readonly reason: string;
  readonly atMs: number;
  /** How the reviewer proved themselves; absent in records of older gateways. */
  readonly via?: "browser" | "bearer" | "slack";
}

/** The part of a plan that its hash names. Anything else about a plan may change; this may not. */
export interface PlanSubstance {
  readonly repositoryId: number;
  readonly operation: string;
  /** In the order of the request. */
  readonly refs: readonly RefChange[];
  /** The single writes of a GraphQL document, in their order; their refs are those of the plan. */
  readonly parts?: readonly Part[];
  readonly options: readonly string[];
  /** SHA-256 of the rebuilt request body, hex; absent for a push, whose object ids bind its content. */
  readonly bodyDigest?: string;
  /** Path and query parameters that decide what happens (pull number, file path …). */
  readonly parameters: Readonly<Record<string, string>>;
  /** The `@id`s of the approval rules that this plan must satisfy, sorted. */
  readonly rules: readonly string[];
}

/** What to send on approval; the body waits in escrow under the plan's id. */
export interface PlanSend {
  readonly upstream: UpstreamName;
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyBytes: number;
  /** SHA-256 of the escrowed body, hex: checked again before it is sent. */
  readonly bodySha256: string;
}

export interface RefResult {
  readonly ref: string;
  readonly ok: boolean;
  /** GitHub's reason when not ok. */
  readonly reason?: string;
}

export interface PlanResult {
  readonly atMs: number;
  readonly status: number;
  readonly refs: readonly RefResult[];
  /** The entry that executed the plan; its response body is the recorded, masked answer. */
  readonly executionEntry: string;
  /** For REST: GitHub's answer, for those who wait or join; its masked body is the recorded one of this name. */
  readonly answer?: { readonly headers: readonly (readonly [string, string])[]; readonly body: string };
  /** Progress text from upstream ("remote: …"), masked, capped. */
  readonly remoteText?: string;
}

export interface Plan {
  /** `pln_` and 128 random bits. */
  readonly id: string;
  /** SHA-256 of the canonical substance, hex. */
  readonly hash: string;
  readonly substance: PlanSubstance;
  readonly surface: Surface;
  readonly title: string;
  readonly effect: Effect;
  readonly repository: Repository;
  readonly send: PlanSend;
  /** The entry whose request asked for it. */
  readonly entry: string;
  readonly session: string;
  readonly requester: {
    readonly subject: string;
    readonly person: string;
    readonly login: string;
    readonly teams: readonly string[];
    readonly claimedClient: string;
  };
  readonly demands: readonly ReviewDemand[];
  /** Why it waits, one sentence per rule. */
  readonly reason?: string;
  readonly policyHash: string;
  readonly protection: readonly ProtectionFact[];
  /** What was found in the request and bears on policy, for the second look before execution. */
  readonly findings: {
    readonly touchesWorkflows: boolean;
    readonly touchesAllBranches: boolean;
    readonly paths: readonly string[];
  };
  /** Masked view of what would land; the full diff is a recorded body, `changeBody`. */
  readonly headline: PlanHeadline;
  /** Name of the recorded body that holds the masked ChangeSummary, if there is one. */
  readonly changeBody?: string;
  readonly packSha256?: string;
  /** For a push: what its command list is rebuilt from; the escrow holds the pack alone. */
  readonly push?: { readonly capabilities: readonly string[]; readonly shallow: readonly string[] };
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly schedule: PlanSchedule;
  /** Each at most once, in the order in which they were done. */
  readonly steps: readonly PlanStep[];
  readonly state: PlanState;
  /** When somebody last began to carry it out. */
  readonly claimedAtMs?: number;
  readonly votes: readonly Vote[];
  /** Approved without votes of its own: an earlier approval of the session covers it (`@window`). */
  readonly coveredBy?: { readonly plan: string; readonly untilMs: number };
  /** Why it ended, for a person. */
  readonly endReason?: string;
  readonly result?: PlanResult;
  /** Increases by one with every change; each change is one conditional write on it. */
  readonly version: number;
}

export interface PlanHeadline {
  readonly commits: number;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
  /** First line of the newest commit message, or the operation's title. */
  readonly subject: string;
}

export type { ChangeSummary };
