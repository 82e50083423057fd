// Step Functions at the level of its API: executions by name, and task tokens that are good once. What an execution does is up to a hook.
import { randomBytes } from "node:crypto";
import { AwsError, optionalText, text, type JsonInput, type JsonOperations } from "./aws-error.ts";

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startedAtMs: number;
  status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED" | "TIMED_OUT";
  output?: string;
  error?: string;
  cause?: string;
}

export type TaskResult =
  | { readonly is: "success"; readonly output: string }
  | { readonly is: "failure"; readonly error: string; readonly cause: string }
  | { readonly is: "timed-out" };

export interface StepFunctionsStandIn {
  readonly operations: JsonOperations;
  readonly executions: ReadonlyMap<string, Execution>;
  createStateMachine(name: string): string;
  /** Called for each new execution: run the synthesised machine here, and end the execution with `finish`. */
  onStart: (execution: Execution) => void;
  onStop: (execution: Execution) => void;
  /** A token for one waiting task; `result` resolves when somebody answers it, or when `expire` ends the wait. */
  taskToken(): {
    readonly token: string;
    readonly result: Promise<TaskResult>;
    heartbeats(): number;
    expire(): void;
  };
  finish(arn: string, end: Pick<Execution, "status" | "output" | "error" | "cause">): void;
}

interface Task {
  settle(result: TaskResult): void;
  isOver: boolean;
  heartbeats: number;
}

const machinePrefix = "arn:aws:states:us-east-1:123456789012:stateMachine:";
const executionName = /^[\w.-]{1,80}$/;

export function createStepFunctionsStandIn(): StepFunctionsStandIn {
  const machines = new Set<string>();
  const executions = new Map<string, Execution>();
  const tasks = new Map<string, Task>();

  function execution(input: JsonInput): Execution {
    const arn = text(input, "executionArn");
    const found = executions.get(arn);
    if (found === undefined)
      throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  /** Each token is answered once; AWS says TaskTimedOut of one that is over, whatever the reason. */
  function task(input: JsonInput): Task {
    const token = text(input, "taskToken");
    if (!/^[\w+/=-]{20,1024}$/.test(token)) throw new AwsError("InvalidToken", "Invalid token");
    const found = tasks.get(token);
    if (found === undefined) throw new AwsError("InvalidToken", "Invalid token");
    if (found.isOver)
      throw new AwsError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    return found;
  }

  const standIn: StepFunctionsStandIn = {
    executions,
    onStart: () => undefined,
    onStop: () => undefined,
    createStateMachine(name) {
      machines.add(machinePrefix + name);
      return machinePrefix + name;
    },
    taskToken() {
      const token = randomBytes(48).toString("base64");
      let settle: (result: TaskResult) => void = () => undefined;
      const result = new Promise<TaskResult>((resolve) => {
        settle = resolve;
      });
      const own: Task = { settle, isOver: false, heartbeats: 0 };
      tasks.set(token, own);
      return {
        token,
        result,
        heartbeats: () => own.heartbeats,
        expire() {
          own.isOver = true;
          settle({ is: "timed-out" });
        },
      };
    },
    finish(arn, end) {
      const found = executions.get(arn);
      if (found?.status === "RUNNING") Object.assign(found, end);
    },
    operations: {
      CreateStateMachine(input) {
        const name = text(input, "name");
        return { stateMachineArn: standIn.createStateMachine(name), creationDate: 1_700_000_000 };
      },
      StartExecution(input) {
        const stateMachineArn = text(input, "stateMachineArn");
        if (!machines.has(stateMachineArn))
          throw new AwsError(
            "StateMachineDoesNotExist",
            `State Machine Does Not Exist: '${stateMachineArn}'`,
          );
        const name = optionalText(input, "name") ?? randomBytes(8).toString("hex");
        if (!executionName.test(name)) throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
        const given = optionalText(input, "input") ?? "{}";
        try {
          JSON.parse(given);
        } catch {
          throw new AwsError("InvalidExecutionInput", "Invalid State Machine Execution Input");
        }
        const arn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
        const before = executions.get(arn);
        if (before !== undefined && (before.status !== "RUNNING" || before.input !== given))
          throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
        if (before !== undefined) return { executionArn: arn, startDate: before.startedAtMs / 1000 };
        const started: Execution = {
          arn,
          name,
          stateMachineArn,
          input: given,
          startedAtMs: Date.now(),
          status: "RUNNING",
        };
        executions.set(arn, started);
        setImmediate(() => {
          standIn.onStart(started);
        });
        return { executionArn: arn, startDate: started.startedAtMs / 1000 };
      },
      DescribeExecution(input) {
        const { arn, name, stateMachineArn, status, output, error, cause, startedAtMs, ...rest } =
          execution(input);
        return {
          executionArn: arn,
          name,
          stateMachineArn,
          status,
          output,
          error,
          cause,
          startDate: startedAtMs / 1000,
          input: rest.input,
        };
      },
      StopExecution(input) {
        const found = execution(input);
        if (found.status === "RUNNING") {
          found.status = "ABORTED";
          standIn.onStop(found);
        }
        return { stopDate: Date.now() / 1000 };
      },
      SendTaskSuccess(input) {
        const output = text(input, "output");
        const found = task(input);
        found.isOver = true;
        found.settle({ is: "success", output });
        return {};
      },
      SendTaskFailure(input) {
        const found = task(input);
        found.isOver = true;
        found.settle({
          is: "failure",
          error: optionalText(input, "error") ?? "",
          cause: optionalText(input, "cause") ?? "",
        });
        return {};
      },
      SendTaskHeartbeat(input) {
        task(input).heartbeats += 1;
        return {};
      },
    },
  };
  return standIn;
}
