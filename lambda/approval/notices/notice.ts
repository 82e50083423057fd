// What a team is told about a plan: who, what, why, how much, until when, and where to look.
import type { Notice, NoticeKind } from "../../model/notices.ts";
import type { Plan } from "../../model/plan.ts";
import { planSentence, whatHappens } from "../sentence.ts";
import { oneLine } from "../visible.ts";

const maxWhat = 600;
const maxReason = 300;
const maxSubject = 150;
const maxName = 100;

/** Every text in it is one visible line of bounded length; nothing is masked yet. */
export function noticeOf(plan: Plan, kind: NoticeKind, { link }: { readonly link: string }): Notice {
  const decision = decisionOf(plan);
  const { commits, files, added, removed } = plan.headline;
  return {
    kind,
    plan: plan.id,
    state: plan.state,
    who: line(plan.requester.login, maxName),
    client: line(plan.requester.claimedClient, maxName),
    what: line(kind === "decided" ? whatHappens(plan) : planSentence(plan), maxWhat),
    repository: line(plan.repository.fullName, maxName),
    rules: plan.demands.map(({ rule, reviewers, quorum }) => ({ rule, reviewers, quorum })),
    reason: line(plan.reason ?? "", maxReason),
    subject: line(plan.headline.subject, maxSubject),
    change: { commits, files, added, removed },
    ...(decision === undefined ? {} : { decision }),
    link,
    expiresAtMs: plan.expiresAtMs,
  };
}

/** The first line of every message. */
export function headlineOf({ kind, state, repository }: Notice): string {
  switch (kind) {
    case "asked":
      return `Waiting for approval in ${repository}`;
    case "reminder":
      return `Still waiting for approval in ${repository}`;
    case "escalated":
      return `Nobody decided so far, and you may now, in ${repository}`;
    case "decided":
      return `${state === "approved" ? "Approved" : state === "denied" ? "Refused" : "Expired"} in ${repository}`;
    default:
      return kind satisfies never;
  }
}

/** Label and text of every fact, in the order in which a reviewer wants them. */
export function factsOf(notice: Notice): readonly (readonly [label: string, text: string])[] {
  const { commits, files, added, removed } = notice.change;
  return [
    ["Asked by", notice.client === "" ? notice.who : `${notice.who} with ${notice.client}`],
    [notice.kind === "decided" ? "It was about" : "What happens", notice.what],
    ...(notice.decision === undefined
      ? []
      : [["Decided", `${notice.decision.by}: ${notice.decision.reason}`] as const]),
    ...(notice.reason === "" ? [] : [["Why it waits", notice.reason] as const]),
    ...notice.rules.map(
      ({ rule, reviewers, quorum }) =>
        [
          `Rule ${rule}`,
          `${quorum === 1 ? "one person" : `${quorum} people`} of ${reviewers.join(" or ")}`,
        ] as const,
    ),
    ...(commits === 0
      ? []
      : [
          [
            "Changes",
            `${counted(commits, "commit")}, ${counted(files, "file")}, +${added} -${removed}`,
          ] as const,
        ]),
    ["In its own words", `“${notice.subject.replace(/[“”"]/gu, "'")}”`],
    ...(notice.kind === "decided" ? [] : [["Open until", utc(notice.expiresAtMs)] as const]),
  ];
}

function decisionOf(plan: Plan): Notice["decision"] {
  if (plan.state === "pending") return undefined;
  const vote = plan.votes.at(-1);
  if (plan.state === "expired" || vote === undefined)
    return { by: "nobody", reason: line(plan.endReason ?? "", maxReason) };
  return { by: line(vote.login, maxName), reason: line(vote.reason, maxReason) };
}

/** Programs turn addresses into links: one in a commit message would look like the gateway's own. */
function line(text: string, maxLength: number): string {
  return oneLine(text, maxLength)
    .replaceAll("://", "[:]//")
    .replace(/\bwww\./giu, "www[.]");
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
