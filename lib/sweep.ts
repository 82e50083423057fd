// Every minute somebody looks whether a crash left something open; a look that failed twice is kept and alarmed.
import { Duration, Validations } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { NodeFunction } from "./node-function.ts";

export class Sweep extends Construct {
  readonly missed: Queue;

  constructor(scope: Construct, id: string, sweep: NodeFunction) {
    super(scope, id);
    this.missed = new Queue(this, "Missed", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.missed).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "It is the dead-letter queue of the schedule.",
    });
    new Rule(this, "EachMinute", {
      description: "Gatehouse: close what crashes left open",
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        new LambdaFunction(sweep.lambda, {
          deadLetterQueue: this.missed,
          retryAttempts: 1,
          // The next one looks at the same things.
          maxEventAge: Duration.minutes(5),
        }),
      ],
    });
  }
}
