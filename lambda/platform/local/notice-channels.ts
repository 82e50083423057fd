// Sends what reviewers are told on one machine, outside the sandbox: by e-mail over SMTP, and to Slack.
import type { Config } from "../../model/config.ts";
import type { NoticeChannels, Secrets } from "../../model/ports.ts";
import { createSlack } from "../slack.ts";
import { sendBySmtp } from "./smtp.ts";

export interface NoticeParts {
  readonly config: Config["notices"];
  readonly secrets: Secrets;
  readonly fetch?: typeof fetch;
  /** Certificate authority of the mail server, PEM; otherwise those that Node trusts. */
  readonly mailAuthority?: string;
}

export function createNoticeChannels({
  config,
  secrets,
  fetch,
  mailAuthority: ca,
}: NoticeParts): NoticeChannels {
  const slack = createSlack({ secrets, botTokenName: config.slack?.botTokenName, fetch });
  return {
    async send(channel, message) {
      if ("slack" in channel) await slack.send(channel.slack, message.slack);
      else if ("inbox" in channel) throw new Error("only the sandbox has an inbox");
      else if (config.smtp === undefined) throw new Error("notices.smtp is not set, and e-mail needs it");
      else await sendBySmtp({ smtp: config.smtp, secrets, ca }, channel.email, message);
    },
    reply: (url, reply) => slack.reply(url, reply),
  };
}

/** What stands in the configuration and cannot work here, each with its place. */
export function unsendable({ teams, smtp }: Config["notices"]): readonly string[] {
  return Object.entries(teams).flatMap(([team, channels]) =>
    channels.flatMap((channel, at) => {
      const place = `notices.teams.${team}.${at}`;
      if ("inbox" in channel) return [`${place}: only the sandbox has an inbox; name a channel that sends`];
      if ("email" in channel && smtp === undefined)
        return [`${place}: e-mail needs a mail server on one machine; name it in notices.smtp`];
      return [];
    }),
  );
}
