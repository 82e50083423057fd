// What wakes somebody up, as data: each alarm says what it means and what to do first.
import { Duration } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { MathExpression, Metric, type IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { Operation, type Table } from "aws-cdk-lib/aws-dynamodb";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import type { DeployConfig } from "./config.ts";
import type { NodeFunction } from "./node-function.ts";

export interface Watched {
  readonly api: RestApi;
  readonly functions: Readonly<Record<string, NodeFunction>>;
  readonly sweep: NodeFunction;
  readonly table: Table;
  readonly escrow: Bucket;
  readonly machine: StateMachine;
  readonly missed: Queue;
  readonly config: Pick<DeployConfig, "signingKeys" | "connector" | "alarms">;
}

export interface Wake {
  readonly id: string;
  readonly metric: IMetric;
  /** It wakes at this value or above. */
  readonly from: number;
  /** How many of the last periods have to be so. */
  readonly periods?: number;
  readonly says: string;
  /** Silence means that the thing itself stands still. */
  readonly isSilenceBad?: boolean;
}

const per = (minutes: number): { statistic: "Sum"; period: Duration } => ({
  statistic: "Sum",
  period: Duration.minutes(minutes),
});

export function wakes(watched: Watched): readonly Wake[] {
  const { api, functions, sweep, table, escrow, machine, missed, config } = watched;
  return [
    {
      id: "ServerErrors",
      metric: serverErrorShare(api),
      from: 5,
      periods: 3,
      says: "More than 5 % of road requests end in 5xx. Look at the gateway's errors, then at GitHub's status page.",
    },
    ...Object.entries(functions).flatMap(([name, { lambda }]): Wake[] => [
      {
        id: `${name}Errors`,
        metric: lambda.metricErrors(per(5)),
        from: 1,
        periods: 3,
        says: `The ${name} function fails or runs into its time-out again and again. Its log names the cause.`,
      },
      {
        id: `${name}Throttles`,
        metric: lambda.metricThrottles(per(5)),
        from: 1,
        says: `Calls of the ${name} function were turned away. Raise its concurrency, or see who keeps so many requests open.`,
      },
    ]),
    {
      id: "SweepStandsStill",
      metric: sweep.lambda.metricInvocations(per(5)),
      from: 0,
      says: "Nobody closes what crashes leave open: the schedule does not run.",
      isSilenceBad: true,
    },
    {
      id: "SweepMissed",
      metric: missed.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
      from: 1,
      says: "A sweep failed twice; its event is in the queue. Orphaned intents and stale escrow may be waiting.",
    },
    {
      id: "ApprovalsFailed",
      metric: machine.metricFailed(per(5)),
      from: 1,
      says: "An approval was given up: its plan needs a person. The failed execution is named after the plan.",
    },
    {
      id: "ApprovalsThrottled",
      metric: machine.metricThrottled(per(5)),
      from: 1,
      periods: 2,
      says: "Step Functions turns work away; approvals will be late.",
    },
    {
      id: "RecordsThrottled",
      metric: table.metricThrottledRequestsForOperations({ ...per(5), operations: tableWrites }),
      from: 1,
      periods: 2,
      says: "The record store turns writes away. What cannot be recorded is refused with 503.",
    },
    {
      id: "EscrowStays",
      metric: escrowObjects(escrow),
      from: 1_000,
      says: "Escrow should empty itself when plans end. Many plans wait, or the sweep does not remove what it should.",
    },
    ...ages(config, sweep),
  ];
}

/** Percent. */
export function serverErrorShare(api: RestApi): IMetric {
  return new MathExpression({
    expression: "IF(all > 20, 100 * bad / all, 0)",
    usingMetrics: { bad: api.metricServerError(per(5)), all: api.metricCount(per(5)) },
    period: Duration.minutes(5),
    label: "5xx, percent",
  });
}

export const tableWrites = [Operation.PUT_ITEM, Operation.UPDATE_ITEM];

/** KMS and Secrets Manager report no age, so it is counted from the day that the configuration names. */
function ages({ signingKeys, connector, alarms }: Watched["config"], sweep: NodeFunction): Wake[] {
  const dated = [
    ...signingKeys.map(({ name, since }) => ({ id: `Key-${name}`, what: `Signing key ${name}`, since })),
    { id: "ConnectorToken", what: "The token at GitHub", since: connector.since },
  ];
  return dated.map(({ id, what, since }) => ({
    id: `${id}Age`,
    metric: new MathExpression({
      // Any metric that always has values will do to have the time of day.
      expression: `(EPOCH(tick) - ${Date.parse(since) / 1000}) / 86400`,
      usingMetrics: { tick: sweep.lambda.metricInvocations(per(60)) },
      period: Duration.hours(1),
      label: `${what}: age in days`,
    }),
    from: alarms.keyAgeDays,
    says: `${what} is ${alarms.keyAgeDays} days old. docs/deploy.md says how to change it; then set "since" anew.`,
  }));
}

/** S3 counts once a day. */
export function escrowObjects(escrow: Bucket): Metric {
  return new Metric({
    namespace: "AWS/S3",
    metricName: "NumberOfObjects",
    dimensionsMap: { BucketName: escrow.bucketName, StorageType: "AllStorageTypes" },
    statistic: "Maximum",
    period: Duration.days(1),
  });
}
