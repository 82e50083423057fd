// `gatehouse simulate`: what draft policies would have decided otherwise, over the recorded requests of a data folder.
import { resolve } from "node:path";
import { simulate, type Simulation } from "../../lambda/flow/simulate.ts";
import { openLocalReader } from "../../lambda/platform/local/platform.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { defaultDataDir } from "./paths.ts";

export interface SimulateOptions {
  readonly policies: string;
  readonly since: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly failOnChange?: boolean;
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Throws PolicyError when the draft is not accepted. */
export async function simulateFolder(
  options: SimulateOptions,
  nowMs: number,
): Promise<{ readonly text: string; readonly isChanged: boolean }> {
  const sinceMs = nowMs - durationOf(options.since);
  const draft = loadPolicies(await readPolicies(resolve(options.policies), options.policies));
  const store = await openLocalReader(resolve(options.data ?? defaultDataDir));
  try {
    const simulation = await simulate(store.records, draft, sinceMs);
    return {
      text: options.json === true ? JSON.stringify(simulation) : told(simulation),
      isChanged: simulation.changes.length > 0,
    };
  } finally {
    await store.close();
  }
}

function durationOf(text: string): number {
  const [, amount = "", unit = ""] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (units[unit] ?? 0);
  if (ms > 0) return ms;
  throw new Error(`--since ${text} not accepted. Expected: 90m, 12h or 7d.`);
}

function told({ asked, skipped, isCut, changes }: Simulation): string {
  const lines = changes.flatMap(({ from, to, count, examples }) => [
    `${count} × ${from} → ${to}`,
    ...examples.map(
      ({ entry, login, title, repository, reason }) =>
        `    ${entry}  ${login}: ${title}${repository === undefined ? "" : ` in ${repository}`} – ${reason}`,
    ),
  ]);
  const changed = changes.reduce((sum, { count }) => sum + count, 0);
  return [
    ...lines,
    `${changed} of ${asked} recorded requests would be decided otherwise.`,
    ...(skipped === 0
      ? []
      : [`${skipped} were refused before the rules were asked, or are of an older gateway.`]),
    ...(isCut ? ["There are more than can be asked about at once; choose a shorter --since."] : []),
  ].join("\n");
}
