// What the gateway tells other systems while it works. docs/events.md is checked against these types.
import type { Effect } from "./action.ts";

export const eventVersion = 1;

interface Common {
  readonly v: typeof eventVersion;
  /** `evt_` and 128 random bits: the same event may be delivered twice. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A request was held or refused by policy; let through only where `events.allowed` asks for it. */
export interface VerdictEvent extends Common {
  readonly type: "verdict";
  readonly is: "allow" | "hold" | "deny";
  readonly entry: string;
  readonly session: string;
  readonly subject: string;
  readonly login: string;
  readonly operation: string;
  readonly effect: Effect;
  readonly repository?: string;
  readonly rules: readonly string[];
  readonly policyHash: string;
}

/** A plan took a step. */
export interface ApprovalEvent extends Common {
  readonly type: "approval";
  readonly step:
    | "opened"
    | "asked"
    | "reminded"
    | "escalated"
    | "voted"
    | "approved"
    | "denied"
    | "expired"
    | "withdrawn"
    | "superseded"
    | "void";
  readonly plan: string;
  readonly hash: string;
  readonly entry: string;
  readonly session: string;
  readonly repository: string;
  /** The teams that may decide now. */
  readonly reviewers: readonly string[];
  /** The login of who did it, where a person did. */
  readonly by?: string;
}

/** An approved plan was carried out, or was not. */
export interface ExecutionEvent extends Common {
  readonly type: "execution";
  readonly plan: string;
  readonly entry: string;
  readonly session: string;
  readonly repository: string;
  readonly result: "done" | "failed" | "unknown";
  readonly status: number;
}

/** A person stopped a session. */
export interface KillEvent extends Common {
  readonly type: "kill";
  readonly session: string;
  /** Whose session it was. */
  readonly subject: string;
  readonly by: string;
}

/** Something that a security team looks at. */
export interface FindingEvent extends Common {
  readonly type: "finding";
  readonly what:
    "secret-in-write" | "masked-value-in-write" | "foreign-token" | "stopped-session" | "forged-webhook";
  readonly entry: string;
  /** Absent where there is no caller yet. */
  readonly session?: string;
  readonly subject?: string;
  readonly login?: string;
  readonly operation?: string;
  readonly repository?: string;
  /** What kind of secret, and where; never the secret. */
  readonly details?: string;
}

/** The gateway started with other policies than before. */
export interface PolicyEvent extends Common {
  readonly type: "policy-changed";
  readonly policyHash: string;
  /** Empty at the first start. */
  readonly before: string;
}

/** A channel could not be reached; the approval goes on. */
export interface NoticeEvent extends Common {
  readonly type: "notice-failed";
  readonly plan: string;
  readonly kind: string;
  readonly team: string;
  readonly channel: "slack" | "email" | "inbox";
}

/** A person signed in, for an agent or at the console, or was refused. */
export interface SignInEvent extends Common {
  readonly type: "sign-in";
  readonly outcome: "granted" | "refused";
  readonly flow: "device" | "browser" | "console";
  readonly client: string;
  /** The address that the client asked from; absent at the console. */
  readonly from?: string;
  readonly session?: string;
  readonly subject?: string;
  readonly login?: string;
  readonly why?: string;
}

export type GateEvent =
  | VerdictEvent
  | ApprovalEvent
  | ExecutionEvent
  | KillEvent
  | FindingEvent
  | PolicyEvent
  | NoticeEvent
  | SignInEvent;

/** Distributes over the union, so that each type keeps its own fields. */
export type Unsent<E> = E extends Common ? Omit<E, keyof Common> : never;
/** An event before it has an id and a time. */
export type NewEvent = Unsent<GateEvent>;

/** Tells other systems. The road neither waits for it nor fails with it. */
export interface Events {
  /** Resolves when the event is queued, not when it is delivered; never rejects. A full queue drops it and says so in the log. */
  emit(event: GateEvent): Promise<void>;
  /** Resolves when what was queued is delivered or given up, in bounded time: before a process ends or is frozen. */
  flush(): Promise<void>;
}
