// Lays the recorded stages of an entry end to end.
import type { Timings } from "../../model/record.ts";

export interface Stage {
  readonly name: string;
  readonly ms: number;
  /** Where it begins and how long it is, as shares of the whole, 0 to 1. */
  readonly from: number;
  readonly share: number;
}

const order = ["identity", "classify", "scan", "policy", "wait", "record", "upstream"] as const;

export function stagesOf(timings: Timings): readonly Stage[] {
  const taken = order.flatMap((name) => {
    const ms = timings[name];
    return ms === undefined ? [] : [{ name, ms }];
  });
  // Stages may overlap the total by rounding; the longer of the two is the whole.
  const whole = Math.max(
    timings.total,
    taken.reduce((sum, stage) => sum + stage.ms, 0),
    Number.MIN_VALUE,
  );
  let from = 0;
  return taken.map(({ name, ms }) => {
    const stage = { name, ms, from: from / whole, share: ms / whole };
    from += ms;
    return stage;
  });
}
