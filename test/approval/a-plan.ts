// One plan that waits, and the people around it; tests change what they are about.
import type { Plan } from "../../lambda/model/plan.ts";
import type { ReviewDemand } from "../../lambda/model/verdict.ts";

export const oids = { old: "a1b2c3d".padEnd(40, "0"), new: "9f8e7d6".padEnd(40, "0") };
export const openedAtMs = Date.UTC(2026, 0, 5, 9, 0);
const minute = 60_000;
/** The plan's last moment is a millisecond before ten o'clock. */
export const expiresAtMs = openedAtMs + 60 * minute;

export function demand(change: Partial<ReviewDemand> = {}): ReviewDemand {
  return { rule: "protected-branch", reviewers: ["platform-team"], quorum: 1, ttlSeconds: 3600, ...change };
}

export function person(name: string, ...teams: string[]) {
  return { subject: `issuer#${name}`, person: `issuer#${name}`, login: name, teams };
}
export const alice = person("alice", "engineering");
export const carol = person("carol", "engineering", "platform-team");
export const dave = person("dave", "engineering", "platform-team");
export const erin = person("erin", "security-team");

/** alice's push of main in acme/app. */
export function aPlan(change: Partial<Plan> = {}, substance: Partial<Plan["substance"]> = {}): Plan {
  return {
    id: "pln_1",
    hash: "c0ffee",
    substance: {
      repositoryId: 1296269,
      operation: "git/receive-pack",
      refs: [{ ref: "refs/heads/main", change: "update", old: oids.old, new: oids.new, force: "no" }],
      options: [],
      parameters: {},
      rules: ["protected-branch"],
      ...substance,
    },
    surface: "git",
    title: "Push",
    effect: "branch-write",
    repository: {
      id: 1296269,
      owner: "acme",
      name: "app",
      fullName: "acme/app",
      defaultBranch: "main",
      isPrivate: true,
    },
    send: {
      upstream: "git",
      method: "POST",
      segments: [],
      query: [],
      headers: [],
      bodyBytes: 0,
      bodySha256: "",
    },
    entry: "req_1",
    session: "ses_1",
    requester: { ...alice, claimedClient: "git/2.39" },
    demands: [demand()],
    policyHash: "",
    protection: [],
    findings: { touchesWorkflows: false, touchesAllBranches: false, paths: [] },
    headline: { commits: 3, files: 4, added: 82, removed: 10, subject: "Fix rounding in invoice totals" },
    createdAtMs: openedAtMs,
    expiresAtMs,
    schedule: { expiresAtMs },
    steps: [],
    state: "pending",
    votes: [],
    version: 0,
    ...change,
  };
}

export const approve = { decision: "approve", reason: "looks right", planHash: "c0ffee" } as const;
export const deny = { decision: "deny", reason: "not today", planHash: "c0ffee" } as const;
