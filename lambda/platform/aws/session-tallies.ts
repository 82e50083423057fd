// Counts what this process wrote about each session, and stores its own sums: nobody adds to a number that others share.
import type { Ids, SessionTouch } from "../../model/ports.ts";
import { textIn } from "./expressions.ts";
import type { Items } from "./items.ts";
import { keys, short, sortable } from "./table.ts";

/** A process remembers this many sessions; one that comes back after that is counted in a second part. */
const maxSessions = 1_000;

const counted = ["requests", "held", "denied", "masked", "commits"] as const;

/**
 * The sums of one process for one session, written whole under a version. A write that is repeated, or that comes
 * late, changes nothing: there is no increment that could count twice. The card adds the parts of all processes.
 */
interface Tally {
  readonly part: string;
  version: number;
  lastAtMs: number;
  readonly sums: Record<(typeof counted)[number], number>;
  card: { readonly at: string; readonly isNamed: boolean; readonly isStopped: boolean } | undefined;
  readonly marks: Set<string>;
}

export function createSessionTallies(
  items: Items,
  ids: Pick<Ids, "next">,
): { add(touches: readonly SessionTouch[]): Promise<void> } {
  const tallies = new Map<string, Tally>();

  function tallyOf(session: string): Tally {
    const known = tallies.get(session);
    tallies.delete(session);
    const tally = known ?? {
      part: ids.next("part"),
      version: 0,
      lastAtMs: 0,
      sums: { requests: 0, held: 0, denied: 0, masked: 0, commits: 0 },
      card: undefined,
      marks: new Set<string>(),
    };
    tallies.set(session, tally);
    const [oldest] = tallies.keys();
    if (tallies.size > maxSessions && oldest !== undefined) tallies.delete(oldest);
    return tally;
  }

  /** The first writer of a session fixes when it began, the first intent whose it is. */
  async function storeCard(session: string, touch: SessionTouch, tally: Tally): Promise<string> {
    const { subject, login, client, isStopped } = touch;
    const isNews =
      tally.card === undefined ||
      (subject !== undefined && !tally.card.isNamed) ||
      (isStopped === true && !tally.card.isStopped);
    if (!isNews && tally.card !== undefined) return tally.card.at;
    const named = { ...(subject && { subject }), ...(login && { login }), ...(client && { client }) };
    const card = await items.update(keys.session(session, "A#card"), {
      set: { list: "sessions", ...(isStopped === true ? { isStopped } : {}) },
      setOnce: { firstAtMs: touch.atMs, at: `${sortable(touch.atMs)}#${session}`, ...named },
    });
    if (card === undefined) throw new Error("the session's card was not written");
    const at = textIn(card, "at");
    // A process may come second: the list it adds to is sorted by the start that the first one wrote.
    const owner = [card.subject, card.login].filter((name) => typeof name === "string");
    await Promise.all(owner.map((name) => storeMark(session, `user#${short(name)}`, at, tally)));
    tally.card = { at, isNamed: owner.length > 0, isStopped: card.isStopped === true };
    return at;
  }

  async function storeMark(session: string, mark: string, at: string, tally: Tally): Promise<void> {
    if (tally.marks.has(mark)) return;
    await items.put({ ...keys.session(session, `M#${mark}`), list: mark, at });
    tally.marks.add(mark);
  }

  async function storeSums(session: string, tally: Tally): Promise<void> {
    const { part, version, lastAtMs, sums } = tally;
    await items.update(
      keys.session(session, `C#${part}`),
      { set: { version, lastAtMs, ...sums } },
      { expression: "attribute_not_exists(#version) OR #version < :version", values: { version } },
    );
  }

  async function store(session: string, touches: readonly SessionTouch[], tally: Tally): Promise<void> {
    const sums = storeSums(session, tally);
    sums.catch(() => undefined);
    for (const touch of touches) {
      const at = await storeCard(session, touch, tally);
      await Promise.all(marksOf(touch).map((mark) => storeMark(session, mark, at, tally)));
    }
    await sums;
  }

  return {
    async add(touches) {
      const bySession = Map.groupBy(touches, ({ session }) => session);
      const writes = [...bySession].map(([session, own]) => {
        const tally = tallyOf(session);
        for (const touch of own) {
          for (const name of counted) tally.sums[name] += touch[name];
          tally.lastAtMs = Math.max(tally.lastAtMs, touch.atMs);
        }
        tally.version += 1;
        return store(session, own, tally);
      });
      await Promise.all(writes);
    },
  };
}

function marksOf({ atMs, repository, decision }: SessionTouch): string[] {
  return [
    `day#${new Date(atMs).toISOString().slice(0, 10)}`,
    ...(repository === undefined ? [] : [`repository#${short(repository)}`]),
    ...(decision === undefined ? [] : [`decision#${decision}`]),
  ];
}
