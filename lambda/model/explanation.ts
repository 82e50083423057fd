// Why a request got its verdict, and what would change it: what `gatehouse explain` prints and the console shows.
import type { Effect, RefChange } from "./action.ts";

export type ExplainedVerdict = "allow" | "hold" | "deny" | "none";

export interface ExplainedAnswer {
  readonly is: ExplainedVerdict;
  /** The `@id`s of the rules that decided. */
  readonly rules: readonly string[];
  readonly reason: string;
}

/** A rule as it stands in the policy folder that is in force now. */
export interface ExplainedRule {
  readonly id: string;
  readonly does: "permits" | "forbids" | "asks for approval" | "is not in the policies any more";
  /** Teams that may approve. */
  readonly reviewers?: readonly string[];
  /** `policies/approvals.cedar:17`. */
  readonly place?: string;
  readonly text?: string;
}

/** One thing changed, and the answer to that: "if main were not protected" → allow. */
export interface WhatIf {
  /** What follows "if". */
  readonly if: string;
  readonly then: ExplainedAnswer;
}

export interface Explanation {
  readonly entry?: string;
  readonly login: string;
  readonly operation: string;
  readonly title: string;
  readonly effect: Effect | "unknown";
  readonly repository?: string;
  readonly refs: readonly RefChange[];
  readonly verdict: ExplainedAnswer;
  /** What the rules in force say today, where they are not those that decided. */
  readonly now?: ExplainedAnswer;
  readonly rules: readonly ExplainedRule[];
  /** What was established and bears on the rules, one sentence each. */
  readonly facts: readonly string[];
  /** Only what gives another answer. */
  readonly whatIfs: readonly WhatIf[];
  /** Why nothing was asked again. */
  readonly note?: string;
}

/** A call that somebody asks about. */
export type DraftCall = DraftRequest | DraftPush;

/** A REST call, or a GraphQL document. */
export interface DraftRequest {
  readonly method: string;
  /** `/repos/acme/app/merges`, with or without `/api/v3`; `/graphql`. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
}

/** A push as one would type it: the gateway looks up where the refs stand, and what its commits bring is not known. */
export interface DraftPush {
  /** "acme/app". */
  readonly push: string;
  /** `main`, `+main` (rewrites history), `:old` (deletes), `refs/tags/v1`. */
  readonly refspecs: readonly string[];
}
