// Sends to Slack over its two ways in, and answers a pressed button; the same on AWS and on one machine.
import type { NoticeChannel, SlackMessage, SlackReply } from "../model/notices.ts";
import type { Secrets } from "../model/ports.ts";

/** Whatever a secret says, messages and tokens go to Slack and nowhere else. */
const webhookHost = "hooks.slack.com";
const postMessage = new URL("https://slack.com/api/chat.postMessage");
const slackMs = 6_000;
const maxAnswerBytes = 64 * 1024;

export interface SlackParts {
  readonly secrets: Secrets;
  /** Name of the secret that holds Slack's bot token, where channels are named. */
  readonly botTokenName?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

export interface Slack {
  send(to: Extract<NoticeChannel, { slack: unknown }>["slack"], message: SlackMessage): Promise<void>;
  reply(url: string, reply: SlackReply): Promise<void>;
}

export function createSlack({ secrets, botTokenName, fetch: send = fetch }: SlackParts): Slack {
  async function post(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: object,
  ): Promise<{ status: number; text: string }> {
    const answer = await send(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(slackMs),
    });
    return { status: answer.status, text: await shortText(answer) };
  }

  /** The address is the secret: it never stands in an error. */
  async function sendToWebhook(secretName: string, message: SlackMessage): Promise<void> {
    const address = atSlack(await secrets.secret(secretName));
    if (address === undefined)
      throw new Error(`the secret ${secretName} holds no address below https://${webhookHost}/`);
    await deliver(address, message);
  }

  /** Webhooks and the addresses that come with a pressed button take messages in the same way. */
  async function deliver(address: URL, message: SlackMessage): Promise<void> {
    const { status, text } = await post(address, {}, message).catch(() => {
      throw new Error("Slack's webhook could not be reached");
    });
    if (status !== 200)
      throw new Error(`Slack's webhook answered ${status} ${/^[a-z_]{1,60}$/.test(text) ? text : ""}`);
  }

  async function sendToChannel(channel: string, message: SlackMessage): Promise<void> {
    if (botTokenName === undefined)
      throw new Error("notices.slack.botTokenName is not set, and a Slack channel needs it");
    const token = (await secrets.secret(botTokenName)).trim();
    if (!/^xox[a-z]-[\w-]{1,500}$/.test(token))
      throw new Error(`the secret ${botTokenName} holds no Slack token`);
    const { status, text } = await post(
      postMessage,
      { authorization: `Bearer ${token}` },
      { ...message, channel, unfurl_links: false, unfurl_media: false },
    );
    // Slack says no with status 200: https://docs.slack.dev/reference/methods/chat.postMessage
    const [, isOk] = /"ok"\s*:\s*(true|false)/.exec(text) ?? [];
    const [, why = ""] = /"error"\s*:\s*"([a-z_]{1,60})"/.exec(text) ?? [];
    if (status !== 200 || isOk !== "true") throw new Error(`Slack answered ${status} ${why}`);
  }

  return {
    async send({ webhookSecret, channel }, message) {
      if (webhookSecret !== undefined) await sendToWebhook(webhookSecret, message);
      else await sendToChannel(channel ?? "", message);
    },
    async reply(url, reply) {
      const address = atSlack(url);
      if (address === undefined) throw new Error("the address to answer at is not Slack's");
      await deliver(address, reply);
    },
  };
}

function atSlack(text: string): URL | undefined {
  const address = URL.parse(text);
  return address?.protocol === "https:" && address.host === webhookHost ? address : undefined;
}

/** What Slack says about a message is short; more than that is not Slack. */
async function shortText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
