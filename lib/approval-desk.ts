// Waiting for a person: the state machine that keeps time, and the function that it calls.
import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Key } from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import {
  CustomerManagedEncryptionConfiguration,
  LogLevel,
  StateMachine,
  StateMachineType,
} from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";
import { approvalDefinition } from "./approval-machine.ts";
import type { NodeFunction } from "./node-function.ts";
import { wildcardBecause } from "./reasons.ts";

export interface ApprovalDeskProps {
  readonly approval: NodeFunction;
  readonly key: Key;
  readonly machineName: string;
  readonly logRetention: RetentionDays;
}

/** The machine's ARN by its name: the function it calls needs to know it, too. */
export function machineArn(scope: Construct, machineName: string): string {
  return Stack.of(scope).formatArn({
    service: "states",
    resource: "stateMachine",
    resourceName: machineName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

export class ApprovalDesk extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: ApprovalDeskProps) {
    super(scope, id);
    const log = new LogGroup(this, "Log", {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.machine = new StateMachine(this, "Machine", {
      stateMachineName: props.machineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: approvalDefinition(this, props.approval.lambda),
      // Past the longest that a plan can wait (@ttl), so that nothing runs for ever.
      timeout: Duration.days(32),
      tracingEnabled: true,
      // The task token passes through the history; it must be readable by nobody else.
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(props.key, Duration.minutes(5)),
      // And it never goes into a log.
      logs: { destination: log, level: LogLevel.ALL, includeExecutionData: false },
    });
    wildcardBecause(
      this.machine,
      `${props.approval.lambda.functionArn}:*`,
      "Versions of the one function that the machine calls.",
    );
    wildcardBecause(
      this.machine,
      "*",
      "X-Ray and the delivery of Step Functions' logs know no resources (AWS documentation).",
    );
  }
}
