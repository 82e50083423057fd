// Draft rules are asked about recorded requests: what changes is counted, and nothing else is claimed.
import { describe, expect, it } from "@jest/globals";
import { simulate } from "../../lambda/flow/simulate.ts";
import type { RecordStore } from "../../lambda/model/ports.ts";
import type { IntentRecord } from "../../lambda/model/record.ts";
import { decide, type PolicyInput } from "../../lambda/policy/decide.ts";
import { groundsOf } from "../../lambda/policy/grounds.ts";
import { loadPolicies, type Policies } from "../../lambda/policy/policies.ts";
import { aProtectedPush, aPush, aRead, shipped } from "../policy/shipped.ts";

const policies = loadPolicies(shipped);
const stricter = draftOf((text) => text.replace("resource.isProtected || resource.isDefault", "true"));

function draftOf(change: (text: string) => string): Policies {
  return loadPolicies({
    ...shipped,
    approvals: { ...shipped.approvals, text: change(shipped.approvals.text) },
  });
}

function intent(entry: string, input: PolicyInput, atMs: number, hasGrounds = true): IntentRecord {
  const verdict = decide(policies, input);
  const { is, rules, reason, policyHash } = verdict;
  const { repository, action, caller } = input;
  return {
    v: 1,
    kind: "intent",
    writer: "wrt_a",
    seq: 0,
    prev: "0".repeat(64),
    atMs,
    entry,
    session: "ses_a",
    caller: {
      ...caller,
      login: "alice",
      client: "git",
      proof: "session-token",
      remoteAddress: "",
      labels: {},
    },
    action: {
      ...action,
      title: "Push",
      ...(repository === undefined ? {} : { repository: repository.fullName, repositoryId: repository.id }),
      refs: input.refs,
      paths: [],
      parameters: {},
    },
    verdict: {
      is,
      rules,
      reason,
      policyHash,
      masks: [],
      protection: input.protection,
      ...(hasGrounds ? { grounds: groundsOf(input, (text) => text) } : {}),
    },
    request: { method: "POST", path: "/" },
  };
}

/** One session, in pages of one entry. */
function recordsOf(intents: readonly IntentRecord[]): Pick<RecordStore, "sessions" | "entriesOf" | "entry"> {
  const lastAtMs = Math.max(...intents.map(({ atMs }) => atMs));
  const card = {
    session: "ses_a",
    subject: "",
    login: "",
    client: "",
    firstAtMs: 0,
    lastAtMs,
    requests: 0,
    held: 0,
    denied: 0,
    masked: 0,
    commits: 0,
    repositories: [],
    isStopped: false,
  };
  return {
    sessions: () => Promise.resolve({ items: [card] }),
    entriesOf: (_session, { after = "0" }) => {
      const at = Number(after);
      const items = intents.slice(at, at + 1).map(({ entry }) => entry);
      return Promise.resolve({ items, ...(at + 1 < intents.length ? { next: String(at + 1) } : {}) });
    },
    entry: (entry) =>
      Promise.resolve(intents.filter((one) => one.entry === entry).map((record) => ({ record, hash: "" }))),
  };
}

describe("a simulation", () => {
  it("of the rules in force changes nothing", async () => {
    const records = recordsOf([
      intent("req_a", aPush(), 10),
      intent("req_b", aProtectedPush("main"), 11),
      intent("req_c", aRead({ caller: { subject: "x", teams: [] } }), 12),
    ]);
    expect(await simulate(records, policies, 0)).toEqual({ asked: 3, skipped: 0, isCut: false, changes: [] });
  });

  it("counts each kind of change, with a few examples", async () => {
    const pushes = [1, 2, 3, 4].map((index) => intent(`req_${index}`, aPush(), index));
    const { changes } = await simulate(
      recordsOf([...pushes, intent("req_m", aProtectedPush("main"), 9)]),
      stricter,
      0,
    );
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ from: "allow", to: "hold by protected-branch", count: 4 });
    expect(changes[0]?.examples.map(({ entry }) => entry)).toEqual(["req_1", "req_2", "req_3"]);
    expect(changes[0]?.examples[0]).toMatchObject({ login: "alice", repository: "acme/app" });
  });

  it("tells a hold by another rule apart", async () => {
    const renamed = draftOf((text) => text.replace('@id("protected-branch")', '@id("other")'));
    const { changes } = await simulate(recordsOf([intent("req_a", aProtectedPush("main"), 1)]), renamed, 0);
    expect(changes).toMatchObject([{ from: "hold by protected-branch", to: "hold by other", count: 1 }]);
  });

  it("looks at requests of the time asked for: at the boundary, and not a millisecond before", async () => {
    const records = recordsOf([intent("req_a", aPush(), 99), intent("req_b", aPush(), 100)]);
    expect((await simulate(records, stricter, 100)).asked).toBe(1);
    expect((await simulate(records, stricter, 101)).asked).toBe(0);
  });

  it("skips what an older gateway wrote, and says how many", async () => {
    const records = recordsOf([intent("req_a", aPush(), 1, false), intent("req_b", aPush(), 1)]);
    expect(await simulate(records, policies, 0)).toMatchObject({ asked: 1, skipped: 1 });
  });

  it("leaves out the execution of a plan, whose request is among them", async () => {
    const executed = aProtectedPush("main", { approvedRules: ["protected-branch"] });
    expect((await simulate(recordsOf([intent("exe_a", executed, 1)]), stricter, 0)).asked).toBe(0);
  });
});
