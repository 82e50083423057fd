// A session's entries with what caused them, and the way from a commit back to the prompt that asked for it.
import type { Blame, EntryView } from "../model/api.ts";
import { GateError } from "../model/errors.ts";
import type { SessionCard } from "../model/ports.ts";
import { causesOf } from "../record/lineage.ts";
import { promptText } from "../record/prompt-text.ts";
import { readBody } from "../record/read-body.ts";
import type { World } from "./world.ts";

/** Longer sessions are shown without causes past this: what was not looked at is not ruled out. */
const maxEntries = 1_000;
/** Sessions of a repository that a search for a commit looks at, newest first. */
const maxSessions = 200;

export type ViewOf = (entry: string) => Promise<EntryView | undefined>;

export function withCauses(views: readonly EntryView[]): readonly EntryView[] {
  const causes = causesOf(views);
  return views.map((view) => {
    const causedBy = causes.get(view.entry);
    return causedBy === undefined ? view : { ...view, causedBy };
  });
}

/** All entries from the session's start, with causes; undefined when there are too many to look at. */
export async function wholeSession(
  session: string,
  viewOf: ViewOf,
  { records }: Pick<World, "records">,
): Promise<readonly EntryView[] | undefined> {
  const { items, next } = await records.entriesOf(session, { limit: maxEntries });
  if (next !== undefined) return undefined;
  return withCauses((await Promise.all(items.map(viewOf))).filter((view) => view !== undefined));
}

/** Which prompt wrote a commit. `mayRead` says whose sessions the person may look into; others are as if not there. */
export async function blame(
  sought: { readonly repository: string; readonly commit: string },
  viewOf: ViewOf,
  mayRead: (card: SessionCard) => boolean | Promise<boolean>,
  world: Pick<World, "records" | "bodies">,
): Promise<Blame> {
  let after: string | undefined;
  for (let seen = 0; seen < maxSessions;) {
    const page = await world.records.sessions(
      { repository: sought.repository },
      { limit: 50, ...(after === undefined ? {} : { after }) },
    );
    for (const card of page.items) {
      if (!(await mayRead(card))) continue;
      const views = (await wholeSession(card.session, viewOf, world)) ?? [];
      const landed = await landingOf(sought, views, world);
      if (landed !== undefined) return { ...sought, ...(await asked(landed, views, world)) };
    }
    seen += page.items.length;
    if (page.next === undefined || page.items.length === 0) break;
    after = page.next;
  }
  throw new GateError("GH_NOT_FOUND", { what: "commit of this repository in the record" });
}

async function landingOf(
  { repository, commit }: { readonly repository: string; readonly commit: string },
  views: readonly EntryView[],
  world: Pick<World, "bodies">,
): Promise<EntryView | undefined> {
  for (const view of views) {
    const { intent, outcome } = view;
    const isThere = intent.action.repository?.toLowerCase() === repository.toLowerCase();
    const isLanded = outcome?.result === "answered" && outcome.refResults.some(({ ok }) => ok);
    if (!isThere || !isLanded) continue;
    if (intent.action.refs.some((ref) => ref.new === commit)) return view;
    if (await isInBodies(commit, [view, ...views.filter((other) => isSamePlan(view, other))], world))
      return view;
  }
  return undefined;
}

function isSamePlan(one: EntryView, other: EntryView): boolean {
  return one !== other && one.intent.plan !== undefined && one.intent.plan === other.intent.plan;
}

/** A push is recorded with its commits, and GitHub's answer to any other write names the one that it made. */
async function isInBodies(
  commit: string,
  views: readonly EntryView[],
  { bodies }: Pick<World, "bodies">,
): Promise<boolean> {
  const names = views
    .flatMap(({ outcome, plan }) => [...(outcome?.bodies ?? []), ...(plan?.bodies ?? [])])
    .map(({ name }) => name)
    .filter((name) => /\/(change|response)$/.test(name));
  for (const name of new Set(names)) {
    const body = await readBody(bodies, name);
    if (body !== undefined && Buffer.from(body).includes(`"${commit}"`)) return true;
  }
  return false;
}

async function asked(
  landed: EntryView,
  views: readonly EntryView[],
  { bodies }: Pick<World, "bodies">,
): Promise<Pick<Blame, "landed" | "asked" | "prompt">> {
  const source = views.find(({ entry }) => entry === landed.causedBy?.entry);
  if (source === undefined) return { landed };
  const body = await readBody(bodies, `${source.entry}/request`);
  const prompt = body === undefined ? undefined : promptText(Buffer.from(body).toString());
  return { landed, asked: source, ...(prompt === undefined ? {} : { prompt }) };
}
