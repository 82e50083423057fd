// Where records are kept, and what they are found by: sessions, entries, and the commits that they brought.
import type { Oid } from "./action.ts";
import type { Page } from "./ports.ts";
import type { ChainedRecord, GateRecord } from "./record.ts";

/** What the session index keeps: one item per session, never one per request. */
export interface SessionCard {
  readonly session: string;
  readonly subject: string;
  readonly login: string;
  readonly client: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly requests: number;
  readonly held: number;
  readonly denied: number;
  readonly masked: number;
  /** Commits that reached GitHub in this session. */
  readonly commits: number;
  readonly repositories: readonly string[];
  readonly isStopped: boolean;
}

export interface SessionFilter {
  readonly user?: string;
  readonly repository?: string;
  /** UTC day, YYYY-MM-DD. */
  readonly day?: string;
  readonly decision?: "allow" | "hold" | "deny";
}

/** What one record adds to its session's card and to the indexes over sessions. */
export interface SessionTouch {
  readonly session: string;
  readonly atMs: number;
  /** Known from intents; the first caller of a session is kept. */
  readonly subject?: string;
  readonly login?: string;
  readonly client?: string;
  readonly requests: number;
  readonly held: number;
  readonly denied: number;
  readonly masked: number;
  readonly commits: number;
  readonly repository?: string;
  readonly decision?: "allow" | "hold" | "deny";
  readonly isStopped?: true;
}

export interface Landing {
  readonly commit: Oid;
  readonly entry: string;
}

export interface RecordStore {
  /**
   * Makes all of them durable, or none (throws), in bounded time. A key (`recordKey`) or a chain position that is
   * taken already throws RecordExists. `touches` go into the session index in the same step, and what outcomes say
   * `landed` into the index of commits.
   */
  append(batch: readonly ChainedRecord[], touches: readonly SessionTouch[]): Promise<void>;
  /** All records of one entry, in the order written. */
  entry(entry: string): Promise<readonly ChainedRecord[]>;
  /** The intents of a session, oldest first; without `after` from `fromMs` on, if that is given. */
  entriesOf(session: string, page: { limit: number; after?: string; fromMs?: number }): Promise<Page<string>>;
  /**
   * Which entries brought commits to a repository whose ids begin with `prefix` (4 to 40 hex digits): in the order of
   * the ids, and of one commit oldest first. The repository's name in any case.
   */
  landings(repository: string, prefix: string, limit: number): Promise<readonly Landing[]>;
  sessions(filter: SessionFilter, page: { limit: number; after?: string }): Promise<Page<SessionCard>>;
  session(session: string): Promise<SessionCard | undefined>;
  /** Entries with an intent and no outcome, older than `beforeMs`, at most `limit`. */
  orphans(beforeMs: number, limit: number): Promise<readonly string[]>;
  /** Everything one writer wrote, in its order: what `verify` walks. */
  chain(writer: string): AsyncIterable<ChainedRecord>;
  writers(): Promise<readonly string[]>;
  /** The newest event of this kind, if any. */
  lastEvent(event: string): Promise<GateRecord | undefined>;
}
