// What a rule says in its annotations. One that is not implemented is refused: ignored, it would promise what nobody does.
import { nearest } from "./nearest.ts";

/** The mask sets that `@mask` may name. */
export const maskSets: readonly string[] = ["secrets"];

export interface GuardrailRule {
  readonly id: string;
  readonly effect: "permit" | "forbid";
  readonly masks: readonly string[];
  readonly reason?: string;
}

export interface ApprovalRule {
  readonly id: string;
  readonly reviewers: readonly string[];
  readonly quorum: number;
  readonly ttlSeconds: number;
  readonly remindAfterSeconds?: number;
  readonly escalation?: { readonly afterSeconds: number; readonly reviewers: readonly string[] };
  readonly windowSeconds?: number;
  readonly reason?: string;
}

export type Annotations = Readonly<Record<string, string | null>>;

const ttlUnits: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const maxTtlSeconds = 30 * 86_400;
const maxQuorum = 20;
/** A session token lives no longer. */
const maxWindowSeconds = 8 * 3600;

/** The rule's name, or a complaint. */
export function idOf(annotations: Annotations): { readonly id: string } | { readonly problem: string } {
  const id = annotations.id;
  if (id === undefined || id === null || id === "")
    return { problem: "a policy has no @id; every rule needs one." };
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id))
    return {
      problem: `@id(${JSON.stringify(id)}) not allowed. Expected: letters, digits, . _ - only, 100 at most.`,
    };
  return { id };
}

/** Parses a guardrail's annotations; complaints go to `complain`. */
export function guardrailRule(
  id: string,
  effect: "permit" | "forbid",
  annotations: Annotations,
  complain: (problem: string) => void,
): GuardrailRule {
  refuseUnknown(id, annotations, effect === "permit" ? ["id", "mask"] : ["id", "reason"], complain);
  const masks = list(annotations.mask);
  for (const mask of masks)
    if (!maskSets.includes(mask))
      complain(
        `policy "${id}" asks for the mask set ${JSON.stringify(mask)}. Known: ${maskSets.join(", ")}.`,
      );
  if ("mask" in annotations && masks.length === 0)
    complain(`policy "${id}" has an empty @mask. Known: ${maskSets.join(", ")}.`);
  return { id, effect, masks, ...reasonOf(id, annotations, complain) };
}

/** Parses an approval rule's annotations; complaints go to `complain`. */
export function approvalRule(
  id: string,
  effect: "permit" | "forbid",
  annotations: Annotations,
  complain: (problem: string) => void,
): ApprovalRule {
  if (effect !== "forbid")
    complain(
      `policy "${id}" is a permit; approval rules are forbids. What is possible belongs into the guardrails.`,
    );
  refuseUnknown(id, annotations, approvalAnnotations, complain);
  const reviewers = list(annotations.reviewers);
  if (reviewers.length === 0) complain(`policy "${id}" has no @reviewers; every approval rule needs one.`);
  const ttlSeconds = ttlOf(id, annotations, complain);
  return {
    id,
    reviewers,
    quorum: quorumOf(id, annotations, complain),
    ttlSeconds,
    ...reminderOf(id, annotations, ttlSeconds, complain),
    ...escalationOf(id, annotations, { reviewers, ttlSeconds }, complain),
    ...windowOf(id, annotations, complain),
    ...reasonOf(id, annotations, complain),
  };
}

const approvalAnnotations: readonly string[] = [
  "id",
  "reviewers",
  "quorum",
  "ttl",
  "remind",
  "escalate",
  "escalateAfter",
  "window",
  "reason",
];

function refuseUnknown(
  id: string,
  annotations: Annotations,
  known: readonly string[],
  complain: (problem: string) => void,
): void {
  for (const name of Object.keys(annotations))
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      const hint = meant === undefined ? "" : ` Did you mean @${meant}?`;
      complain(
        `policy "${id}" has @${name}, which does nothing here.${hint} Expected: ${known.map((one) => `@${one}`).join(", ")}.`,
      );
    }
}

function quorumOf(id: string, annotations: Annotations, complain: (problem: string) => void): number {
  if (!("quorum" in annotations)) return 1;
  const text = annotations.quorum ?? "";
  const quorum = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  if (quorum < 1 || quorum > maxQuorum)
    complain(
      `policy "${id}" has @quorum(${JSON.stringify(text)}). Expected: a number from 1 to ${maxQuorum}.`,
    );
  return quorum;
}

function ttlOf(id: string, annotations: Annotations, complain: (problem: string) => void): number {
  const text = annotations.ttl;
  if (text === undefined || text === null || text === "") {
    complain(`policy "${id}" has no @ttl; every approval rule needs one.`);
    return 0;
  }
  const seconds = secondsOf(text);
  if (seconds < 1 || seconds > maxTtlSeconds)
    complain(
      `policy "${id}" has @ttl(${JSON.stringify(text)}). Expected: 90s, 30m, 1h or 2d, 30 days at most.`,
    );
  return seconds;
}

/** 0 when it is not a time. */
function secondsOf(text: string): number {
  const [, amount = "", unit = ""] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  return Number(amount) * (ttlUnits[unit] ?? 0);
}

/** A time after the request and before its end. */
function withinTtl(
  id: string,
  name: "remind" | "escalateAfter",
  text: string,
  ttlSeconds: number,
  complain: (problem: string) => void,
): number {
  const seconds = secondsOf(text);
  if (seconds < 1)
    complain(`policy "${id}" has @${name}(${JSON.stringify(text)}). Expected: 90s, 30m, 1h or 2d.`);
  // A @ttl that is wrong itself was complained about already.
  else if (ttlSeconds > 0 && seconds >= ttlSeconds)
    complain(`policy "${id}" has @${name}(${JSON.stringify(text)}), which is not before its @ttl.`);
  return seconds;
}

function reminderOf(
  id: string,
  annotations: Annotations,
  ttlSeconds: number,
  complain: (problem: string) => void,
): { readonly remindAfterSeconds?: number } {
  if (!("remind" in annotations)) return {};
  return { remindAfterSeconds: withinTtl(id, "remind", annotations.remind ?? "", ttlSeconds, complain) };
}

function escalationOf(
  id: string,
  annotations: Annotations,
  { reviewers, ttlSeconds }: { readonly reviewers: readonly string[]; readonly ttlSeconds: number },
  complain: (problem: string) => void,
): Pick<ApprovalRule, "escalation"> {
  if (!("escalate" in annotations || "escalateAfter" in annotations)) return {};
  const teams = list(annotations.escalate);
  if (teams.length === 0 || !("escalateAfter" in annotations))
    complain(
      `policy "${id}" has @escalate without @escalateAfter, or the other way round; they come together and name a team and a time.`,
    );
  for (const team of teams)
    if (reviewers.includes(team))
      complain(`policy "${id}" escalates to ${JSON.stringify(team)}, which is among its @reviewers already.`);
  if (!("escalateAfter" in annotations)) return {};
  const after = annotations.escalateAfter ?? "";
  return {
    escalation: {
      reviewers: teams,
      afterSeconds: withinTtl(id, "escalateAfter", after, ttlSeconds, complain),
    },
  };
}

function windowOf(
  id: string,
  annotations: Annotations,
  complain: (problem: string) => void,
): Pick<ApprovalRule, "windowSeconds"> {
  if (!("window" in annotations)) return {};
  const text = annotations.window ?? "";
  const windowSeconds = secondsOf(text);
  if (windowSeconds < 1 || windowSeconds > maxWindowSeconds)
    complain(
      `policy "${id}" has @window(${JSON.stringify(text)}). Expected: 90s, 30m or 2h, 8 hours at most.`,
    );
  return { windowSeconds };
}

function reasonOf(
  id: string,
  annotations: Annotations,
  complain: (problem: string) => void,
): { readonly reason?: string } {
  if (!("reason" in annotations)) return {};
  const reason = annotations.reason ?? "";
  // It is printed on terminals, so control characters have no place in it.
  if (reason.trim() === "" || reason.length > 300 || /\p{Cc}/u.test(reason))
    complain(`policy "${id}" has a @reason that is empty, longer than 300 characters, or not one line.`);
  for (const [placeholder] of reason.matchAll(/\{[^}]*\}/g))
    if (placeholder !== "{target}")
      complain(`policy "${id}" uses ${placeholder} in its @reason. Known: {target}.`);
  return { reason };
}

function list(text: string | null | undefined): readonly string[] {
  return [...new Set((text ?? "").split(",").map((part) => part.trim()))].filter((part) => part !== "");
}
