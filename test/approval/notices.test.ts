// What reviewers read: the facts of the plan, and nothing that its author could make of them.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { emailMessage } from "../../lambda/approval/notices/email.ts";
import { noticeOf } from "../../lambda/approval/notices/notice.ts";
import { slackMessage } from "../../lambda/approval/notices/slack.ts";
import type { NoticeKind } from "../../lambda/model/notices.ts";
import type { Plan } from "../../lambda/model/plan.ts";
import { alice, aPlan, approve, carol, deny } from "./a-plan.ts";
import { castVote } from "../../lambda/approval/vote.ts";

const link = "https://console.acme.example/approvals/pln_1";
const planHash = "c0ffee";

function written(plan: Plan, kind: NoticeKind = "asked", decides = false) {
  const notice = noticeOf(plan, kind, { link });
  return { notice, slack: slackMessage(notice, { planHash, decides }), email: emailMessage(notice) };
}

/** Every text object of Block Kit in it. */
function textObjects(value: unknown): { type: string; text: string }[] {
  if (typeof value !== "object" || value === null) return [];
  if ("type" in value && "text" in value && typeof value.text === "string")
    return [value as { type: string; text: string }];
  return Object.values(value).flatMap(textObjects);
}

/** With this text wherever the one who asks can put it. */
function hostile(text: string): Plan {
  return aPlan({
    requester: { ...alice, login: text, claimedClient: text },
    reason: text,
    headline: { ...aPlan().headline, subject: text },
  });
}

describe("a notice", () => {
  it("says who asks, what happens, why, how much, until when and where to look, on every channel", () => {
    const { slack, email } = written(aPlan({ reason: "writes to main need a second person" }));
    for (const text of [
      textObjects(slack)
        .map((each) => each.text)
        .join("\n"),
      email.text,
      email.html,
    ])
      for (const fact of [
        "alice with git/2.39",
        "main of acme/app moves from a1b2c3d to 9f8e7d6",
        "writes to main need a second person",
        "one person of platform-team",
        "3 commits, 4 files, +82 -10",
        "Fix rounding in invoice totals",
        "2026-01-05 10:00 UTC",
      ])
        expect(text).toContain(fact);
    expect([email.text, email.html, JSON.stringify(slack)].every((text) => text.includes(link))).toBe(true);
  });

  it.each([
    [approve, "Approved in acme/app", "carol: looks right"],
    [deny, "Refused in acme/app", "carol: not today"],
  ])("about a decision says who decided and why", (decision, headline, why) => {
    const plan = castVote(aPlan(), carol, decision, aPlan().createdAtMs);
    const { email } = written(plan, "decided");
    expect(email.text).toContain(headline);
    expect(email.text).toContain(why);
  });

  it("has buttons that decide only while it is open and the configuration lets Slack decide", () => {
    const actions = (kind: NoticeKind, decides: boolean): boolean =>
      JSON.stringify(written(aPlan(), kind, decides).slack).includes("gatehouse_approve");
    expect([actions("asked", true), actions("asked", false), actions("decided", true)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("text from outside, whatever it is,", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 3_000 }),
    fc.constantFrom(
      "<!channel> <@U123> <https://evil.example|Approve> *bold* & ~x~",
      "x\r\nBcc: everyone@acme.example",
      "\u202Egnp\u2066\u200B\u0000\u001B[31m",
      '"><img src=https://evil.example/x onerror=alert(1)>',
      "x".repeat(10_000),
      "\uD800",
    ),
  );

  it("is in Slack plain_text everywhere but in the fallback, where it can begin no mention and no link", () => {
    fc.assert(
      fc.property(text, (said) => {
        const { slack } = written(hostile(said), "asked", true);
        expect(
          textObjects(slack.blocks).every(({ type }) => type === "plain_text" || type === "button"),
        ).toBe(true);
        expect(slack.text).not.toMatch(/[<>]/);
      }),
    );
  });

  it("keeps to Slack's limits, so that no message is refused for its length", () => {
    fc.assert(
      fc.property(text, (said) => {
        const { blocks } = written(hostile(said), "asked", true).slack;
        expect(blocks.length).toBeLessThanOrEqual(50);
        for (const { text: each } of textObjects(blocks)) expect(each.length).toBeLessThanOrEqual(3_000);
        const header = blocks.find(({ type }) => type === "header");
        expect(textObjects(header)[0]?.text.length).toBeLessThanOrEqual(150);
      }),
    );
  });

  it("adds no line to a mail's subject, no element to its HTML, and nothing that is loaded", () => {
    const elements = (html: string): string[] => [...html.matchAll(/<\/?[a-z!][^>]*>/gi)].map(([tag]) => tag);
    const plain = elements(written(hostile("x")).email.html);
    fc.assert(
      fc.property(
        text.filter((said) => said.trim() !== ""),
        (said) => {
          const { email } = written(hostile(said));
          expect(email.subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
          expect(email.subject.length).toBeLessThanOrEqual(150);
          expect(elements(email.html)).toEqual(plain);
          expect(email.html).not.toMatch(/<(img|link|script|iframe|style)|url\(/i);
        },
      ),
    );
  });

  it("shows no invisible or reversing character, and is well-formed", () => {
    fc.assert(
      fc.property(text, (said) => {
        const { notice } = written(hostile(said));
        for (const each of [notice.who, notice.client, notice.reason, notice.subject, notice.what]) {
          expect(each).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          expect(each.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it("makes no address that a program turns into a link [DISPLAY-03]", () => {
    const { email, slack } = written(hostile("see https://evil.example or www.evil.example"));
    expect(`${email.text}${JSON.stringify(slack)}`).not.toMatch(/https:\/\/evil|www\.evil/);
  });
});
