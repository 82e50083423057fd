// The approval clock as a state machine: it only keeps time and wakes up; what happens is read from the plan each time.
import { Duration } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  IntegrationPattern,
  JsonPath,
  Pass,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from "aws-cdk-lib/aws-stepfunctions";
import { LambdaInvoke, type LambdaInvokeJsonPathProps } from "aws-cdk-lib/aws-stepfunctions-tasks";
import type { Construct } from "constructs";

/** What Lambda itself answers when the function could not be run: worth trying again, and nothing has happened. */
const notRun = [
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.ClientExecutionTimeoutException",
];

/**
 * Input: `{ plan, schedule }`. The approval function answers `advance` with `{ state, waitSeconds }`: how the plan stands,
 * and how long until something is due. A callback, whatever it says and whoever sends it, only ends the waiting early.
 */
export function approvalDefinition(scope: Construct, approval: IFunction): DefinitionBody {
  const ask = call(scope, "Do what is due: ask, remind, escalate or expire", approval, {
    payload: TaskInput.fromObject({ step: "advance", plan: JsonPath.stringAt("$.plan") }),
    resultSelector: {
      state: JsonPath.stringAt("$.Payload.state"),
      waitSeconds: JsonPath.numberAt("$.Payload.waitSeconds"),
    },
    resultPath: "$.now",
    taskTimeout: Timeout.duration(Duration.minutes(5)),
  });
  const wait = call(scope, "Wait for a person, or until something is due", approval, {
    integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    payload: TaskInput.fromObject({
      step: "advance",
      plan: JsonPath.stringAt("$.plan"),
      taskToken: JsonPath.taskToken,
    }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.at("$.now.waitSeconds"),
  });
  const pause = new Wait(scope, "Something failed: wait a minute before looking again", {
    time: WaitTime.duration(Duration.minutes(1)),
  });
  const carryOut = call(scope, "Carry out what was approved", approval, {
    payload: TaskInput.fromObject({ step: "carry-out", plan: JsonPath.stringAt("$.plan") }),
    resultPath: JsonPath.DISCARD,
    taskTimeout: Timeout.duration(Duration.minutes(15)),
  });
  const givenUp = new Fail(scope, "Given up: the plan needs a person to look at it", {
    error: "Gatehouse.GivenUp",
    cause: "The approval function kept failing. The plan keeps its state, and the sweep goes on trying.",
  });

  // Repeating a step is safe: each is one conditional write, and only one caller moves a plan to executing.
  for (const task of [ask, carryOut]) {
    task.addRetry({ errors: notRun, interval: Duration.seconds(2), maxAttempts: 6, backoffRate: 2 });
    task.addRetry({
      errors: ["States.ALL"],
      interval: Duration.seconds(10),
      maxAttempts: 5,
      backoffRate: 3,
      maxDelay: Duration.minutes(10),
    });
    task.addCatch(givenUp, { errors: ["States.ALL"], resultPath: "$.problem" });
  }
  wait.addRetry({ errors: notRun, interval: Duration.seconds(2), maxAttempts: 4, backoffRate: 2 });
  wait.addCatch(ask, { errors: ["States.Timeout", "States.HeartbeatTimeout"], resultPath: JsonPath.DISCARD });
  wait.addCatch(pause.next(ask), { errors: ["States.ALL"], resultPath: JsonPath.DISCARD });

  const start = new Pass(scope, "A plan waits for a person");
  const ended = new Succeed(scope, "Refused, expired or withdrawn");
  const done = new Succeed(scope, "Carried out, or the record says why not");
  return DefinitionBody.fromChainable(
    start.next(ask).next(
      new Choice(scope, "How does the plan stand?")
        .when(Condition.stringEquals("$.now.state", "pending"), wait.next(ask))
        .when(anyOf("$.now.state", ["approved", "executing"]), carryOut.next(done))
        .otherwise(ended),
    ),
  );
}

function anyOf(path: string, values: readonly string[]): Condition {
  return Condition.or(...values.map((value) => Condition.stringEquals(path, value)));
}

function call(
  scope: Construct,
  id: string,
  lambdaFunction: IFunction,
  props: Omit<LambdaInvokeJsonPathProps, "lambdaFunction" | "retryOnServiceExceptions">,
): LambdaInvoke {
  return LambdaInvoke.jsonPath(scope, id, { lambdaFunction, retryOnServiceExceptions: false, ...props });
}
