// Slack calls: somebody pressed a button of a notice. The call must be Slack's, and the person one whom the company knows.
import { slackReply } from "../approval/notices/slack.ts";
import {
  maxSlackBytes,
  readSlackClick,
  refused,
  verifySlackCall,
  type SlackClick,
} from "../approval/slack-request.ts";
import { collected } from "../classify/body.ts";
import { GateError } from "../model/errors.ts";
import type { Reviewer } from "../model/caller.ts";
import { streamOf, type Answer, type Bytes, type GatewayRequest } from "../model/http.ts";
import type { Plan } from "../model/plan.ts";
import { decidePlan } from "./decide.ts";
import { asGateError, describe, refusal } from "./refusal.ts";
import { roadHeaders } from "./road-headers.ts";
import type { World } from "./world.ts";

export const slackHookPath = "/_gatehouse/hooks/slack";
/** Slack shows an error to the person after three seconds. */
const replyMs = 1_000;

export async function slackHook(incoming: GatewayRequest, world: World): Promise<Answer> {
  try {
    const click = readSlackClick(await provenBody(incoming, world));
    if (click !== undefined) await answerClick(click, world);
    return { status: 200, headers: [...roadHeaders, ["Content-Length", "0"]], body: streamOf() };
  } catch (error) {
    const known = asGateError(error);
    const entry = world.ids.next("ref");
    world.log("slack-call-refused", {
      entry,
      code: known.code,
      cause: describe(known.cause ?? known.message),
    });
    return refusal(known, { entry, protocol: "rest" as const, challenge: [] });
  }
}

/** Nothing is read from a body before Slack's signature over it fits, once. */
async function provenBody(incoming: GatewayRequest, world: World): Promise<Bytes> {
  const { slack } = world.config.notices;
  if (slack?.signingSecretName === undefined) throw new GateError("GH_UNKNOWN_PATH", { path: slackHookPath });
  const body = await collected(incoming.body, "identity", {
    bytes: maxSlackBytes,
    operation: "a call of Slack",
  });
  const secret = await world.secrets.secret(slack.signingSecretName);
  const call = { headers: incoming.headers, body };
  const { onceKey, acceptableUntilMs } = verifySlackCall(call, secret.trim(), world.clock.now());
  if (!(await world.keyed.putNew(onceKey, "", acceptableUntilMs))) throw refused("it was made before");
  return body;
}

/** A person who may not decide hears why in Slack; to Slack itself the call was fine. */
async function answerClick(click: SlackClick, world: World): Promise<void> {
  try {
    const plan = await decidePlan(click.plan, await reviewer(click.user, world), click, world);
    await reply(click, said(plan), plan.state !== "pending", world);
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    world.log("slack-click-refused", { plan: click.plan, code: error.code });
    await reply(click, error.message, false, world);
  }
}

/** Whom the configuration says this Slack account is, with the teams of their last verified token. */
async function reviewer(user: string, world: World): Promise<Reviewer> {
  const { users = {} } = world.config.notices.slack ?? {};
  const subject = Object.hasOwn(users, user) ? users[user] : undefined;
  const person = subject === undefined ? undefined : await world.directory.person(subject);
  if (person === undefined)
    throw new GateError("GH_NOT_PERMITTED", {
      reason: "the gateway does not know who your Slack account is; open the page and sign in instead",
    });
  return { ...person, signedInAtMs: world.clock.now(), via: "slack" };
}

function said({ state, votes, repository }: Plan): string {
  const vote = votes.at(-1);
  const verb = vote?.decision === "deny" ? "Refused" : "Approved";
  const rest = state === "pending" ? " More people have to agree." : "";
  return `${verb} by ${vote?.login ?? ""} in ${repository.fullName}: ${vote?.reason ?? ""}.${rest}`;
}

async function reply(click: SlackClick, text: string, replaces: boolean, world: World): Promise<void> {
  if (click.replyUrl === undefined || world.notices.reply === undefined) return;
  const timer = new AbortController();
  try {
    await Promise.race([
      world.notices.reply(click.replyUrl, slackReply(text, { replaces })),
      world.clock.sleep(replyMs, timer.signal),
    ]);
  } catch (error) {
    world.log("slack-reply-failed", { plan: click.plan, cause: describe(error) });
  } finally {
    timer.abort();
  }
}
