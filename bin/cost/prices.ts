// List prices of AWS (us-east-1, November 2026) and how much of what a request uses. Estimates: a bill was never seen.

export interface Usage {
  /** Millions in a month. */
  readonly requests: number;
  readonly ms: number;
  readonly memoryMb: number;
  readonly bodies: number;
  readonly answerKb: number;
  readonly heldPushes: number;
  readonly waitMinutes: number;
  readonly signingKeys: number;
  readonly storedGb: number;
}

export const defaults: Usage = {
  requests: 1,
  ms: 150,
  memoryMb: 512,
  bodies: 1,
  answerKb: 5,
  heldPushes: 500,
  waitMinutes: 10,
  signingKeys: 1,
  storedGb: 10,
};

export interface CostLine {
  readonly what: string;
  readonly assumed: string;
  /** US dollars in a month. */
  readonly dollars: number;
}

/** Dollars for a million, unless the name says otherwise. */
const price = {
  apiRequest: 3.5,
  lambdaRequest: 0.2,
  gbSecond: 0.0000133334,
  writeUnit: 0.625,
  readUnit: 0.125,
  s3Put: 5,
  kmsCall: 3,
  logGb: 0.5,
  egressGb: 0.09,
  transition: 25,
  event: 1,
  kmsKeyMonth: 1,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  metricMonth: 0.3,
  dashboardMonth: 3,
  storedGbMonth: 0.05,
} as const;

/** Intent and outcome with their indexes, the session's card, and its index. */
const writeUnits = 10;
/** Stop-list, the person, plans. */
const readUnits = 4;
/** Share of requests for which the authorizer really runs; otherwise its answer of the last minute counts. */
const authorizerShare = 0.2;
const logKb = 1.8;
const transitionsPerPlan = 14;
/** What the stack has, used or not. */
export const fixedCounts = { alarms: 26, metrics: 7, encryptionKeys: 2 } as const;
const sweepsAMonth = 43_800;
const sweepGbSeconds = 0.5 * 0.5;

export function monthly(usage: Usage): readonly CostLine[] {
  const { requests, ms, memoryMb, bodies, answerKb, heldPushes, waitMinutes, signingKeys, storedGb } = usage;
  const gb = memoryMb / 1024;
  const millionth = 1e-6;
  return [
    line("API Gateway", "one request each, answers below 10 MB", requests * price.apiRequest),
    line(
      "Lambda: calls",
      `one each, and the authorizer for ${authorizerShare * 100} %`,
      requests * (1 + authorizerShare) * price.lambdaRequest,
    ),
    line(
      "Lambda: time",
      `${ms} ms at ${memoryMb} MB, arm64`,
      requests * 1e6 * (ms / 1000) * gb * price.gbSecond,
    ),
    line(
      "DynamoDB",
      `${writeUnits} write and ${readUnits} read units each, on demand`,
      requests * (writeUnits * price.writeUnit + readUnits * price.readUnit),
    ),
    line("S3", `${bodies} recorded for each request, on average`, requests * bodies * price.s3Put),
    line("Logs", `${logKb} kB each`, requests * logKb * price.logGb),
    line("Out to the internet", `${answerKb} kB each`, requests * answerKb * price.egressGb),
    line(
      "Pushes that wait",
      `${heldPushes} of ${waitMinutes} minutes, with their state machine, events and keys`,
      heldPushes *
        (waitMinutes * 60 * gb * price.gbSecond +
          (transitionsPerPlan * price.transition + 8 * price.event + 2 * price.kmsCall) * millionth),
    ),
    line("Kept", `${storedGb} GB, S3 and DynamoDB together`, storedGb * price.storedGbMonth),
    line(
      "Each month, used or not",
      `${fixedCounts.encryptionKeys + signingKeys} keys, a secret, ${fixedCounts.alarms} alarms, ${fixedCounts.metrics} metrics, a dashboard, a sweep a minute`,
      (fixedCounts.encryptionKeys + signingKeys) * price.kmsKeyMonth +
        price.secretMonth +
        fixedCounts.alarms * price.alarmMonth +
        fixedCounts.metrics * price.metricMonth +
        price.dashboardMonth +
        sweepsAMonth * (sweepGbSeconds * price.gbSecond + price.lambdaRequest * millionth),
    ),
  ];
}

function line(what: string, assumed: string, dollars: number): CostLine {
  return { what, assumed, dollars };
}

/** As docs/deploy.md shows it. */
export function costTable(lines: readonly CostLine[]): string {
  const total = lines.reduce((sum, { dollars }) => sum + dollars, 0);
  const rows = [
    ["what", "assumed", "US $ a month"],
    ...lines.map(({ what, assumed, dollars }) => [what, assumed, dollars.toFixed(2)]),
    ["**Total**", "", `**${total.toFixed(2)}**`],
  ];
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const text = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  text.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return text.join("\n");
}
