// Tells reviewer teams about a plan, over every channel that the configuration gives them.
import { emailMessage } from "../approval/notices/email.ts";
import { noticeOf } from "../approval/notices/notice.ts";
import { slackMessage } from "../approval/notices/slack.ts";
import type { Notice, NoticeChannel, NoticeKind, NoticeMessage } from "../model/notices.ts";
import type { Plan } from "../model/plan.ts";
import { emit } from "./emit.ts";
import { planLink } from "./plan-words.ts";
import type { World } from "./world.ts";

/** One channel may take this long; the approval does not wait for it, whoever sends does. */
const channelMs = 8_000;
/** The person who decides waits for the page, or for Slack, which gives up after three seconds. */
const decidedMs = 1_500;

/** Never rejects: a channel that fails is logged, and holds back neither the others nor the approval. */
export async function tell(
  plan: Plan,
  kind: NoticeKind,
  teams: readonly string[],
  world: World,
): Promise<void> {
  const { notices } = world.config;
  const addressed = teams.map((team) => [team, channelsOf(team, world)] as const);
  if (addressed.every(([, channels]) => channels.length === 0)) return;
  const notice = masked(noticeOf(plan, kind, { link: planLink(world, plan) }), world);
  const slack = slackMessage(notice, {
    planHash: plan.hash,
    decides: notices.slack?.decides === true,
  });
  const email = emailMessage(notice);
  const sending = addressed.flatMap(([team, channels]) => {
    const message = { id: `${plan.id}/${kind}/${team}`, plan: plan.id, kind, team, slack, email };
    return channels.map((channel) => send(channel, message, world));
  });
  await Promise.all(sending);
}

function channelsOf(team: string, { config }: World): readonly NoticeChannel[] {
  return Object.hasOwn(config.notices.teams, team) ? (config.notices.teams[team] ?? []) : [];
}

async function send(channel: NoticeChannel, message: NoticeMessage, world: World): Promise<void> {
  const timer = new AbortController();
  const limitMs = message.kind === "decided" ? decidedMs : channelMs;
  try {
    await Promise.race([
      world.notices.send(channel, message),
      world.clock.sleep(limitMs, timer.signal).then(() => {
        if (!timer.signal.aborted) throw new Error(`no answer within ${limitMs} ms`);
      }),
    ]);
  } catch (error) {
    const { plan, kind, team } = message;
    const name = nameOf(channel);
    world.log("notice-failed", { plan, kind, team, channel: name, cause: String(error) });
    emit(world, { type: "notice-failed", plan, kind, team, channel: name });
  } finally {
    timer.abort();
  }
}

function nameOf(channel: NoticeChannel): "slack" | "email" | "inbox" {
  if ("slack" in channel) return "slack";
  return "email" in channel ? "email" : "inbox";
}

/** Names and messages come from outside and may hold secrets; a notice leaves the gateway. */
function masked(notice: Notice, world: World): Notice {
  const text = (value: string): string => world.masker.mask(value).text;
  return {
    ...notice,
    who: text(notice.who),
    client: text(notice.client),
    what: text(notice.what),
    repository: text(notice.repository),
    reason: text(notice.reason),
    subject: text(notice.subject),
    ...(notice.decision === undefined
      ? {}
      : { decision: { by: text(notice.decision.by), reason: text(notice.decision.reason) } }),
  };
}
