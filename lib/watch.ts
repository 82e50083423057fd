// Alarms, whom they reach, and the dashboard that the woken person opens.
import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Key } from "aws-cdk-lib/aws-kms";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { wakes, type Wake, type Watched } from "./alarms.ts";
import { dashboard } from "./dashboard.ts";
import { logSignals } from "./log-signals.ts";

export interface WatchProps extends Watched {
  readonly key: Key;
}

export class Watch extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    const { stackName, account } = Stack.of(this);
    this.topic = new Topic(this, "Topic", {
      displayName: `${stackName} alarms`,
      masterKey: props.key,
      enforceSSL: true,
    });
    // A topic with a policy of its own no longer takes what the account may do by default.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsPublish",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
    );
    for (const address of props.config.alarms.email)
      this.topic.addSubscription(new EmailSubscription(address));
    const signals = logSignals(this, stackName, props.functions);
    this.alarms = [...wakes(props), ...signals].map((wake) => this.alarm(wake));
    dashboard(this, props, signals, this.alarms).applyRemovalPolicy(RemovalPolicy.DESTROY);
  }

  private alarm(wake: Wake): Alarm {
    const alarm = new Alarm(this, wake.id, {
      alarmName: `${Stack.of(this).stackName}-${wake.id}`,
      alarmDescription: wake.says,
      metric: wake.metric,
      threshold: wake.from,
      comparisonOperator:
        ComparisonOperator[
          wake.isSilenceBad === true
            ? "LESS_THAN_OR_EQUAL_TO_THRESHOLD"
            : "GREATER_THAN_OR_EQUAL_TO_THRESHOLD"
        ],
      evaluationPeriods: wake.periods ?? 1,
      treatMissingData:
        wake.isSilenceBad === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    return alarm;
  }
}
