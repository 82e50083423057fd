// What people are told about a plan that waits, once in plain values, and once as each channel shows it.
import type { Config } from "./config.ts";
import type { PlanState } from "./plan.ts";
import type { Page } from "./ports.ts";

/** Where one reviewer team is told. */
export type NoticeChannel = Config["notices"]["teams"][string][number];

export type NoticeKind = "asked" | "reminder" | "escalated" | "decided";

/** Masked, and otherwise as untrusted as its sources: whoever shows it escapes it. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly plan: string;
  readonly state: PlanState;
  /** The login of who asked. */
  readonly who: string;
  readonly client: string;
  /** What happens on approval, or what was decided. */
  readonly what: string;
  readonly repository: string;
  /** The rules that hold it, with the teams that may approve and how many people it takes. */
  readonly rules: readonly {
    readonly rule: string;
    readonly reviewers: readonly string[];
    readonly quorum: number;
  }[];
  readonly reason: string;
  /** First line of the newest commit message, or the operation's title. */
  readonly subject: string;
  readonly change: {
    readonly commits: number;
    readonly files: number;
    readonly added: number;
    readonly removed: number;
  };
  /** Of this notice: who decided, and why. */
  readonly decision?: { readonly by: string; readonly reason: string };
  /** A page that shows the plan: opening it changes nothing, and it holds no secret. */
  readonly link: string;
  readonly expiresAtMs: number;
}

/** The body of Slack's chat.postMessage or of an incoming webhook, without the channel. */
export interface SlackMessage {
  /** What notifications and screen readers say. */
  readonly text: string;
  /** Block Kit: https://docs.slack.dev/reference/block-kit/blocks */
  readonly blocks: readonly Readonly<Record<string, unknown>>[];
}

/** What a response_url takes: https://docs.slack.dev/interactivity/handling-user-interaction */
export interface SlackReply extends SlackMessage {
  readonly response_type?: "ephemeral";
  readonly replace_original: boolean;
}

export interface EmailMessage {
  /** One line of plain text, without control characters. */
  readonly subject: string;
  readonly text: string;
  /** A whole document that loads nothing from anywhere. */
  readonly html: string;
}

export interface NoticeMessage {
  /** The same for the same step of the same plan to the same team: `<plan>/<kind>/<team>`. */
  readonly id: string;
  readonly plan: string;
  readonly kind: NoticeKind;
  readonly team: string;
  readonly slack: SlackMessage;
  readonly email: EmailMessage;
}

/** A message as the sandbox's inbox keeps it. */
export interface InboxMessage {
  readonly id: string;
  readonly atMs: number;
  readonly plan: string;
  readonly kind: NoticeKind;
  readonly team: string;
  /** "#platform-reviews", or the addresses; empty for the inbox itself. */
  readonly to: string;
  readonly slack?: SlackMessage;
  readonly email?: EmailMessage & { readonly from: string };
}

/** Sends what reviewers are told. */
export interface NoticeChannels {
  /** Resolves when the channel took it; rejects when it did not, in bounded time. Nothing waits for it but its caller. */
  send(channel: NoticeChannel, message: NoticeMessage): Promise<void>;
  /**
   * Answers the person who pressed a button in Slack, at the address that Slack gave with it (hooks.slack.com and no
   * other host). Absent where nothing goes to Slack.
   */
  reply?(url: string, reply: SlackReply): Promise<void>;
}

/** The messages that the sandbox sent, newest first. */
export interface Inbox {
  list(page: { limit: number; after?: string }): Promise<Page<InboxMessage>>;
}
