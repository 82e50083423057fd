// The sandbox sends nothing: every message goes into an inbox, where it can be looked at as Slack or a mail program would show it.
import type { DatabaseSync } from "node:sqlite";
import type { InboxMessage, NoticeChannel, NoticeMessage } from "../../model/notices.ts";
import type { Clock, Inbox, NoticeChannels } from "../../model/ports.ts";
import { cursorOf } from "../cursor.ts";
import { promised, transaction } from "./database.ts";
import { pageOf, rowText } from "./rows.ts";

/** Older ones make room: the inbox is for looking, the record is for keeping. */
const keptMessages = 500;

export function createInbox(db: DatabaseSync, clock: Pick<Clock, "now">): NoticeChannels & Inbox {
  const insert = db.prepare("INSERT INTO inbox (json) VALUES (?) RETURNING n");
  const trim = db.prepare("DELETE FROM inbox WHERE n <= ?");
  const list = db.prepare("SELECT n, json FROM inbox WHERE n < ? ORDER BY n DESC LIMIT ?");
  return {
    send: (channel, message) =>
      promised(() => {
        const kept: InboxMessage = {
          id: message.id,
          atMs: clock.now(),
          plan: message.plan,
          kind: message.kind,
          team: message.team,
          ...shown(channel, message),
        };
        transaction(db, () => {
          trim.run(Number(insert.get(JSON.stringify(kept))?.n) - keptMessages);
        });
      }),
    list: ({ limit, after }) =>
      promised(() => {
        const [before = Number.MAX_SAFE_INTEGER] = cursorOf(after, 1);
        return pageOf(
          list.all(before, limit + 1),
          limit,
          (row) => JSON.parse(rowText(row, "json")) as InboxMessage,
          (row) => [Number(row.n)],
        );
      }),
  };
}

function shown(
  channel: NoticeChannel,
  { slack, email }: NoticeMessage,
): Pick<InboxMessage, "to" | "slack" | "email"> {
  if ("slack" in channel) return { to: channel.slack.channel ?? "the webhook's channel", slack };
  if ("email" in channel)
    return { to: channel.email.to.join(", "), email: { ...email, from: channel.email.from } };
  return { to: "", slack, email: { ...email, from: "" } };
}
