// Whether an action may pass: allow, hold for a person, or deny.

/** What one approval rule asks of people. */
export interface ReviewDemand {
  /** The rule's `@id`. */
  readonly rule: string;
  /** Teams whose members may approve. */
  readonly reviewers: readonly string[];
  /** How many distinct people must approve. */
  readonly quorum: number;
  /** How long the request waits, seconds. */
  readonly ttlSeconds: number;
  /** When the reviewers are told again, seconds after the request. */
  readonly remindAfterSeconds?: number;
  /** Who may approve as well when nobody decided for so long. */
  readonly escalation?: { readonly afterSeconds: number; readonly reviewers: readonly string[] };
  /** How long one approval covers further plans of the same session, branch and kind; absent: each waits. */
  readonly windowSeconds?: number;
}

interface Decided {
  /** SHA-256 over both policy files and the schema, hex. */
  readonly policyHash: string;
  /** The `@id`s of the rules that decided, sorted. */
  readonly rules: readonly string[];
  /** One sentence for a person. */
  readonly reason: string;
}

export type Verdict =
  | (Decided & { readonly is: "allow"; readonly masks: readonly string[] })
  | (Decided & {
      readonly is: "hold";
      readonly masks: readonly string[];
      readonly demands: readonly ReviewDemand[];
    })
  | (Decided & { readonly is: "deny" });

/** What was established about one ref before policy was asked. */
export interface ProtectionFact {
  readonly ref: string;
  readonly isProtected: boolean;
  readonly isDefault: boolean;
  /** "default branch", "pattern release/*", "GitHub: protected", "GitHub: ruleset rule", "unknown: GitHub did not answer" … */
  readonly because: string;
}
