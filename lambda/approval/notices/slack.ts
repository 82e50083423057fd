// A notice as Slack shows it. Text from outside stands in plain_text, where nothing is a mention, a link or a format.
// https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/messaging/formatting-message-text
import type { Notice, SlackMessage, SlackReply } from "../../model/notices.ts";
import { factsOf, headlineOf } from "./notice.ts";

const maxHeader = 150;
const maxText = 3_000;

/** The actions that the gateway's Slack hook knows; their value is `<plan>.<hash>`. */
export const slackActions = { gatehouse_approve: "approve", gatehouse_deny: "deny" } as const;

/** Where the reviewer writes why: every decision needs it, in Slack too. */
export const slackReason = { block: "gatehouse_reason", action: "reason" } as const;

export function slackMessage(
  notice: Notice,
  { planHash, decides }: { readonly planHash: string; readonly decides: boolean },
): SlackMessage {
  const headline = headlineOf(notice);
  const value = `${notice.plan}.${planHash}`;
  const isOpen = notice.kind !== "decided";
  return {
    text: mrkdwn(`${headline}: ${notice.what}`),
    blocks: [
      { type: "header", text: plain(headline, maxHeader) },
      ...factsOf(notice).map(([label, text]) => ({
        type: "context",
        elements: [plain(`${label}: ${text}`)],
      })),
      ...(isOpen && decides ? [reasonInput] : []),
      {
        type: "actions",
        elements: [
          {
            type: "button",
            action_id: "gatehouse_open",
            text: plain(isOpen ? "Look and decide" : "Look"),
            url: notice.link,
          },
          ...(isOpen && decides
            ? [
                decision("gatehouse_approve", "Approve", "primary", value),
                decision("gatehouse_deny", "Refuse", "danger", value),
              ]
            : []),
        ],
      },
    ],
  };
}

/** What the person who pressed a button reads; their message is replaced once the plan waits no more. */
export function slackReply(text: string, { replaces }: { readonly replaces: boolean }): SlackReply {
  return {
    text: mrkdwn(text),
    blocks: [{ type: "section", text: plain(text) }],
    ...(replaces ? { replace_original: true } : { response_type: "ephemeral", replace_original: false }),
  };
}

const reasonInput = {
  type: "input",
  block_id: slackReason.block,
  label: plain("Why"),
  optional: true,
  element: { type: "plain_text_input", action_id: slackReason.action, max_length: 1_000 },
};

function decision(
  action: keyof typeof slackActions,
  label: string,
  style: "primary" | "danger",
  value: string,
): Readonly<Record<string, unknown>> {
  return { type: "button", action_id: action, text: plain(label), style, value };
}

function plain(text: string, limit = maxText): Readonly<Record<string, unknown>> {
  return { type: "plain_text", text: cut(text, limit), emoji: false };
}

/** The three characters that begin mentions and links in mrkdwn. */
function mrkdwn(text: string): string {
  return cut(text, 600).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cut(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1).toWellFormed()}…` : text;
}
