// The index over sessions: cards counted without a shared counter, and lists to find them by.
import type { Ids, SessionCard, SessionFilter, SessionTouch } from "../../model/ports.ts";
import type { Page } from "../../model/ports.ts";
import { cursorOf, cursorText } from "../cursor.ts";
import { numberIn, textIn } from "./expressions.ts";
import type { Item, Items } from "./items.ts";
import { createSessionTallies } from "./session-tallies.ts";
import { keys, short } from "./table.ts";

/** A card shows this many repositories at most. */
const maxRepositories = 100;
/** A session's partition holds one item per writer and one per mark. */
const maxParts = 5_000;
/** A filter that matches little looks at this many rounds of sessions, then hands out a cursor to go on. */
const maxRounds = 10;

export interface SessionIndex {
  touch(touches: readonly SessionTouch[]): Promise<void>;
  card(session: string): Promise<SessionCard | undefined>;
  /** Newest first, by the session's start, which never changes under a reader who pages. */
  list(filter: SessionFilter, page: { limit: number; after?: string }): Promise<Page<SessionCard>>;
}

interface Found {
  readonly card: SessionCard;
  readonly marks: ReadonlySet<string>;
}

export function createSessionIndex(items: Items, ids: Pick<Ids, "next">): SessionIndex {
  const tallies = createSessionTallies(items, ids);

  async function find(session: string): Promise<Found | undefined> {
    const { pk } = keys.session(session, "A#card");
    const parts = await items.query({ partition: pk, limit: maxParts });
    const card = parts.find(({ sk }) => sk === "A#card");
    return card && { card: cardOf(session, card, parts), marks: marksOf(parts) };
  }

  return {
    touch: (touches) => tallies.add(touches),
    card: async (session) => (await find(session))?.card,
    async list(filter, { limit, after }) {
      const partition = listOf(filter);
      let [below] = cursorOf(after, 1);
      const cards: SessionCard[] = [];
      for (let round = 0; round < maxRounds; round += 1) {
        const page = await items.query({
          index: "lists",
          partition,
          ...(below === undefined ? {} : { below: String(below) }),
          isDescending: true,
          limit: limit + 1,
        });
        const found = await Promise.all(page.map((item) => find(textIn(item, "pk").slice("S#".length))));
        for (const [at, each] of found.entries()) {
          const isWanted = each !== undefined && matches(each, filter);
          if (isWanted && cards.length === limit) return { items: cards, next: cursorText([below ?? ""]) };
          if (isWanted) cards.push(each.card);
          below = textIn(page[at] ?? {}, "at");
        }
        if (page.length <= limit) return { items: cards };
      }
      return { items: cards, next: cursorText([below ?? ""]) };
    },
  };
}

/** The list that is likely the shortest; the rest of the filter is checked on the cards. */
function listOf({ user, repository, day, decision }: SessionFilter): string {
  for (const [mark, value] of Object.entries({ user, repository, day, decision })) {
    if (value !== undefined) return `${mark}#${short(value)}`;
  }
  return "sessions";
}

function matches({ card, marks }: Found, { user, repository, day, decision }: SessionFilter): boolean {
  if (user !== undefined && card.login !== user && card.subject !== user) return false;
  return Object.entries({ repository, day, decision }).every(
    ([mark, value]) => value === undefined || marks.has(`${mark}#${short(value)}`),
  );
}

function marksOf(parts: readonly Item[]): Set<string> {
  return new Set(
    parts.map((part) => textIn(part, "sk")).flatMap((sk) => (sk.startsWith("M#") ? [sk.slice(2)] : [])),
  );
}

function cardOf(session: string, card: Item, parts: readonly Item[]): SessionCard {
  const counts = parts.filter((part) => textIn(part, "sk").startsWith("C#"));
  const sum = (name: string): number => counts.reduce((total, part) => total + numberIn(part, name), 0);
  const text = (name: string): string => (typeof card[name] === "string" ? card[name] : "");
  const firstAtMs = numberIn(card, "firstAtMs");
  const repositories = [...marksOf(parts)].flatMap((mark) =>
    mark.startsWith("repository#") ? [mark.slice("repository#".length)] : [],
  );
  return {
    session,
    subject: text("subject"),
    login: text("login"),
    client: text("client"),
    firstAtMs,
    lastAtMs: Math.max(firstAtMs, ...counts.map((part) => numberIn(part, "lastAtMs"))),
    requests: sum("requests"),
    held: sum("held"),
    denied: sum("denied"),
    masked: sum("masked"),
    commits: sum("commits"),
    repositories: repositories.sort().slice(0, maxRepositories),
    isStopped: card.isStopped === true || parts.some(({ sk }) => sk === "B#stop"),
  };
}
