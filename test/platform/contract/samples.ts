// Records and plans as the gateway writes them, for tests that only care about a few of their fields.
import type { Plan } from "../../../lambda/model/plan.ts";
import type {
  BodyCommitment,
  IntentRecord,
  NewRecord,
  OutcomeRecord,
  Unchained,
} from "../../../lambda/model/record.ts";

export type NewIntent = Unchained<IntentRecord>;
export type NewOutcome = Unchained<OutcomeRecord>;

export function intent(
  entry: string,
  over: Partial<NewIntent> & { login?: string; repository?: string } = {},
): NewIntent {
  const { login = "alice", repository = "acme/app", ...rest } = over;
  return {
    kind: "intent",
    entry,
    session: "ses_aaaa",
    caller: {
      subject: `https://idp.example#${login}`,
      login,
      teams: ["engineering"],
      client: "git/2.50",
      proof: "session-token",
      remoteAddress: "127.0.0.1",
      labels: {},
    },
    action: {
      surface: "rest",
      operation: "repos/get",
      title: "Get a repository",
      effect: "read",
      repository,
      refs: [],
      paths: [],
      parameters: {},
    },
    verdict: { is: "allow", rules: ["team-reads"], reason: "", policyHash: "00", masks: [], protection: [] },
    request: { method: "GET", path: `/repos/${repository}` },
    ...rest,
  };
}

export function withVerdict(is: "allow" | "hold" | "deny" | "none"): NewIntent["verdict"] {
  return { ...intent("req_aa").verdict, is };
}

export function outcome(entry: string, over: Partial<NewOutcome> = {}): NewOutcome {
  return {
    kind: "outcome",
    entry,
    session: "ses_aaaa",
    result: "answered",
    status: 200,
    responseBytes: 2,
    bodies: [],
    refResults: [],
    timings: { total: 3 },
    ...over,
  };
}

export function event(
  name: "started" | "stopped" | "session-stopped" = "started",
  about?: string,
): NewRecord {
  return { kind: "event", event: name, details: {}, ...(about === undefined ? {} : { about }) };
}

export function body(name: string, masks: BodyCommitment["masks"] = []): BodyCommitment {
  return { name, mediaType: "text/plain", bytes: 0, hmac: "", salt: "", masks, isTruncated: false };
}

export function plan(id: string, over: Partial<Plan> & { login?: string } = {}): Plan {
  const { login = "alice", ...rest } = over;
  return {
    id,
    hash: "f0".repeat(32),
    substance: {
      repositoryId: 1,
      operation: "git/receive-pack",
      refs: [],
      options: [],
      parameters: {},
      rules: ["protected-branch"],
    },
    surface: "git",
    title: "Push",
    effect: "branch-write",
    repository: {
      id: 1,
      owner: "acme",
      name: "app",
      fullName: "acme/app",
      defaultBranch: "main",
      isPrivate: true,
    },
    send: {
      upstream: "git",
      method: "POST",
      segments: ["acme", "app.git", "git-receive-pack"],
      query: [],
      headers: [],
      bodyBytes: 0,
      bodySha256: "",
    },
    entry: "req_aaaa",
    session: "ses_aaaa",
    requester: {
      subject: `https://idp.example#${login}`,
      person: `https://idp.example#${login}`,
      login,
      teams: [],
      claimedClient: "git",
    },
    demands: [],
    policyHash: "00",
    protection: [],
    findings: { touchesWorkflows: false, touchesAllBranches: false, paths: [] },
    headline: { commits: 1, files: 1, added: 1, removed: 0, subject: "Add a file" },
    createdAtMs: 1000,
    expiresAtMs: 2000,
    schedule: { expiresAtMs: over.expiresAtMs ?? 2000 },
    steps: ["asked"],
    state: "pending",
    votes: [],
    version: 1,
    ...rest,
  };
}
