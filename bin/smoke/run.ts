// Runs the checks one after the other, each with a limit in time, and writes one line for each.
import type { Asked, Check } from "./checks.ts";

const checkMs = 60_000;

/** True when none failed. A check that lacks what it needs is skipped, and says so. */
export async function run(
  checks: readonly Check[],
  asked: Asked,
  write: (line: string) => void,
): Promise<boolean> {
  const counts = { ok: 0, skipped: 0, failed: 0 };
  for (const { proves, needs = [], look } of checks) {
    const missing = needs.filter((need) => (need === "aws" ? !isAws(asked) : asked[need] === undefined));
    if (missing.length > 0) {
      counts.skipped += 1;
      write(`skipped ${proves} (needs ${missing.map((need) => words[need]).join(", ")})`);
      continue;
    }
    const trouble = await outcome(look(asked, AbortSignal.timeout(checkMs)));
    counts[trouble === undefined ? "ok" : "failed"] += 1;
    write(trouble === undefined ? `ok      ${proves}` : `FAILED  ${proves}: ${trouble}`);
  }
  write(`${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0;
}

const words = {
  aws: "a deployment, with https",
  console: "--console",
  repository: "--repository",
  token: "GW_TOKEN",
} as const;

function isAws({ gateway }: Asked): boolean {
  return gateway.startsWith("https://");
}

async function outcome(look: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    const { cause } = error;
    return cause instanceof Error && cause.message !== ""
      ? `${error.message}: ${cause.message}`
      : error.message;
  }
}
