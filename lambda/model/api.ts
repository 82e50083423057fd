// The reviewer API's answers, as the console page reads them.
import type { ChangeSummary } from "./change.ts";
import type { Plan, PlanState, Vote } from "./plan.ts";
import type { SessionCard } from "./ports.ts";
import type { ApprovalRecord, IntentRecord, OutcomeRecord, PlanRecord } from "./record.ts";

export interface Me {
  readonly subject: string;
  readonly login: string;
  readonly name?: string;
  readonly teams: readonly string[];
  readonly may: {
    readonly readAllRecordings: boolean;
    readonly stopSessions: boolean;
    readonly decide: boolean;
  };
  /** Milliseconds since 1970 until which a decision needs no new sign-in. */
  readonly freshUntilMs: number;
  readonly csrf: string;
  readonly isSandbox: boolean;
}

export interface EntryView {
  readonly entry: string;
  readonly session: string;
  readonly intent: IntentRecord;
  readonly outcome?: OutcomeRecord;
  readonly plan?: PlanRecord;
  readonly approvals: readonly ApprovalRecord[];
  /** The model's answer that asked for it; absent where none could be told for certain. */
  readonly causedBy?: Cause;
}

export interface Cause {
  /** The entry of the call to the model. */
  readonly entry: string;
  readonly toolCall: string;
  /** The tool's name, as the model called it. */
  readonly tool: string;
  /** By the tool call's id, by tool and arguments, or by being the one open shell call of the sitting. */
  readonly how: "id" | "arguments" | "session";
}

/** Which prompt wrote a commit. */
export interface Blame {
  readonly repository: string;
  readonly commit: string;
  /** The entry that brought it to GitHub. */
  readonly landed: EntryView;
  /** The request that was held, when `landed` is its execution. */
  readonly requested?: EntryView;
  /** The call to the model that asked for it, and what the person had written; absent when that is not certain. */
  readonly asked?: EntryView;
  readonly prompt?: string;
}

export interface SessionView extends SessionCard {
  readonly entries: readonly EntryView[];
  readonly next?: string;
}

export interface ApprovalCard {
  readonly id: string;
  readonly planHash: string;
  readonly state: PlanState;
  readonly title: string;
  readonly operation: string;
  readonly repository: string;
  readonly refs: Plan["substance"]["refs"];
  readonly requester: Plan["requester"];
  readonly session: string;
  readonly entry: string;
  readonly demands: Plan["demands"];
  readonly headline: Plan["headline"];
  readonly votes: readonly Vote[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly endReason?: string;
  /** Approved without votes: an earlier approval covers it. */
  readonly coveredBy?: Plan["coveredBy"];
  readonly result?: Omit<NonNullable<Plan["result"]>, "answer">;
  /** Whether the person asking may decide, and if not, why. */
  readonly mayDecide: boolean;
  readonly mayNotBecause?: string;
  readonly mayWithdraw: boolean;
}

export interface ApprovalView extends ApprovalCard {
  /** One sentence that says exactly what will happen on approval. */
  readonly sentence: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly protection: Plan["protection"];
  readonly policyHash: string;
  readonly packSha256?: string;
  readonly change?: ChangeSummary;
  /** The masked request body of a REST call. */
  readonly requestBody?: string;
}

/** Of a push: the file as the view names it, and the ref when several change it. Of a REST write: nothing but the reason. */
export interface RevealRequest {
  readonly path?: string;
  readonly ref?: string;
  readonly line?: number;
  readonly reason: string;
}

/** What masks hide in the lines that would land, for the reviewer who asked; kept nowhere. */
export interface OpenedMasks {
  readonly lines: readonly {
    /** In a JSON body: where the text stands, `files[0].content`. */
    readonly place?: string;
    readonly line: number;
    readonly text: string;
  }[];
  /** True when not all could be opened at once. */
  readonly isCut: boolean;
}

export interface ApiError {
  readonly code: string;
  readonly message: string;
  readonly reference?: string;
}
