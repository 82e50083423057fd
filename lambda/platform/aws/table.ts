// The one DynamoDB table: its keys and indexes, as data that the deployment builds from and the adapters write by.
import { createHash } from "node:crypto";

export const table = {
  partitionKey: "pk",
  sortKey: "sk",
  /** Seconds since 1970. DynamoDB deletes late, so readers check the time themselves. */
  timeToLive: "expiresAt",
} as const;

/**
 * Sparse indexes, keys only: an item is in an index while it carries the index's partition attribute. Readers fetch
 * the items themselves with consistent reads, so a late index shows old order, never old content.
 *
 * | index   | partition attribute holds                                  | sorted by |
 * | ------- | ---------------------------------------------------------- | --------- |
 * | chain   | a writer                                                   | seq       |
 * | lists   | `sessions`, `user#…`, `repository#…`, `day#…`, `decision#…`, `plans`, `event#…` | at |
 * | session | `intents#<session>`, `plans#<session>`                     | at        |
 * | person  | `plans#<subject>`                                          | at        |
 * | work    | `open#<shard>` (intents without outcome), `plans#<state>`  | at        |
 */
export const indexes = {
  chain: { name: "chain", partition: "writer", sort: "seq", sortType: "N" },
  lists: { name: "lists", partition: "list", sort: "at", sortType: "S" },
  session: { name: "session", partition: "session", sort: "at", sortType: "S" },
  person: { name: "person", partition: "person", sort: "at", sortType: "S" },
  work: { name: "work", partition: "work", sort: "at", sortType: "S" },
} as const;

export type IndexName = keyof typeof indexes;

/** Names the items of the table: everything about one thing shares a partition, and no partition is everybody's. */
export const keys = {
  /** Intent, outcome, plan and approvals of one entry, under `recordSortKey`. */
  record: (entry: string, sort: string) => ({ pk: `E#${entry}`, sk: sort }),
  /** An event has no entry: it is alone at its place in the chain. */
  event: (writer: string, seq: number) => ({ pk: `V#${writer}#${seq}`, sk: "event" }),
  writer: (writer: string) => ({ pk: "WRITERS", sk: writer }),
  /** A session's card, its stop, what each writer counted, and what it is found by. */
  session: (session: string, sort: SessionPart) => ({ pk: `S#${session}`, sk: sort }),
  /** A commit that came to GitHub: under the front of its id, so that a shortened one finds it in one partition. */
  landing: (repository: string, oid: string, sort: string) => ({
    pk: `G#${short(repository.toLowerCase())}#${oid.slice(0, 4)}`,
    sk: sort,
  }),
  plan: (plan: string) => ({ pk: `P#${plan}`, sk: "PLAN" }),
  taskToken: (plan: string) => ({ pk: `P#${plan}`, sk: "TOKEN" }),
  /** Which plan of this session and hash is alive. */
  livePlan: (session: string, hash: string) => ({ pk: `L#${session}#${hash}`, sk: "LIVE" }),
  person: (subject: string) => ({ pk: `U#${short(subject)}`, sk: "PERSON" }),
  bar: (subject: string) => ({ pk: `U#${short(subject)}`, sk: "BAR" }),
  stopNews: (day: string, sort: string) => ({ pk: `STOPS#${day}`, sk: sort }),
  keyed: (keyHash: string) => ({ pk: `K#${keyHash}`, sk: "VALUE" }),
} as const;

export type SessionPart = "A#card" | "B#stop" | `C#${string}` | `M#${string}`;

export type ItemKey = Readonly<Record<typeof table.partitionKey | typeof table.sortKey, string>>;

/** Numbers as text that sorts like the numbers: milliseconds and sequence numbers have at most 15 digits. */
export function sortable(value: number): string {
  return String(value).padStart(15, "0");
}

/** Keys have limits (1024 bytes for a sort key): a text from outside that is too long stands as its hash. */
export function short(text: string): string {
  return Buffer.byteLength(text) <= 500 ? text : `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
