// What functions say in their logs, counted: these lines mean that a promise was close to breaking.
import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { Wake } from "./alarms.ts";
import type { NodeFunction } from "./node-function.ts";

interface Signal {
  readonly id: string;
  /** The `event` of log lines that count. */
  readonly events: readonly string[];
  readonly says: string;
}

export const signals: readonly Signal[] = [
  {
    id: "OrphanedIntents",
    events: ["orphans-closed"],
    says: "Requests ended without an outcome and were closed as unknown: a function was killed, or ran out of memory or time. Look at their entries.",
  },
  {
    id: "NotRecorded",
    events: ["refusal-not-recorded"],
    says: "A refusal could not be recorded. Nothing went to GitHub, but the record has a gap; look at the record store.",
  },
  {
    id: "ExecutionsFailed",
    events: ["execution-failed", "recovery-postponed"],
    says: "Something that was approved could not be carried out. The plan says how far it came.",
  },
  {
    id: "EscrowNotRemoved",
    events: ["escrow-not-removed"],
    says: "Raw bytes stay in escrow longer than needed; the sweep tries again, and the bucket's lifecycle ends it.",
  },
  {
    id: "NoticesFailed",
    events: ["notice-failed"],
    says: "Reviewers were not told by Slack or e-mail; the console shows what waits. Look at the channel's secret and address.",
  },
  {
    id: "EventsFailed",
    events: ["event-failed", "events-failed"],
    says: "What happened did not reach the event bus; whoever listens there misses it. The record has it.",
  },
  {
    id: "InternalErrors",
    events: ["internal-error", "console-failed", "invocation-failed", "not-started"],
    says: "An error that the catalogue does not know. Its stack is in the log under the reference that the caller got.",
  },
];

/** Counts the signals of all functions, and says when to wake somebody. */
export function logSignals(
  scope: Construct,
  namespace: string,
  functions: Readonly<Record<string, NodeFunction>>,
): readonly Wake[] {
  return signals.map(({ id, events, says }) => {
    const filterPattern = FilterPattern.any(
      ...events.map((event) => FilterPattern.stringValue("$.event", "=", event)),
    );
    for (const [name, { log }] of Object.entries(functions))
      new MetricFilter(scope, `${id}-${name}`, {
        logGroup: log,
        filterPattern,
        metricNamespace: namespace,
        metricName: id,
        metricValue: "1",
      });
    const metric = new Metric({
      namespace,
      metricName: id,
      statistic: "Sum",
      period: Duration.minutes(5),
    });
    return { id, metric, from: 1, says };
  });
}
