// One page for the person on call, in the order of their questions: is it up, is it us or GitHub, who waits, what grows old.
import { Duration, Stack } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  TextWidget,
  type Alarm,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { escrowObjects, serverErrorShare, tableWrites, type Wake, type Watched } from "./alarms.ts";

const five = { period: Duration.minutes(5) };

export function dashboard(
  scope: Construct,
  watched: Watched,
  signals: readonly Wake[],
  alarms: readonly Alarm[],
): Dashboard {
  const { api, functions, table, escrow, machine } = watched;
  const lambdas = Object.values(functions).map(({ lambda }) => lambda);
  return new Dashboard(scope, "Dashboard", {
    dashboardName: Stack.of(scope).stackName,
    defaultInterval: Duration.hours(6),
    widgets: [
      [new AlarmStatusWidget({ title: "What is wrong now", alarms: [...alarms], width: 24, height: 4 })],
      [text("Is the road open? Refusals (4xx) are normal work; 5xx are not.")],
      [
        graph("Requests", [api.metricCount(five), api.metricClientError(five)]),
        graph("5xx, percent", [serverErrorShare(api)]),
        graph("Time to answer, ms", [
          api.metricLatency({ ...five, statistic: "p50" }),
          api.metricLatency({ ...five, statistic: "p99" }),
        ]),
      ],
      [
        graph(
          "Errors and time-outs",
          lambdas.map((lambda) => lambda.metricErrors(five)),
        ),
        graph(
          "Running at once",
          lambdas.map((lambda) => lambda.metric("ConcurrentExecutions", { ...five, statistic: "Maximum" })),
        ),
        graph(
          "Turned away",
          lambdas.map((lambda) => lambda.metricThrottles(five)),
        ),
      ],
      [text("Who waits for a person?")],
      [
        graph("Approvals", [
          machine.metricStarted(five),
          machine.metricSucceeded(five),
          machine.metricFailed(five),
        ]),
        graph("How long they take", [machine.metricTime({ ...five, statistic: "p50" })]),
        graph("Objects in escrow", [escrowObjects(escrow)]),
      ],
      [text("Do the promises hold? Everything here should be flat at zero.")],
      [
        graph(
          "From the logs",
          signals.map(({ metric }) => metric),
        ),
        graph("Record store turns away", [
          table.metricThrottledRequestsForOperations({ ...five, operations: tableWrites }),
        ]),
        graph("Record store, ms", [
          table.metricSuccessfulRequestLatency({
            ...five,
            statistic: "p99",
            dimensionsMap: { TableName: table.tableName, Operation: "PutItem" },
          }),
        ]),
      ],
    ],
  });
}

function text(markdown: string): TextWidget {
  return new TextWidget({ markdown: `## ${markdown}`, width: 24, height: 1 });
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}
