// The console's side of the flow: what a person may read and do, each call checked by policy and, where it matters, recorded.
import type { Desk, SignedIn } from "../console/desk.ts";
import { withdraw } from "../approval/endings.ts";
import { consoleMay, type ConsoleRequest } from "../policy/console-may.ts";
import { explainIntent } from "../policy/explain.ts";
import type { SignIn } from "../identity/sign-in.ts";
import type { SessionCard } from "../model/ports.ts";
import type { EntryView, Me } from "../model/api.ts";
import { GateError } from "../model/errors.ts";
import { readBody } from "../record/read-body.ts";
import { approvalCard, approvalView } from "./approval-view.ts";
import { decidePlan, freshSignInMs, may as mayAbout, readablePlan } from "./decide.ts";
import { explainDraft } from "./explain.ts";
import { blame, withCause, withCauses } from "./lineage.ts";
import { finishLink, linkOf, startLink, unlink } from "./link.ts";
import { endPlan } from "./plan-steps.ts";
import { reveal } from "./reveal.ts";
import { stopSession } from "./stop.ts";
import type { World } from "./world.ts";

const entryPattern = /^(req|exe)_[a-z2-7]{26}$/;
/** One reading session of one person is recorded once in this time, not once a click. */
const readAgainMs = 10 * 60_000;

export function createDesk(world: World, signIn: SignIn): Desk {
  const reads = new Map<string, number>();

  const may = (who: SignedIn, request: ConsoleRequest) =>
    consoleMay(world.policies, world.config.roles, who, request);
  const require = (who: SignedIn, request: ConsoleRequest): void => {
    const answer = may(who, request);
    if (!answer.is) throw new GateError("GH_NOT_PERMITTED", { reason: answer.reason });
  };
  const recordReading = async (who: SignedIn, session: string): Promise<void> => {
    const key = `${who.subject} ${session}`;
    const now = world.clock.now();
    if (now - (reads.get(key) ?? -Infinity) < readAgainMs) return;
    await world.ledger.write([
      {
        kind: "event",
        event: "recording-read",
        subject: who.subject,
        login: who.login,
        about: session,
        details: {},
      },
    ]);
    if (reads.size > 10_000) reads.clear();
    reads.set(key, now);
  };
  const ownsSession = (who: SignedIn, id: string, subject: string): boolean =>
    may(who, { action: "readOwnRecordings", session: { id, owner: { subject } } }).is;
  /** To anybody else a session looks like one that does not exist. */
  const mayKnow = (who: SignedIn, id: string, subject: string): boolean =>
    ownsSession(who, id, subject) ||
    may(who, { action: "readAllRecordings" }).is ||
    may(who, { action: "stopSession", session: { id, owner: { subject } } }).is;
  const readableSession = async (who: SignedIn, id: string, what: "session" | "entry" = "session") => {
    const card = await world.records.session(id);
    if (card === undefined) throw new GateError("GH_NOT_FOUND", { what });
    const isOwn = ownsSession(who, id, card.subject);
    if (!isOwn && !may(who, { action: "readAllRecordings" }).is)
      throw new GateError("GH_NOT_FOUND", { what });
    if (!isOwn) await recordReading(who, id);
    return card;
  };
  const entryView = async (id: string): Promise<EntryView | undefined> => {
    const records = (await world.records.entry(id)).map(({ record }) => record);
    const intent = records.find((record) => record.kind === "intent");
    if (intent?.kind !== "intent") return undefined;
    const outcome = records.find((record) => record.kind === "outcome");
    const plan = records.find((record) => record.kind === "plan");
    return {
      entry: id,
      session: intent.session,
      intent,
      ...(outcome?.kind === "outcome" ? { outcome } : {}),
      ...(plan?.kind === "plan" ? { plan } : {}),
      approvals: records.filter((record) => record.kind === "approval"),
    };
  };
  const readableEntry = async (who: SignedIn, id: string): Promise<EntryView> => {
    const view = entryPattern.test(id) ? await entryView(id) : undefined;
    if (view === undefined) throw new GateError("GH_NOT_FOUND", { what: "entry" });
    await readableSession(who, view.session, "entry");
    return view;
  };

  return {
    startSignIn: (returnTo, request) =>
      signIn.start(returnTo, request, { isFresh: asksForFresh(request.target) }),
    finishSignIn: (request) => signIn.finish(request),
    signOut: (request) => signIn.signOut(request),
    signedIn: (request) => signIn.signedIn(request),

    me: (who) =>
      Promise.resolve<Me>({
        subject: who.subject,
        login: who.login,
        ...(who.name === undefined ? {} : { name: who.name }),
        teams: who.teams,
        may: {
          readAllRecordings: may(who, { action: "readAllRecordings" }).is,
          stopSessions: may(who, { action: "stopSession" }).is,
          decide: who.via === "browser" || world.config.isSandbox,
        },
        freshUntilMs: who.via === "browser" ? who.signedInAtMs + freshSignInMs : Number.MAX_SAFE_INTEGER,
        csrf: who.csrf,
        isSandbox: world.config.isSandbox,
      }),
    async sessions(who, filter, page) {
      if (may(who, { action: "readAllRecordings" }).is) return world.records.sessions(filter, page);
      if (filter.user !== undefined && filter.user !== who.login) return { items: [] };
      const list = await world.records.sessions({ ...filter, user: who.login }, page);
      // A login is what an issuer says today; only the subject says whose session it was.
      return { ...list, items: list.items.filter(({ subject }) => subject === who.subject) };
    },
    async session(who, id, page) {
      const card = await readableSession(who, id);
      const list = await world.records.entriesOf(id, page);
      const views = (await Promise.all(list.items.map(entryView))).filter((view) => view !== undefined);
      return {
        ...card,
        entries: await withCauses(views, entryView, world, { isStart: page.after === undefined }),
        ...(list.next === undefined ? {} : { next: list.next }),
      };
    },
    entry: async (who, id) => withCause(await readableEntry(who, id), entryView, world),
    async blame(who, repository, commit) {
      const mayRead = (card: SessionCard): boolean =>
        ownsSession(who, card.session, card.subject) || may(who, { action: "readAllRecordings" }).is;
      const found = await blame({ repository, commit }, entryView, mayRead, world);
      await readableSession(who, found.landed.session);
      return found;
    },
    explanation: async (who, id) => explainIntent(world.policies, (await readableEntry(who, id)).intent),
    explain: (who, draft) => explainDraft(who, draft, world),
    async body(who, entry, which) {
      const view = await readableEntry(who, entry);
      const commitments = [...(view.outcome?.bodies ?? []), ...(view.plan?.bodies ?? [])];
      const commitment = commitments.find(({ name }) => name === `${entry}/${which}`);
      if (commitment === undefined) return undefined;
      const bytes = await readBody(world.bodies, commitment.name);
      return bytes === undefined ? undefined : { mediaType: commitment.mediaType, bytes };
    },
    async approvals(who, states, page) {
      const list = await world.plans.list(states === undefined ? {} : { states }, page);
      const visible = list.items.filter((plan) => mayAbout(plan, "readApproval", who, world).is);
      const items = visible.map((plan) => approvalCard(plan, who, world));
      return { items, ...(list.next === undefined ? {} : { next: list.next }) };
    },
    approval: async (who, id) => approvalView(await readablePlan(id, who, world), who, world),
    decide: async (who, id, decision) => approvalView(await decidePlan(id, who, decision, world), who, world),
    async reveal(who, id, request) {
      const plan = await readablePlan(id, who, world);
      const answer = mayAbout(plan, "decide", who, world);
      if (!answer.is) throw new GateError("GH_NOT_PERMITTED", { reason: answer.reason });
      return reveal(plan, who, request, world);
    },
    async withdraw(who, id) {
      const plan = await readablePlan(id, who, world);
      const next = withdraw(plan, who);
      if (!(await endPlan(world, plan, "withdrawn", next.endReason ?? "taken back", { next })))
        throw new GateError("GH_PLAN_CHANGED");
      return approvalView(next, who, world);
    },
    async stop(who, session, reason) {
      const card = await world.records.session(session);
      if (card === undefined || !mayKnow(who, session, card.subject))
        throw new GateError("GH_NOT_FOUND", { what: "session" });
      require(who, { action: "stopSession", session: { id: session, owner: { subject: card.subject } } });
      await stopSession(session, card.subject, who, reason, world);
    },
    link: (who) => linkOf(who, world),
    startLink: (who) => startLink(who, world),
    finishLink: (who, answer) => finishLink(who, answer, world),
    unlink: (who) => unlink(who, world),
    inbox: (_who, page) => {
      if (!world.config.isSandbox || world.inbox === undefined)
        throw new GateError("GH_NOT_FOUND", { what: "inbox" });
      return world.inbox.list(page);
    },
  };
}

/** The page asks for a fresh proof of who is there before a decision. */
function asksForFresh(target: string): boolean {
  return new URLSearchParams(target.split("?", 2)[1] ?? "").get("fresh") === "1";
}
