// A call from Slack: the proof that Slack made it, and which button a person pressed.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { GateError } from "../model/errors.ts";
import { headerValues, type Bytes, type HeaderList } from "../model/http.ts";
import { slackActions, slackReason } from "./notices/slack.ts";

export const maxSlackBytes = 256 * 1024;
const maxAgeMs = 300_000;
const minSecretLength = 16;

export interface SlackCall {
  readonly headers: HeaderList;
  /** As received: the signature covers its bytes. */
  readonly body: Bytes;
}

export interface ProvenCall {
  /** A name for this very call: who keeps it until then takes no call twice. */
  readonly onceKey: string;
  readonly acceptableUntilMs: number;
}

/** Throws GH_BAD_SIGNATURE unless Slack signed these bytes within five minutes of now. */
export function verifySlackCall({ headers, body }: SlackCall, secret: string, nowMs: number): ProvenCall {
  // Anybody can sign with an empty secret.
  if (secret.length < minSecretLength) throw new Error("Slack's signing secret is too short to be one");
  const timestamp = single(headers, "x-slack-request-timestamp");
  const signature = single(headers, "x-slack-signature");
  if (!/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature))
    throw refused("it is not signed as Slack signs");
  const signedMs = Number(timestamp) * 1_000;
  if (Math.abs(nowMs - signedMs) > maxAgeMs) throw refused("it was signed more than five minutes from now");
  const expected = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature.slice(3), "hex")))
    throw refused("its signature does not fit");
  return {
    // A digest of it, so that whoever reads the store holds no signature that still works.
    onceKey: `slack/${createHash("sha256").update(`${timestamp} ${signature}`).digest("hex")}`,
    acceptableUntilMs: signedMs + maxAgeMs + 1,
  };
}

export function refused(why: string): GateError {
  return new GateError("GH_BAD_SIGNATURE", { why });
}

function single(headers: HeaderList, name: string): string {
  const [value, ...more] = headerValues(headers, name);
  if (value === undefined || more.length > 0) throw refused(`it does not have exactly one ${name}`);
  return value;
}

export interface SlackClick {
  /** Slack's id of the person. */
  readonly user: string;
  readonly decision: "approve" | "deny";
  readonly plan: string;
  readonly planHash: string;
  /** Empty when nothing was written. */
  readonly reason: string;
  /** Where Slack takes the answer to the person. */
  readonly replyUrl?: string;
}

const payload = z.looseObject({
  type: z.string(),
  user: z.looseObject({ id: z.string().max(40) }),
  actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().optional() })).max(10),
  response_url: z.string().max(1_000).optional(),
  state: z
    .looseObject({
      values: z.record(
        z.string(),
        z.record(z.string(), z.looseObject({ value: z.string().nullable().optional() })),
      ),
    })
    .optional(),
});

const planAndHash = /^(pln_[a-z2-7]{1,26})\.([0-9a-f]{64})$/;

/** Undefined for what asks for nothing: a button that opened the page. Throws GH_BAD_DECISION for what is no click. */
export function readSlackClick(body: Bytes): SlackClick | undefined {
  const [text, ...more] = new URLSearchParams(Buffer.from(body).toString("utf8")).getAll("payload");
  const parsed = payload.safeParse(text === undefined || more.length > 0 ? undefined : json(text));
  if (!parsed.success || parsed.data.type !== "block_actions")
    throw new GateError("GH_BAD_DECISION", { why: "it is not a button of a message" });
  const { user, actions, state, response_url: replyUrl } = parsed.data;
  const pressed = actions.find(({ action_id: id }) => Object.hasOwn(slackActions, id));
  if (pressed === undefined) return undefined;
  const [, plan, planHash] = planAndHash.exec(pressed.value ?? "") ?? [];
  if (plan === undefined || planHash === undefined)
    throw new GateError("GH_BAD_DECISION", { why: "the button names no request" });
  return {
    user: user.id,
    decision: slackActions[pressed.action_id as keyof typeof slackActions],
    plan,
    planHash,
    reason: state?.values[slackReason.block]?.[slackReason.action]?.value ?? "",
    ...(replyUrl !== undefined && isSlacks(replyUrl) ? { replyUrl } : {}),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSlacks(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.host === "hooks.slack.com" && url.username === "";
}
