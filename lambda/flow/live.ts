// The requests that are under way in this process: what a stop cuts, and what the sweeper leaves alone.
export interface LiveEntries {
  /** Enters the request; the signal aborts when its session is stopped. */
  enter(entry: string): LiveEntry;
  has(entry: string): boolean;
  /** Cuts all requests of a session. */
  stop(session: string): void;
  /** Aborts when the gateway is shutting down: whoever waits for a person says so and ends. */
  readonly closing: AbortSignal;
  /** Ends the waits; resolves when no request is left, or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  readonly count: number;
}

export interface LiveEntry {
  readonly signal: AbortSignal;
  /** Known once the caller is. */
  belongsTo(session: string): void;
  leave(): void;
}

export function createLiveEntries(): LiveEntries {
  const entries = new Map<string, { session?: string; controller: AbortController }>();
  const closing = new AbortController();
  let whenEmpty: (() => void) | undefined;
  return {
    closing: closing.signal,
    enter(entry) {
      const item: { session?: string; controller: AbortController } = { controller: new AbortController() };
      entries.set(entry, item);
      return {
        signal: item.controller.signal,
        belongsTo: (session) => {
          item.session = session;
        },
        leave: () => {
          entries.delete(entry);
          if (entries.size === 0) whenEmpty?.();
        },
      };
    },
    has: (entry) => entries.has(entry),
    stop(session) {
      for (const item of entries.values())
        if (item.session === session) item.controller.abort("session stopped");
    },
    drain(graceMs) {
      closing.abort("gateway is shutting down");
      if (entries.size === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    get count() {
      return entries.size;
    },
  };
}
