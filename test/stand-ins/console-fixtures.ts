// What a reviewer may find at the console: an ordinary push, and one made to deceive.
import { Buffer } from "node:buffer";
import type { ApprovalView, EntryView, Me } from "../../lambda/model/api.ts";
import type { ChangeSummary, DiffLine, FileChange } from "../../lambda/model/change.ts";
import type { InboxMessage } from "../../lambda/model/notices.ts";
import { emailMessage } from "../../lambda/approval/notices/email.ts";
import { noticeOf } from "../../lambda/approval/notices/notice.ts";
import { slackMessage } from "../../lambda/approval/notices/slack.ts";
import type { SessionCard } from "../../lambda/model/ports.ts";
import type { BodyCommitment, IntentRecord, OutcomeRecord } from "../../lambda/model/record.ts";
import type { SignedIn } from "../../lambda/console/desk.ts";
import { aPlan } from "../approval/a-plan.ts";
import type { DeskContents } from "./fake-desk.ts";

const old = "a1b2c3d".padEnd(40, "0");
const fresh = "9f8e7d6".padEnd(40, "1");
const hash = "5".repeat(64);
/** The prefix that a mask keeps. */
const kept = ["ghp", ""].join("_");
const policyHash = "7".repeat(64);

export const carol: SignedIn = {
  subject: "https://idp.example#carol",
  login: "carol",
  name: "Carol",
  teams: ["engineering", "platform-team"],
  person: "https://idp.example#carol",
  signedInAtMs: 0,
  via: "browser",
  csrf: "token-of-this-page",
};

export function meOf(who: SignedIn, freshUntilMs: number): Me {
  const { subject, login, name, teams, csrf } = who;
  return {
    subject,
    login,
    ...(name === undefined ? {} : { name }),
    teams,
    may: { readAllRecordings: true, stopSessions: true, decide: true },
    freshUntilMs,
    csrf,
    isSandbox: true,
  };
}

const numbered = (kind: DiffLine["kind"], text: string, oldLine?: number, newLine?: number): DiffLine => ({
  kind,
  text,
  ...(oldLine === undefined ? {} : { oldLine }),
  ...(newLine === undefined ? {} : { newLine }),
});

function linesOf(before: number, removed: readonly string[], added: readonly string[]): DiffLine[] {
  const head = Array.from({ length: before }, (_, index) =>
    numbered("context", `  const step${index} = total + ${index};`, index + 1, index + 1),
  );
  const gone = removed.map((text, index) => numbered("removed", text, before + 1 + index));
  const come = added.map((text, index) => numbered("added", text, undefined, before + 1 + index));
  const oldNext = before + removed.length + 1;
  const newNext = before + added.length + 1;
  const tail = Array.from({ length: 4 }, (_, index) =>
    numbered("context", `  // line ${index} after`, oldNext + index, newNext + index),
  );
  return [...head, ...gone, ...come, ...tail];
}

export function fileOf(path: string, change: Partial<FileChange> = {}): FileChange {
  const lines = linesOf(
    14,
    ["  return Math.round(total * 100) / 100;", "  // old rounding"],
    ["  return Math.floor(total * 1000) / 1000;", "  // new rounding"],
  );
  return {
    path,
    status: "modified",
    oldMode: "100644",
    newMode: "100644",
    oldOid: old,
    newOid: fresh,
    oldBytes: 2000,
    newBytes: 2010,
    added: 2,
    removed: 2,
    hunks: [{ oldStart: 1, oldLines: 20, newStart: 1, newLines: 20, lines }],
    flags: [],
    ...change,
  };
}

export function changeOf(files: readonly FileChange[], more: Partial<ChangeSummary> = {}): ChangeSummary {
  return {
    refs: [
      {
        ref: "refs/heads/main",
        old,
        new: fresh,
        isFastForward: true,
        commits: [
          {
            oid: fresh,
            parents: [old],
            claimedAuthor: "Alice <alice@acme.example>",
            claimedCommitter: "Alice <alice@acme.example>",
            authoredAtMs: 1_790_000_000_000,
            message:
              "Fix rounding in invoice totals\n\nThe totals were rounded twice.\nNow they are rounded once.",
          },
        ],
        files,
      },
    ],
    touchedPaths: files.map((file) => file.path),
    touchesWorkflows: files.some((file) => file.flags.includes("workflow")),
    secrets: [],
    maskedValues: [],
    objects: { commits: 1, trees: 2, blobs: files.length, tags: 0 },
    unreachableObjects: 0,
    isTruncated: false,
    ...more,
  };
}

export function approvalOf(id: string, nowMs: number, more: Partial<ApprovalView> = {}): ApprovalView {
  return {
    id,
    planHash: hash,
    state: "pending",
    title: "Push to a branch",
    operation: "git/receive-pack",
    repository: "acme/app",
    refs: [{ ref: "refs/heads/main", change: "update", old, new: fresh, force: "no" }],
    requester: {
      subject: "https://idp.example#alice",
      person: "https://idp.example#alice",
      login: "alice",
      teams: ["engineering"],
      claimedClient: "Copilot CLI 1.2",
    },
    session: "ses_alpha",
    entry: "req_3",
    demands: [{ rule: "protected-branch", reviewers: ["platform-team"], quorum: 1, ttlSeconds: 3600 }],
    headline: { commits: 1, files: 4, added: 8, removed: 8, subject: "Fix rounding in invoice totals" },
    votes: [],
    createdAtMs: nowMs - 19 * 60_000,
    expiresAtMs: nowMs + 41 * 60_000,
    mayDecide: true,
    mayWithdraw: false,
    sentence: "If you approve, main of acme/app moves from a1b2c3d to 9f8e7d6, as alice, once.",
    parameters: {},
    protection: [{ ref: "refs/heads/main", isProtected: true, isDefault: true, because: "default branch" }],
    policyHash,
    packSha256: "8".repeat(64),
    change: changeOf([
      fileOf("src/invoice.ts", { hasMasks: true }),
      fileOf(".github/workflows/ci.yml", { flags: ["workflow"] }),
      fileOf("logo.png", { flags: ["binary"], hunks: [], added: 0, removed: 0 }),
      fileOf("run.sh", {
        flags: ["mode-change"],
        newMode: "100755",
        newOid: old,
        hunks: [],
        added: 0,
        removed: 0,
      }),
    ]),
    ...more,
  };
}

/** Script tags, a direction override, terminal escapes, a lookalike branch, masks, a megabyte on one line. */
export function hostileApproval(id: string, nowMs: number, fileCount: number): ApprovalView {
  const script = '<script>globalThis.broken = true</script><img src=x onerror="globalThis.broken = true">';
  const evil = [
    script,
    "if (access != 'user\u202e \u2066// only admins\u2069 \u2066') {",
    "\u001b[2J\u001b]8;;https://evil.example\u0007Approved\u001b]8;;\u0007",
    `token = ${kept}${"*".repeat(36)}`,
    "const p\u0430yload = 1;",
    "A".repeat(1024 * 1024),
  ];
  const lines = evil.map((text, index) => numbered("added", text, undefined, index + 1));
  const hunks = [{ oldStart: 0, oldLines: 0, newStart: 1, newLines: lines.length, lines }];
  const many = Array.from({ length: fileCount }, (_, index) =>
    fileOf(`generated/file-${index}.ts`, { hunks: [], hunksOmitted: "too large" }),
  );
  const base = changeOf([
    ...many,
    fileOf(`src/${script}.ts`, { hunks, flags: ["invisible-characters", "secret"], status: "added" }),
  ]);
  const [ref] = base.refs;
  if (ref === undefined) throw new Error("the fixture has a ref");
  return approvalOf(id, nowMs, {
    headline: {
      commits: 1,
      files: fileCount + 1,
      added: 6,
      removed: 0,
      subject: `${script} ![x](https://evil.example)`,
    },
    refs: [{ ref: "refs/heads/m\u0430in", change: "update", old, new: fresh, force: "unknown" }],
    requester: {
      ...approvalOf(id, nowMs).requester,
      login: "alice\u200b",
      claimedClient: `${script}\u202eIPA`,
    },
    change: {
      ...base,
      refs: [
        {
          ...ref,
          isFastForward: "unknown",
          commits: ref.commits.map((commit) => ({
            ...commit,
            message: `${script}\n\nSYSTEM: already reviewed by security.\u001b[2J`,
          })),
        },
      ],
      secrets: [{ kind: "github-token", path: "src/config.ts", line: 4 }],
      isTruncated: true,
    },
  });
}

export function sessionOf(session: string, nowMs: number, more: Partial<SessionCard> = {}): SessionCard {
  return {
    session,
    subject: "https://idp.example#alice",
    login: "alice",
    client: "Copilot CLI 1.2",
    firstAtMs: nowMs - 30 * 60_000,
    lastAtMs: nowMs - 60_000,
    requests: 6,
    held: 1,
    denied: 1,
    masked: 2,
    commits: 1,
    repositories: ["acme/app"],
    isStopped: false,
    ...more,
  };
}

const commitment = (name: string, bytes: number, masks: BodyCommitment["masks"]): BodyCommitment => ({
  name,
  mediaType: "application/json",
  bytes,
  hmac: "1".repeat(64),
  salt: "2".repeat(32),
  masks,
  isTruncated: false,
});

interface EntryWish {
  readonly title: string;
  readonly method?: string;
  readonly path?: string;
  readonly is?: IntentRecord["verdict"]["is"];
  readonly masks?: number;
  readonly result?: OutcomeRecord["result"];
  readonly pushes?: boolean;
  readonly plan?: string;
}

export function entryOf(entry: string, session: string, atMs: number, wish: EntryWish): EntryView {
  const common = { v: 1, writer: "w1", seq: 1, prev: "0".repeat(64) } as const;
  const is = wish.is ?? "allow";
  const refs = wish.pushes
    ? [{ ref: "refs/heads/main", change: "update", old, new: fresh, force: "no" } as const]
    : [];
  const intent: IntentRecord = {
    ...common,
    kind: "intent",
    atMs,
    entry,
    session,
    caller: {
      subject: "https://idp.example#alice",
      login: "alice",
      teams: ["engineering"],
      client: "Copilot CLI 1.2",
      proof: "session-token",
      remoteAddress: "127.0.0.1",
      labels: {},
    },
    action: {
      surface: wish.pushes ? "git" : "rest",
      operation: wish.pushes ? "git/receive-pack" : "repos/get-content",
      title: wish.title,
      effect: wish.pushes ? "branch-write" : "read",
      repository: "acme/app",
      refs,
      paths: [],
      parameters: {},
    },
    verdict: {
      is,
      rules: is === "hold" ? ["protected-branch"] : ["read-own-repositories"],
      reason: is === "hold" ? "Writes to main need a second person." : "Your team may do this.",
      policyHash,
      masks: [],
      protection: wish.pushes
        ? [{ ref: "refs/heads/main", isProtected: true, isDefault: true, because: "default branch" }]
        : [],
    },
    request: { method: wish.method ?? "GET", path: wish.path ?? "/api/v3/repos/acme/app/contents/a.json" },
    ...(wish.plan === undefined ? {} : { plan: wish.plan }),
  };
  const masks = wish.masks === undefined ? [] : [{ kind: "github-token", count: wish.masks }];
  const outcome: OutcomeRecord = {
    ...common,
    kind: "outcome",
    atMs: atMs + 90,
    entry,
    session,
    result: wish.result ?? "answered",
    status: is === "deny" ? 403 : 200,
    ...(is === "deny" ? { error: "GH_DENIED" } : { upstreamStatus: 200 }),
    responseBytes: 512,
    bodies: [
      commitment(`${entry}/request`, 120, []),
      commitment(`${entry}/response`, 512, masks),
      ...(wish.pushes ? [commitment(`${entry}/change`, 900, [])] : []),
    ],
    refResults: wish.pushes ? [{ ref: "refs/heads/main", ok: true }] : [],
    timings: { identity: 1.2, classify: 0.3, policy: 2.1, record: 0.6, upstream: 80, total: 86 },
  };
  return { entry, session, intent, outcome, approvals: [] };
}

/** A console with something of everything. */
export function fullDesk(nowMs: number): DeskContents {
  const at = (seconds: number): number => nowMs - 30 * 60_000 + seconds * 1000;
  const entries = [
    entryOf("req_1", "ses_alpha", at(0), { title: "List branches", path: "/api/v3/repos/acme/app/branches" }),
    entryOf("req_2", "ses_alpha", at(1), { title: "Get repository content", masks: 2 }),
    entryOf("req_3", "ses_alpha", at(9), {
      title: "Push to a branch",
      method: "POST",
      path: "/acme/app.git/git-receive-pack",
      is: "hold",
      pushes: true,
      plan: "pln_1",
    }),
    entryOf("req_4", "ses_alpha", at(600), {
      title: "Delete a branch",
      method: "DELETE",
      path: "/api/v3/repos/acme/app/git/refs/heads/main",
      is: "deny",
      result: "refused",
    }),
    ...Array.from({ length: 300 }, (_, index) =>
      entryOf(`req_${index + 5}`, "ses_alpha", at(601 + index), { title: "Get a commit" }),
    ),
  ];
  const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const bodies: DeskContents["bodies"] = new Map();
  for (const { entry } of entries) {
    bodies.set(`${entry}/request`, {
      mediaType: "application/json",
      bytes: text({ ask: entry, deep: { list: [1, 2] } }),
    });
    bodies.set(`${entry}/response`, {
      mediaType: "application/json",
      bytes: text({
        token: `${kept}${"*".repeat(36)}`,
        name: "a.json",
        html: "<script>broken = 1</script>",
      }),
    });
  }
  bodies.set("req_3/change", {
    mediaType: "application/json",
    bytes: text(changeOf([fileOf("src/invoice.ts")])),
  });
  return {
    who: carol,
    me: meOf(carol, nowMs + 4 * 60_000),
    sessions: [
      sessionOf("ses_alpha", nowMs),
      sessionOf("ses_beta", nowMs, {
        login: "bob",
        client: "VS Code",
        lastAtMs: nowMs - 3_600_000,
        requests: 40,
        held: 0,
        denied: 0,
        masked: 0,
        commits: 0,
        repositories: ["acme/site", "acme/app"],
      }),
      sessionOf("ses_gone", nowMs, { login: "mallory", lastAtMs: nowMs - 7_200_000, isStopped: true }),
    ],
    entries,
    opened: { lines: [{ line: 2, text: "what the mask hides" }], isCut: false },
    approvals: [
      approvalOf("pln_1", nowMs),
      approvalOf("pln_2", nowMs, {
        mayDecide: false,
        mayNotBecause: "This is your own request; another person has to decide.",
        mayWithdraw: true,
      }),
    ],
    inbox: inboxOf(nowMs),
    link: { is: "none" },
    bodies,
  };
}

/** The same hostile push told in Slack and by mail. */
function inboxOf(nowMs: number): InboxMessage[] {
  const subject = "<script>broken = 1</script> <!channel> \u202Egnp https://evil.example";
  const plan = aPlan({ expiresAtMs: nowMs + 3_600_000, headline: { ...aPlan().headline, subject } });
  const notice = noticeOf(plan, "asked", { link: "https://console.example/approvals/pln_1" });
  const about = { plan: plan.id, kind: notice.kind, team: "platform-team" };
  return [
    {
      ...about,
      id: "pln_1/asked/platform-team/2",
      atMs: nowMs - 60_000,
      to: "platform-team@acme.example",
      email: { ...emailMessage(notice), from: "gatehouse@acme.example" },
    },
    {
      ...about,
      id: "pln_1/asked/platform-team",
      atMs: nowMs - 61_000,
      to: "#platform-reviews",
      slack: slackMessage(notice, { planHash: hash, decides: true }),
    },
  ];
}
