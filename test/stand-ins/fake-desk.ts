// A desk in memory, for tests of the console: it answers with whatever the test put on it, and remembers the calls.
import type { ApprovalView, EntryView, Me, OpenedMasks } from "../../lambda/model/api.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { streamOf, type Answer, type GatewayRequest } from "../../lambda/model/http.ts";
import type { Explanation } from "../../lambda/model/explanation.ts";
import type { LinkView } from "../../lambda/model/links.ts";
import type { InboxMessage } from "../../lambda/model/notices.ts";
import type { SessionCard } from "../../lambda/model/ports.ts";
import type { Desk, SignedIn } from "../../lambda/console/desk.ts";

export interface DeskContents {
  who: SignedIn | undefined;
  me: Me;
  sessions: SessionCard[];
  entries: EntryView[];
  approvals: ApprovalView[];
  /** What every mask hides. */
  opened: OpenedMasks;
  inbox: InboxMessage[];
  link: LinkView;
  /** By `<entry>/request`, `<entry>/response`, `<entry>/change`. */
  bodies: Map<string, { mediaType: string; bytes: Uint8Array }>;
}

export interface FakeDesk extends Desk {
  readonly contents: DeskContents;
  /** Name of each call and its arguments after the person. */
  readonly calls: { readonly call: string; readonly with: readonly unknown[] }[];
  /** The next call of this name throws this. */
  failNext(call: string, error: Error): void;
}

const redirect = (to: string): Answer => ({ status: 303, headers: [["Location", to]], body: streamOf() });

const nothingKnown = {
  effect: "read",
  refs: [],
  verdict: { is: "allow", rules: [], reason: "" },
  rules: [],
  facts: [],
  whatIfs: [],
} as const;

function anExplanation({ entry, intent: { caller, action, verdict } }: EntryView): Explanation {
  const { operation, title, effect } = action;
  return {
    ...nothingKnown,
    entry,
    login: caller.login,
    operation,
    title,
    effect,
    verdict,
    facts: [`you are in ${caller.teams.join(", ")}`],
    whatIfs: [
      {
        if: "you were in no team",
        then: { is: "deny", rules: [], reason: "no rule lets you write to main" },
      },
    ],
  };
}

export function fakeDesk(contents: DeskContents): FakeDesk {
  const calls: FakeDesk["calls"] = [];
  const failures = new Map<string, Error>();
  const noted = async (call: string, ...given: unknown[]): Promise<void> => {
    await Promise.resolve();
    calls.push({ call, with: given });
    const failure = failures.get(call);
    failures.delete(call);
    if (failure !== undefined) throw failure;
  };
  const approvalOf = (id: string): ApprovalView => {
    const found = contents.approvals.find((view) => view.id === id);
    if (found === undefined) throw new GateError("GH_NOT_FOUND", { what: "approval" });
    return found;
  };
  const change = (id: string, to: Partial<ApprovalView>): ApprovalView => {
    const next = { ...approvalOf(id), ...to };
    contents.approvals = contents.approvals.map((view) => (view.id === id ? next : view));
    return next;
  };
  return {
    contents,
    calls,
    failNext: (call, error) => {
      failures.set(call, error);
    },
    async startSignIn(returnTo: string, request: GatewayRequest) {
      await noted("startSignIn", returnTo, request.target);
      return redirect(returnTo);
    },
    async finishSignIn(request) {
      await noted("finishSignIn", request.target);
      return redirect("/");
    },
    async signOut() {
      await noted("signOut");
      return redirect("/");
    },
    async signedIn() {
      await noted("signedIn");
      if (contents.who === undefined) throw new GateError("GH_SIGN_IN_REQUIRED");
      return contents.who;
    },
    async me() {
      await noted("me");
      return contents.me;
    },
    async sessions(_who, filter, page) {
      await noted("sessions", filter, page);
      const items = contents.sessions.filter(
        (card) =>
          (filter.user === undefined || card.login === filter.user) &&
          (filter.repository === undefined || card.repositories.includes(filter.repository)) &&
          (filter.decision !== "hold" || card.held > 0) &&
          (filter.decision !== "deny" || card.denied > 0),
      );
      return { items: items.slice(0, page.limit) };
    },
    async session(_who, id, page) {
      await noted("session", id, page);
      const card = contents.sessions.find((candidate) => candidate.session === id);
      if (card === undefined) throw new GateError("GH_NOT_FOUND", { what: "session" });
      const all = contents.entries.filter((entry) => entry.session === id);
      const from = page.after === undefined ? 0 : Number(page.after);
      const to = from + page.limit;
      return { ...card, entries: all.slice(from, to), ...(to < all.length ? { next: String(to) } : {}) };
    },
    async blame(_who, repository, commit) {
      await noted("blame", repository, commit);
      const landed = contents.entries.find(
        ({ outcome }) =>
          outcome?.landed?.repository === repository &&
          outcome.landed.commits[0]?.startsWith(commit) === true,
      );
      if (landed === undefined) throw new GateError("GH_COMMIT_UNKNOWN", { repository, commit });
      const asked = contents.entries.find(({ entry }) => entry === landed.causedBy?.entry);
      const prompt = asked?.intent.action.prompt;
      return {
        repository,
        commit: landed.outcome?.landed?.commits[0] ?? commit,
        landed,
        ...(asked && { asked }),
        ...(prompt !== undefined && { prompt }),
      };
    },
    async entry(_who, id) {
      await noted("entry", id);
      const found = contents.entries.find((candidate) => candidate.entry === id);
      if (found === undefined) throw new GateError("GH_NOT_FOUND", { what: "entry" });
      return found;
    },
    async explanation(_who, id) {
      await noted("explanation", id);
      const entry = contents.entries.find((candidate) => candidate.entry === id);
      if (entry === undefined) throw new GateError("GH_NOT_FOUND", { what: "entry" });
      return anExplanation(entry);
    },
    async explain(_who, draft) {
      await noted("explain", draft);
      if ("push" in draft) return { ...nothingKnown, login: "alice", operation: "push", title: draft.push };
      const { method, path } = draft;
      return { ...nothingKnown, login: "alice", operation: path, title: `${method} ${path}` };
    },
    async body(_who, entry, which) {
      await noted("body", entry, which);
      return contents.bodies.get(`${entry}/${which}`);
    },
    async approvals(_who, states, page) {
      await noted("approvals", states, page);
      const items = contents.approvals.filter((view) => states?.includes(view.state) ?? true);
      return { items: items.slice(0, page.limit) };
    },
    async approval(_who, id) {
      await noted("approval", id);
      return approvalOf(id);
    },
    async decide(who, id, decision) {
      await noted("decide", id, decision);
      const view = approvalOf(id);
      if (view.planHash !== decision.planHash) throw new GateError("GH_PLAN_CHANGED");
      const { subject, person, login, teams } = who;
      const vote = { subject, person, login, teams, decision: decision.decision, reason: decision.reason };
      return change(id, {
        state: decision.decision === "approve" ? "approved" : "denied",
        votes: [...view.votes, { ...vote, atMs: view.createdAtMs + 1000 }],
      });
    },
    async reveal(_who, id, request) {
      await noted("reveal", id, request);
      approvalOf(id);
      return contents.opened;
    },
    async withdraw(_who, id) {
      await noted("withdraw", id);
      return change(id, { state: "withdrawn", mayWithdraw: false });
    },
    async stop(_who, session, reason) {
      await noted("stop", session, reason);
      contents.sessions = contents.sessions.map((card) =>
        card.session === session ? { ...card, isStopped: true } : card,
      );
    },
    async link() {
      await noted("link");
      return contents.link;
    },
    async startLink() {
      await noted("startLink");
      return { address: "/account?code=c1&state=" + "s".repeat(43) };
    },
    async finishLink(_who, answer) {
      await noted("finishLink", answer);
      contents.link = { is: "linked", account: { id: 11, login: "octo" }, sinceMs: 0 };
      return contents.link;
    },
    async unlink() {
      await noted("unlink");
      contents.link = { is: "none" };
      return contents.link;
    },
    async inbox(_who, page) {
      await noted("inbox", page);
      return { items: contents.inbox.slice(0, page.limit) };
    },
  };
}
