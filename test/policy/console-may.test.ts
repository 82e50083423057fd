import { describe, expect, it } from "@jest/globals";
import { consoleMay, type ConsoleRequest } from "../../lambda/policy/console-may.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { shipped } from "./shipped.ts";

const policies = loadPolicies(shipped);
const roles = { auditors: ["security-team"], stoppers: ["platform-team"] };
const who = (name: string, ...teams: string[]) => ({ subject: name, person: name, teams });
const alice = who("alice", "engineering");
const carol = who("carol", "engineering", "platform-team");
const erin = who("erin", "security-team");
const mallory = who("mallory");

const session = { id: "ses_1", owner: { subject: "alice" } };
const plan = { id: "pln_1", requester: { subject: "alice", person: "alice" }, reviewers: ["platform-team"] };

describe("consoleMay", () => {
  it.each<[ConsoleRequest, Record<"alice" | "carol" | "erin" | "mallory", boolean>]>([
    [{ action: "readAllRecordings" }, { alice: false, carol: false, erin: true, mallory: false }],
    [
      { action: "readOwnRecordings", session },
      { alice: true, carol: false, erin: false, mallory: false },
    ],
    [
      { action: "readApproval", plan },
      { alice: true, carol: true, erin: true, mallory: false },
    ],
    [
      { action: "decide", plan },
      { alice: false, carol: true, erin: false, mallory: false },
    ],
    [
      { action: "stopSession", session },
      { alice: true, carol: true, erin: false, mallory: false },
    ],
    [{ action: "stopSession" }, { alice: false, carol: true, erin: false, mallory: false }],
  ])("%j is for the right people", (request, expected) => {
    const answers = Object.entries({ alice, carol, erin, mallory }).map(
      ([name, person]) => [name, consoleMay(policies, roles, person, request).is] as const,
    );
    expect(Object.fromEntries(answers)).toEqual(expected);
  });

  it("nobody decides about their own request, reviewer or not", () => {
    const own = { ...plan, requester: { subject: "carol", person: "carol" } };
    expect(consoleMay(policies, roles, carol, { action: "decide", plan: own })).toEqual({
      is: false,
      reason: "this is your own request; another person has to decide",
      rules: ["nobody-decides-their-own"],
    });
  });

  it("a second account of the requester is the requester", () => {
    const second = { subject: "alice-admin", person: "alice", teams: ["platform-team"] };
    expect(consoleMay(policies, roles, second, { action: "decide", plan }).is).toBe(false);
    expect(consoleMay(policies, roles, second, { action: "readOwnRecordings", session }).is).toBe(true);
  });

  it("says in a sentence what is lacking", () => {
    expect(consoleMay(policies, roles, mallory, { action: "decide", plan }).reason).toBe(
      "you are in none of the teams that may approve this",
    );
  });

  it("gives no role to anybody when none is configured", () => {
    const none = { auditors: [], stoppers: [] };
    expect(consoleMay(policies, none, erin, { action: "readAllRecordings" }).is).toBe(false);
    expect(consoleMay(policies, none, carol, { action: "stopSession", session }).is).toBe(false);
  });

  it("is no when the policies cannot be evaluated", () => {
    const lost = {
      ...policies,
      cached: { schema: "gone", all: "gone", guardrails: "gone", approvals: "gone" },
    };
    expect(consoleMay(lost, roles, erin, { action: "readAllRecordings" })).toMatchObject({
      is: false,
      rules: [],
    });
  });
});
