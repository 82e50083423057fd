// Whoever can make Slack's call can press a person's button: the proof is exact, and so is what was pressed.
import { describe, expect, it } from "@jest/globals";
import { createHmac } from "node:crypto";
import { slackActions, slackReason } from "../../lambda/approval/notices/slack.ts";
import { readSlackClick, verifySlackCall } from "../../lambda/approval/slack-request.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { HeaderList } from "../../lambda/model/http.ts";

const secret = "s".repeat(16);
const signedAtS = 1_767_600_000;
const nowMs = signedAtS * 1_000;
const body = Buffer.from("payload=%7B%7D");
const [approve = ""] = Object.keys(slackActions);

function signature(timestamp = String(signedAtS), key = secret): string {
  return `v0=${createHmac("sha256", key).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
}

function signed(change: { timestamp?: string; signature?: string; more?: HeaderList } = {}) {
  const timestamp = change.timestamp ?? String(signedAtS);
  const headers: HeaderList = [
    ["X-Slack-Request-Timestamp", timestamp],
    ["X-Slack-Signature", change.signature ?? signature(timestamp)],
    ...(change.more ?? []),
  ];
  return { headers, body };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return "passed";
  } catch (error) {
    return error instanceof GateError ? error.code : String(error);
  }
}

describe("a call that Slack signed", () => {
  it("is taken, and has one name until it is too old", () => {
    const proven = verifySlackCall(signed(), secret, nowMs);
    expect(proven.onceKey).toMatch(/^slack\/[0-9a-f]{64}$/);
    expect(proven.acceptableUntilMs).toBe(nowMs + 300_001);
    expect(verifySlackCall(signed(), secret, nowMs + 1)).toEqual(proven);
    const later = String(signedAtS + 1);
    expect(verifySlackCall(signed({ timestamp: later }), secret, nowMs).onceKey).not.toBe(proven.onceKey);
  });

  it.each([
    [-300_001, "GH_BAD_SIGNATURE"],
    [-300_000, "passed"],
    [300_000, "passed"],
    [300_001, "GH_BAD_SIGNATURE"],
  ])("at %d ms of its time: %s", (offsetMs, code) => {
    expect(codeOf(() => verifySlackCall(signed(), secret, nowMs + offsetMs))).toBe(code);
  });
});

describe("a call is not taken", () => {
  const good = signature();
  it.each<[string, Parameters<typeof signed>[0]]>([
    ["without the right key", { signature: signature(undefined, "t".repeat(16)) }],
    ["when its time is not the signed one", { timestamp: String(signedAtS + 1), signature: good }],
    ["with a time that is no number", { timestamp: "now" }],
    ["with a time of sub-second precision", { timestamp: `${signedAtS}.0` }],
    ["with a sign before its time", { timestamp: `+${signedAtS}` }],
    ["with a time of thirteen digits", { timestamp: `000${signedAtS}` }],
    ["with another version", { signature: good.replace("v0", "v1") }],
    ["with something before its signature", { signature: `x${good}` }],
    ["with something behind its signature", { signature: `${good}00` }],
    ["with half a signature", { signature: good.slice(0, 35) }],
    ["with an upper-case signature", { signature: `v0=${good.slice(3).toUpperCase()}` }],
    ["with two signatures", { more: [["x-slack-signature", good]] }],
    ["with two times", { more: [["x-slack-request-timestamp", String(signedAtS)]] }],
  ])("%s", (_what, change) => {
    expect(codeOf(() => verifySlackCall(signed(change), secret, nowMs))).toBe("GH_BAD_SIGNATURE");
  });

  it.each(["X-Slack-Request-Timestamp", "X-Slack-Signature"])("without %s", (missing) => {
    const headers = signed().headers.filter(([name]) => name !== missing);
    expect(codeOf(() => verifySlackCall({ headers, body }, secret, nowMs))).toBe("GH_BAD_SIGNATURE");
  });

  it("when its body was changed", () => {
    const changed = { ...signed(), body: Buffer.from("payload=%7B%7E") };
    expect(codeOf(() => verifySlackCall(changed, secret, nowMs))).toBe("GH_BAD_SIGNATURE");
  });

  it("with a secret that anybody could guess: fifteen characters are refused, sixteen are not", () => {
    const short = "s".repeat(15);
    const call = signed({ signature: signature(undefined, short) });
    expect(() => verifySlackCall(call, short, nowMs)).toThrow("too short");
    expect(codeOf(() => verifySlackCall(signed(), secret, nowMs))).toBe("passed");
  });
});

describe("a click", () => {
  const hash = "ab".repeat(32);
  const pressed = (change: Record<string, unknown> = {}) => ({
    type: "block_actions",
    user: { id: "U1" },
    actions: [{ action_id: approve, value: `pln_a2.${hash}` }],
    ...change,
  });
  const click = (payload: unknown) =>
    readSlackClick(Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString()));
  const action = (value: string) => ({ actions: [{ action_id: approve, value }] });
  const written = (value: string | null) => ({
    state: { values: { [slackReason.block]: { [slackReason.action]: { value } } } },
  });

  it.each(Object.entries(slackActions))("on %s is read as: %s", (id, decision) => {
    const actions = [{ action_id: "open" }, { action_id: id, value: `pln_a2.${hash}` }];
    const replyUrl = "https://hooks.slack.com/actions/1";
    expect(click(pressed({ actions, response_url: replyUrl, ...written("looks right") }))).toEqual({
      user: "U1",
      decision,
      plan: "pln_a2",
      planHash: hash,
      reason: "looks right",
      replyUrl,
    });
  });

  it.each([
    ["no state", {}],
    ["no value", written(null)],
    ["another block", { state: { values: {} } }],
    ["another field", { state: { values: { [slackReason.block]: {} } } }],
  ])("has an empty reason with %s", (_what, change) => {
    expect(click(pressed(change))).toEqual({
      user: "U1",
      decision: "approve",
      plan: "pln_a2",
      planHash: hash,
      reason: "",
    });
  });

  it("that only opened the page asks for nothing", () => {
    expect(click(pressed({ actions: [{ action_id: "open", value: "x" }] }))).toBeUndefined();
    expect(click(pressed({ actions: [] }))).toBeUndefined();
    expect(click(pressed({ actions: [{ action_id: "toString", value: `pln_a2.${hash}` }] }))).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ["another kind of call", { type: "view_submission" }],
    ["a person without an id", { user: {} }],
    ["a person with a long id", { user: { id: "U".repeat(41) } }],
    ["an action without a name", { actions: [{ value: "x" }] }],
    ["eleven actions", { actions: Array.from({ length: 11 }, () => ({ action_id: "open" })) }],
    ["a long address for the answer", { response_url: `https://hooks.slack.com/${"x".repeat(1_000)}` }],
    ["a button without a value", { actions: [{ action_id: approve }] }],
    ["a button with an empty value", action("")],
    ["something before the plan", action(`xpln_a2.${hash}`)],
    ["something behind the hash", action(`pln_a2.${hash}0`)],
    ["a plan of 27 characters", action(`pln_${"a".repeat(27)}.${hash}`)],
    ["a plan with a digit that ids do not have", action(`pln_a1.${hash}`)],
    ["a short hash", action(`pln_a2.${hash.slice(1)}`)],
    ["a hash that is not hex", action(`pln_a2.${"g".repeat(64)}`)],
  ])("is refused with %s", (_what, change) => {
    expect(codeOf(() => click(pressed(change)))).toBe("GH_BAD_DECISION");
  });

  it("may name a person, actions and a plan as long as Slack and we make them", () => {
    const actions = [
      ...Array.from({ length: 9 }, () => ({ action_id: "open" })),
      { action_id: approve, value: `pln_${"a".repeat(26)}.${hash}` },
    ];
    expect(click(pressed({ user: { id: "U".repeat(40) }, actions }))).toMatchObject({
      user: "U".repeat(40),
      plan: `pln_${"a".repeat(26)}`,
    });
  });

  it.each([
    ["no payload", "x=1"],
    ["two payloads", `${new URLSearchParams({ payload: JSON.stringify(pressed()) }).toString()}&payload=1`],
    ["no JSON", "payload=%7B"],
    ["nothing", ""],
  ])("is refused with %s", (_what, text) => {
    expect(codeOf(() => readSlackClick(Buffer.from(text)))).toBe("GH_BAD_DECISION");
  });

  it.each([
    "http://hooks.slack.com/x",
    "https://hooks.slack.com.evil.test/x",
    "https://hooks.slack.com:8443/x",
    "https://evil@hooks.slack.com/x",
    "https://evil.test/hooks.slack.com",
    "not an address",
  ])("is answered at Slack alone, and not at %s", (url) => {
    expect(click(pressed({ response_url: url }))).not.toHaveProperty("replyUrl");
  });
});
