// What caused an entry, and the way from a commit back to the prompt that asked for it.
import type { Blame, EntryView } from "../model/api.ts";
import { GateError } from "../model/errors.ts";
import type { SessionCard } from "../model/ports.ts";
import { causesOf, lookBackMs } from "../record/lineage.ts";
import { promptText } from "../record/prompt-text.ts";
import { readBody } from "../record/read-body.ts";
import type { World } from "./world.ts";

/** Of more entries than this in so short a time none is led back: what was not looked at is not ruled out. */
const maxSteps = 5_000;
const stepsAtOnce = 500;
/** Executions on one page whose requests lie further back than the page looks. */
const maxLate = 20;
const maxLandings = 50;

export type ViewOf = (entry: string) => Promise<EntryView | undefined>;
type Sources = Pick<World, "records" | "plans">;

/** Entries of one session in its order, each with its cause. */
export async function withCauses(
  views: readonly EntryView[],
  viewOf: ViewOf,
  sources: Sources,
  { isStart }: { readonly isStart: boolean },
): Promise<readonly EntryView[]> {
  const [first] = views;
  const last = views.at(-1);
  if (first === undefined || last === undefined) return views;
  const before = isStart ? [] : await stepsUntil(first, last.intent.atMs, viewOf, sources);
  if (before === undefined) return views;
  const shown = new Set(views.map(({ entry }) => entry));
  const causes = new Map(causesOf([...before.filter(({ entry }) => !shown.has(entry)), ...views]));
  const late = views.filter(({ entry }) => entry.startsWith("exe_") && !causes.has(entry));
  for (const view of late.slice(0, maxLate)) {
    const { causedBy } = await withCause(view, viewOf, sources);
    if (causedBy !== undefined) causes.set(view.entry, causedBy);
  }
  return views.map((view) => {
    const causedBy = causes.get(view.entry);
    return causedBy === undefined ? view : { ...view, causedBy };
  });
}

/** One entry with its cause: for the execution of a plan that of the request which asked for it. */
export async function withCause(view: EntryView, viewOf: ViewOf, sources: Sources): Promise<EntryView> {
  const from = (await requestOf(view, viewOf, sources)) ?? view;
  const steps = (await stepsUntil(from, from.intent.atMs, viewOf, sources)) ?? [];
  const causedBy = causesOf(steps).get(from.entry);
  return causedBy === undefined ? view : { ...view, causedBy };
}

/** The request that a plan was made of, when the entry is its execution. */
async function requestOf(
  { entry, intent }: EntryView,
  viewOf: ViewOf,
  { plans }: Pick<Sources, "plans">,
): Promise<EntryView | undefined> {
  if (!entry.startsWith("exe_") || intent.plan === undefined) return undefined;
  const plan = await plans.get(intent.plan);
  return plan === undefined ? undefined : viewOf(plan.entry);
}

/** The session's entries among which a cause can lie; undefined when they are too many to look at. */
async function stepsUntil(
  first: EntryView,
  untilMs: number,
  viewOf: ViewOf,
  { records }: Pick<Sources, "records">,
): Promise<readonly EntryView[] | undefined> {
  const fromMs = first.intent.atMs - lookBackMs;
  const steps: EntryView[] = [];
  let after: string | undefined;
  while (steps.length <= maxSteps) {
    const page = { limit: stepsAtOnce, fromMs, ...(after === undefined ? {} : { after }) };
    const { items, next } = await records.entriesOf(first.session, page);
    steps.push(...(await Promise.all(items.map(viewOf))).filter((view) => view !== undefined));
    const isOver = next === undefined || (steps.at(-1)?.intent.atMs ?? 0) > untilMs;
    if (isOver) return steps.filter(({ intent }) => intent.atMs <= untilMs);
    after = next;
  }
  return undefined;
}

/**
 * Which prompt wrote a commit, named by its id or the front of it. `mayRead` says whose sessions the person may look
 * into; others are as if not there. Throws GH_COMMIT_UNKNOWN, or GH_BAD_QUERY where several commits fit.
 */
export async function blame(
  sought: { readonly repository: string; readonly commit: string },
  viewOf: ViewOf,
  mayRead: (card: SessionCard) => boolean,
  world: Pick<World, "records" | "plans" | "bodies">,
): Promise<Blame> {
  const { repository } = sought;
  const readable = new Map<string, EntryView>();
  for (const { commit, entry } of await world.records.landings(repository, sought.commit, maxLandings)) {
    if (readable.has(commit)) continue;
    const view = await viewOf(entry);
    const card = view === undefined ? undefined : await world.records.session(view.session);
    if (view !== undefined && card !== undefined && mayRead(card)) readable.set(commit, view);
  }
  const [found, other] = readable;
  if (found === undefined) throw new GateError("GH_COMMIT_UNKNOWN", sought);
  if (other !== undefined)
    throw new GateError("GH_BAD_QUERY", {
      why: `several commits begin with ${sought.commit}; give more digits`,
    });
  const [commit, view] = found;
  const [landed, requested] = await Promise.all([
    withCause(view, viewOf, world),
    requestOf(view, viewOf, world),
  ]);
  const asked = landed.causedBy === undefined ? undefined : await viewOf(landed.causedBy.entry);
  const prompt = asked === undefined ? undefined : await promptOf(asked, world);
  return {
    repository: view.outcome?.landed?.repository ?? repository,
    commit,
    landed,
    ...(requested === undefined ? {} : { requested }),
    ...(asked === undefined ? {} : { asked }),
    ...(prompt === undefined ? {} : { prompt }),
  };
}

/** All of it where the recorded body is whole, else the front that the intent keeps. */
async function promptOf(asked: EntryView, { bodies }: Pick<World, "bodies">): Promise<string | undefined> {
  const body = await readBody(bodies, `${asked.entry}/request`);
  const whole = body === undefined ? undefined : promptText(Buffer.from(body).toString());
  return whole ?? asked.intent.action.prompt;
}
