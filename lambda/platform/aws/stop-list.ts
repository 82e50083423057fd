// The kill switch of all processes: asked on every request, and polled each second while somebody has live requests.
import type { Clock, StopList } from "../../model/ports.ts";
import { numberIn, textIn } from "./expressions.ts";
import type { Items } from "./items.ts";
import { keys, sortable } from "./table.ts";

/** How soon a stop made by another process reaches live requests here. */
const pollMs = 1_000;
/** How far clocks of two processes may be apart without a stop being missed. */
const skewMs = 10_000;
/** Each poll looks back over what a slow write or a missed poll may have left. */
const lookBackMs = 60_000;
const maxNews = 1_000;
const newsLiveSeconds = 86_400;

export interface AwsStopList extends StopList {
  close(): void;
}

export function createStopList(items: Items, clock: Clock): AwsStopList {
  const listeners = new Set<(session: string) => void>();
  /** What was told here already, and when; forgotten once no poll looks back that far. */
  const told = new Map<string, number>();
  let polling: AbortController | undefined;

  function tell(news: string, session: string): void {
    if (told.has(news)) return;
    told.set(news, clock.now());
    for (const listener of [...listeners]) listener(session);
  }

  async function look(sinceMs: number): Promise<void> {
    const nowMs = clock.now();
    const fromMs = Math.max(sinceMs - skewMs, nowMs - lookBackMs);
    for (const day of new Set([dayOf(fromMs), dayOf(nowMs + skewMs)])) {
      const { pk } = keys.stopNews(day, "");
      const found = await items.query({ partition: pk, above: sortable(fromMs), limit: maxNews });
      for (const item of found) tell(textIn(item, "sk"), textIn(item, "stopped"));
    }
    for (const [news, atMs] of told) if (atMs < nowMs - 2 * lookBackMs) told.delete(news);
  }

  async function poll(sinceMs: number, ended: AbortSignal): Promise<void> {
    while (true) {
      await clock.sleep(pollMs, ended);
      if (ended.aborted) return;
      // A table that cannot be read refuses every new request by itself; the next round asks again.
      await look(sinceMs).catch(() => undefined);
    }
  }

  function unwatch(listener: (session: string) => void): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    polling?.abort();
    polling = undefined;
  }

  return {
    /** Each step can be repeated; the session's own bar comes first, for it is what every request asks. */
    async stop({ session, subject, atMs, by }) {
      const nowMs = clock.now();
      await items.put({ ...keys.session(session, "B#stop"), subject, atMs, by });
      // A later stop bars the company tokens issued in between, too; an earlier one changes nothing.
      await items.put(
        { ...keys.bar(subject), atMs },
        { expression: "attribute_not_exists(#pk) OR #atMs < :atMs", values: { atMs } },
      );
      const news = `${sortable(nowMs)}#${session}`;
      await items.put({
        ...keys.stopNews(dayOf(nowMs), news),
        stopped: session,
        expiresAt: Math.ceil(nowMs / 1000) + newsLiveSeconds,
      });
      tell(news, session);
    },
    async isStopped({ session, subject, issuedAtMs, proof }) {
      const isCompany = proof === "company-token";
      const [stop, bar] = await Promise.all([
        items.get(keys.session(session, "B#stop")),
        isCompany ? items.get(keys.bar(subject)) : undefined,
      ]);
      // `iat` counts whole seconds: a token of the very second of the stop is barred.
      return stop !== undefined || (bar !== undefined && numberIn(bar, "atMs") >= issuedAtMs);
    },
    watch(listener) {
      // One entry per call, so that a listener given twice is also removed one by one.
      const own = (session: string): void => {
        listener(session);
      };
      if (polling === undefined) {
        polling = new AbortController();
        void poll(clock.now(), polling.signal);
      }
      listeners.add(own);
      return () => {
        unwatch(own);
      };
    },
    close() {
      listeners.clear();
      polling?.abort();
      polling = undefined;
    },
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
