// Sends what reviewers are told on AWS: by e-mail through SES, and to Slack.
import { SendEmailCommand, type SESv2Client } from "@aws-sdk/client-sesv2";
import type { NoticeMessage } from "../../model/notices.ts";
import type { NoticeChannels } from "../../model/ports.ts";
import { mailHeaders } from "../mail-headers.ts";
import { createSlack, type SlackParts } from "../slack.ts";

export interface NoticeParts extends SlackParts {
  readonly mail: SESv2Client;
}

export function createNoticeChannels({ mail, ...parts }: NoticeParts): NoticeChannels {
  const slack = createSlack(parts);

  async function sendMail(from: string, to: readonly string[], { id, email }: NoticeMessage): Promise<void> {
    const text = (Data: string): { Data: string; Charset: string } => ({ Data, Charset: "UTF-8" });
    await mail.send(
      new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [...to] },
        Content: {
          Simple: {
            Subject: text(email.subject),
            Body: { Text: text(email.text), Html: text(email.html) },
            Headers: Object.entries(mailHeaders(id)).map(([Name, Value]) => ({ Name, Value })),
          },
        },
      }),
    );
  }

  return {
    async send(channel, message) {
      if ("email" in channel) await sendMail(channel.email.from, channel.email.to, message);
      else if ("slack" in channel) await slack.send(channel.slack, message.slack);
      else throw new Error("this edition has no inbox: give the team a Slack channel or an e-mail address");
    },
    reply: (url, reply) => slack.reply(url, reply),
  };
}
