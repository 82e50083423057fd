// What each record adds to its session's card.
import { describe, expect, it } from "@jest/globals";
import type { NewRecord } from "../../lambda/model/record.ts";
import { sessionTouch } from "../../lambda/record/session-touch.ts";
import { body, event, intent, outcome, withVerdict } from "../platform/contract/samples.ts";

function touchOf(record: NewRecord): ReturnType<typeof sessionTouch> {
  return sessionTouch({ ...record, v: 1, atMs: 5, writer: "wrt_a", seq: 0, prev: "" });
}

describe("an intent", () => {
  it.each([
    ["allow", { requests: 1, held: 0, denied: 0, decision: "allow" }],
    ["hold", { requests: 1, held: 1, denied: 0, decision: "hold" }],
    ["deny", { requests: 1, held: 0, denied: 1, decision: "deny" }],
  ] as const)("with the verdict %s counts as one request, decided so", (is, expected) => {
    expect(touchOf(intent("req_aa", { verdict: withVerdict(is) }))).toMatchObject(expected);
  });

  it("that policy never saw has no decision", () => {
    expect(touchOf(intent("req_aa", { verdict: withVerdict("none") }))).not.toHaveProperty("decision");
  });

  it("names caller, repository and time", () => {
    expect(touchOf(intent("req_aa"))).toMatchObject({
      session: "ses_aaaa",
      atMs: 5,
      login: "alice",
      subject: "https://idp.example#alice",
      client: "git/2.50",
      repository: "acme/app",
    });
  });

  it("of an execution is no request of its own and decides nothing", () => {
    const touch = touchOf(intent("exe_aa"));
    expect(touch).toMatchObject({ requests: 0, held: 0, denied: 0 });
    expect(touch).not.toHaveProperty("decision");
  });
});

describe("an outcome", () => {
  it("adds the masks of all its bodies", () => {
    const bodies = [
      body("req_aa/request", [{ kind: "jwt", count: 1 }]),
      body("req_aa/response", [
        { kind: "jwt", count: 2 },
        { kind: "npm", count: 4 },
      ]),
    ];
    expect(touchOf(outcome("req_aa", { bodies }))).toMatchObject({ masked: 7, requests: 0 });
  });

  it("adds its commits, and without a count one for each ref that moved", () => {
    const refResults = [
      { ref: "refs/heads/a", ok: true },
      { ref: "refs/heads/b", ok: false },
    ];
    expect(touchOf(outcome("exe_aa", { refResults, commits: 5 }))).toMatchObject({ commits: 5 });
    expect(touchOf(outcome("exe_aa", { refResults }))).toMatchObject({ commits: 1 });
  });
});

describe("an event", () => {
  it("that stopped a session marks it, and any other touches none", () => {
    expect(touchOf(event("session-stopped", "ses_a"))).toMatchObject({ session: "ses_a", isStopped: true });
    expect(touchOf(event("started"))).toBeUndefined();
  });
});
