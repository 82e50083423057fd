// Records in DynamoDB: one item each under its own key, so that one conditional put makes it durable and unique.
import { createHash } from "node:crypto";
import { RecordExists } from "../../model/errors.ts";
import type { Clock, Ids, RecordStore } from "../../model/ports.ts";
import { recordKey } from "../../model/record.ts";
import type { ChainedRecord, GateRecord } from "../../model/record.ts";
import { cursorOf, cursorText } from "../cursor.ts";
import { createCommitIndex } from "./commit-index.ts";
import { isNew, numberIn, textIn } from "./expressions.ts";
import type { Item, Items } from "./items.ts";
import { packed, unpacked } from "./packed.ts";
import { createSessionIndex } from "./session-index.ts";
import { indexes, keys, sortable } from "./table.ts";
import type { ItemKey } from "./table.ts";

/** How many records of a chain are read at once. */
const chainStep = 100;
/** Open intents are spread over this many partitions of their index: all requests of all callers pass through it. */
const openShards = 16;
/** Indexes follow the table within moments; a gap that stays for two seconds is one. */
const maxLateTries = 4;
const lateMs = 125;
const maxEntryRecords = 10_000;
const maxWriters = 100_000;

export function createRecordStore(
  items: Items,
  clock: Pick<Clock, "sleep">,
  ids: Pick<Ids, "next">,
): RecordStore {
  const index = createSessionIndex(items, ids);
  const commits = createCommitIndex(items);

  /** True when it is stored now; false when another record has its key. */
  async function store(link: ChainedRecord): Promise<boolean> {
    const key = keyOf(link.record);
    if (await items.put({ ...key, ...itemOf(link) }, isNew)) return true;
    // An earlier try of this very put may have got through although its answer did not.
    const stored = await items.get(key);
    return (
      stored?.hash === link.hash && stored.writer === link.record.writer && stored.seq === link.record.seq
    );
  }

  /** Most conflicts show before anything is written: then nothing of the batch is kept. */
  async function refuseTaken(batch: readonly ChainedRecord[]): Promise<void> {
    const names = new Map<string, string>();
    for (const { record } of batch) {
      const name = nameOf(keyOf(record));
      if (names.has(name)) throw new RecordExists(recordKey(record));
      names.set(name, recordKey(record));
    }
    if (batch.length === 1) return;
    for (const taken of await items.getAll(batch.map(({ record }) => keyOf(record)))) {
      const key = names.get(nameOf({ pk: textIn(taken, "pk"), sk: textIn(taken, "sk") }));
      if (key !== undefined) throw new RecordExists(key);
    }
  }

  /** An outcome takes its intent off the open ones. Left on it does no harm: `orphans` looks at the entry itself. */
  async function close(entry: string): Promise<void> {
    const open = { expression: "attribute_exists(#work)" };
    await items.update(keys.record(entry, "intent"), { remove: ["work"] }, open).catch(() => undefined);
  }

  async function openIntents(shard: number, beforeMs: number, limit: number): Promise<readonly Item[]> {
    return items.query({ index: "work", partition: `open#${shard}`, below: sortable(beforeMs), limit });
  }

  return {
    /**
     * In order, one after the other, so that whatever happens in between leaves the front of the batch and never a
     * gap in the chain. The session index follows; it says what the records say and can be made from them again.
     */
    async append(batch, touches) {
      await refuseTaken(batch);
      const [first] = batch;
      if (first?.record.seq === 0) await items.put(keys.writer(first.record.writer));
      for (const [at, link] of batch.entries()) {
        if (await store(link)) continue;
        const key = recordKey(link.record);
        // Whoever took it did so a moment ago; with a part of the batch kept this is no clean refusal any more.
        throw at === 0 ? new RecordExists(key) : new Error(`${key} was taken while its batch was written`);
      }
      const outcomes = batch.flatMap(({ record }) => (record.kind === "outcome" ? [record.entry] : []));
      await Promise.all([index.touch(touches), commits.add(batch), ...outcomes.map(close)]);
    },
    async entry(entry) {
      const found = await items.query({ partition: keys.record(entry, "").pk, limit: maxEntryRecords });
      return found.map(linkOf).sort((a, b) => inOrderWritten(a.record, b.record));
    },
    async entriesOf(session, { limit, after, fromMs }) {
      const [above = fromMs === undefined ? undefined : sortable(fromMs)] = cursorOf(after, 1);
      const found = await items.query({
        index: "session",
        partition: `intents#${session}`,
        ...(above === undefined ? {} : { above: String(above) }),
        limit: limit + 1,
      });
      const kept = found.slice(0, limit);
      const last = kept.at(-1);
      const entries = kept.map((item) => textIn(item, "pk").slice("E#".length));
      if (found.length <= limit || last === undefined) return { items: entries };
      return { items: entries, next: cursorText([textIn(last, "at")]) };
    },
    landings: (repository, prefix, limit) => commits.find(repository, prefix, limit),
    sessions: (filter, page) => index.list(filter, page),
    session: (session) => index.card(session),
    async orphans(beforeMs, limit) {
      const shards = Array.from({ length: openShards }, (_, shard) => openIntents(shard, beforeMs, limit));
      const open = (await Promise.all(shards))
        .flat()
        .sort((a, b) => (textIn(a, "at") < textIn(b, "at") ? -1 : 1));
      const entries = open.map((item) => textIn(item, "pk").slice("E#".length));
      const outcomes = await items.getAll(entries.map((entry) => keys.record(entry, "outcome")));
      const closed = new Set(outcomes.map((item) => textIn(item, "pk").slice("E#".length)));
      await Promise.all([...closed].map(close));
      return entries.filter((entry) => !closed.has(entry)).slice(0, limit);
    },
    async *chain(writer) {
      let above = -1;
      for (let tries = 0; ;) {
        const found = await items.query({ index: "chain", partition: writer, above, limit: chainStep });
        const isWhole = found.every((item, at) => numberIn(item, indexes.chain.sort) === above + 1 + at);
        // An index that is late must not look like a record that was taken out.
        if (!isWhole && tries < maxLateTries) {
          await clock.sleep(lateMs * 2 ** tries);
          tries += 1;
          continue;
        }
        tries = 0;
        const full = await items.getAll(
          found.map((item) => ({ pk: textIn(item, "pk"), sk: textIn(item, "sk") })),
        );
        yield* full.map(linkOf).sort((a, b) => a.record.seq - b.record.seq);
        const last = found.at(-1);
        if (found.length < chainStep || last === undefined) return;
        above = numberIn(last, indexes.chain.sort);
      }
    },
    async writers() {
      const found = await items.query({ partition: keys.writer("").pk, limit: maxWriters });
      return found.map((item) => textIn(item, "sk"));
    },
    async lastEvent(event) {
      const [newest] = await items.query({
        index: "lists",
        partition: `event#${event}`,
        isDescending: true,
        limit: 1,
      });
      if (newest === undefined) return undefined;
      const item = await items.get({ pk: textIn(newest, "pk"), sk: textIn(newest, "sk") });
      return item && linkOf(item).record;
    },
  };
}

/** An approval record stands under its entry, but its name is its place in the chain. */
function keyOf(record: GateRecord): ItemKey {
  switch (record.kind) {
    case "intent":
    case "outcome":
      return keys.record(record.entry, record.kind);
    case "plan":
      return keys.record(record.entry, `plan#${record.plan}`);
    case "approval":
      return keys.record(record.entry, `approval#${record.writer}#${sortable(record.seq)}`);
    case "event":
      return keys.event(record.writer, record.seq);
  }
}

const nameOf = ({ pk, sk }: ItemKey): string => JSON.stringify([pk, sk]);

function itemOf({ record, hash }: ChainedRecord): Item {
  const at = `${sortable(record.atMs)}#${record.writer}#${sortable(record.seq)}`;
  return {
    writer: record.writer,
    seq: record.seq,
    hash,
    at,
    ...packed(record),
    ...(record.kind === "event" ? { list: `event#${record.event}` } : {}),
    ...(record.kind === "intent"
      ? { session: `intents#${record.session}`, work: `open#${shardOf(record.entry)}` }
      : {}),
  };
}

function linkOf(item: Item): ChainedRecord {
  return { record: unpacked(item) as GateRecord, hash: textIn(item, "hash") };
}

function shardOf(entry: string): number {
  return (createHash("sha256").update(entry).digest()[0] ?? 0) % openShards;
}

const order: Record<GateRecord["kind"], number> = { intent: 0, plan: 1, approval: 2, outcome: 3, event: 4 };

/** One writer counts; between two there is only the clock, and a record's place in the story. */
function inOrderWritten(a: GateRecord, b: GateRecord): number {
  if (a.writer === b.writer) return a.seq - b.seq;
  return a.atMs - b.atMs || order[a.kind] - order[b.kind];
}
