// Shares what is left of a rate limit among those who call, once little is left: one eager agent starves nobody.
import { GateError } from "../model/errors.ts";
import { header, type HeaderList } from "../model/http.ts";
import type { Clock } from "../model/ports.ts";

/** Below this part of the limit callers are held to their share. */
const lowWater = 0.25;
/** The gateway's own questions must not fail: what they decide is whether a branch is protected. */
const own = "gatehouse";
const mostCallers = 10_000;

export interface FairShare {
  /** Counts one call. Throws GH_RATE_SHARE when this caller has used up its share of what was left. */
  take(subject: string): void;
  heard(headers: HeaderList): void;
}

interface Low {
  /** How many calls were left when the share began to count. */
  readonly left: number;
  readonly used: Map<string, number>;
}

export function createFairShare(clock: Pick<Clock, "now">): FairShare {
  let resetMs = 0;
  let callers = new Set<string>();
  let low: Low | undefined;
  const freshWindow = (): void => {
    callers = new Set();
    low = undefined;
    resetMs = 0;
  };
  return {
    take(subject) {
      if (subject === own) return;
      const now = clock.now();
      if (resetMs !== 0 && now >= resetMs) freshWindow();
      if (callers.size < mostCallers) callers.add(subject);
      if (low === undefined) return;
      const used = low.used.get(subject) ?? 0;
      if (used >= Math.ceil(low.left / callers.size))
        throw new GateError("GH_RATE_SHARE", {
          seconds: String(Math.max(1, Math.ceil((resetMs - now) / 1000))),
        });
      low.used.set(subject, used + 1);
    },
    heard(headers) {
      const limit = Number(header(headers, "x-ratelimit-limit"));
      const left = Number(header(headers, "x-ratelimit-remaining"));
      const reset = Number(header(headers, "x-ratelimit-reset")) * 1000;
      // Search and GraphQL have limits of their own, which say nothing about this one.
      if ((header(headers, "x-ratelimit-resource") ?? "core") !== "core") return;
      if (!(limit > 0) || !(left >= 0) || !(reset > clock.now())) return;
      if (reset !== resetMs && resetMs !== 0 && reset > resetMs) freshWindow();
      resetMs = reset;
      if (left < limit * lowWater) low ??= { left, used: new Map() };
    },
  };
}
