// Runs a synthesised state machine behind the Step Functions stand-in: waits for task tokens, and time is the clock it is given.
import { StateMachine } from "aws-local-stepfunctions";
import type { Clock } from "../../../lambda/model/ports.ts";
import type { Execution, StepFunctionsStandIn, TaskResult } from "./step-functions.ts";

export interface MachineRun {
  /** The definition as CDK wrote it, references resolved. */
  readonly definition: string;
  readonly stepFunctions: StepFunctionsStandIn;
  readonly clock: Clock;
  /** The function that every task calls. What it throws is the error that the machine sees, by its name. */
  readonly invoke: (payload: Record<string, unknown>) => Promise<unknown>;
}

export interface MachineStandIn {
  /** States that an execution entered so far, in order. */
  entered(name: string): readonly string[];
  /** Ends what still runs. */
  close(): void;
}

interface State {
  Type: string;
  Resource?: string;
  Seconds?: number;
  Parameters?: Record<string, unknown>;
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  ResultPath?: string | null;
}

interface Definition {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}

/** What a task is given, once the library has filled in its paths. */
interface Call {
  readonly FunctionName?: string;
  readonly Payload?: Record<string, unknown>;
  readonly seconds?: number;
  readonly limitSeconds?: number;
}

class StateError extends Error {
  constructor(name: string, message = name) {
    super(message);
    this.name = name;
  }
}

/** The library's own timers are real ones; this long they never fire (and longer ones would fire at once). */
const neverSeconds = 2_000_000;

/** Time-outs and waits become the handlers' business, so that they follow the given clock. */
function steered(text: string): Definition {
  const definition = JSON.parse(text) as Definition;
  delete definition.TimeoutSeconds;
  for (const state of Object.values(definition.States)) {
    if (state.Type === "Wait") {
      state.Type = "Task";
      state.Resource = "wait";
      state.Parameters = { seconds: state.Seconds };
      state.ResultPath = null;
      delete state.Seconds;
    } else if (state.Type === "Task") {
      const { TimeoutSeconds: fixed, TimeoutSecondsPath: path } = state;
      state.Parameters = {
        ...state.Parameters,
        ...(fixed === undefined ? {} : { limitSeconds: fixed }),
        ...(path === undefined ? {} : { "limitSeconds.$": path }),
      };
      delete state.TimeoutSecondsPath;
    } else continue;
    state.TimeoutSeconds = neverSeconds;
  }
  return definition;
}

export function runStateMachine({
  definition: text,
  stepFunctions,
  clock,
  invoke,
}: MachineRun): MachineStandIn {
  const definition = steered(text);
  const machine = new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0], {
    validationOptions: { checkArn: false, checkPaths: false },
  });
  const tasks = Object.entries(definition.States).filter(([, { Type }]) => Type === "Task");
  const entered = new Map<string, string[]>();
  const running = new Set<() => void>();
  const closing = Promise.withResolvers<never>();
  closing.promise.catch(() => undefined);
  stepFunctions.onStart = (execution) => void run(execution);

  async function run(execution: Execution): Promise<void> {
    const tokens = new Map<string, ReturnType<StepFunctionsStandIn["taskToken"]>>();
    const handler =
      (resource = "") =>
      (input: unknown): Promise<unknown> =>
        perform(resource, input as Call, (token) => tokens.get(token));
    const { abort, eventLogs, result } = machine.run(JSON.parse(execution.input) as Record<string, string>, {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          tasks.map(([name, { Resource }]) => [name, handler(Resource)]),
        ) as Record<string, () => Promise<string>>,
        retryIntervalOverrides: Object.fromEntries(tasks.map(([name]) => [name, 0])),
      },
      context: {
        Execution: { Id: execution.arn, Name: execution.name },
        // Read whenever the parameters of a state are filled in, so that each wait has a token of its own.
        Task: {
          get Token(): string {
            const task = stepFunctions.taskToken();
            tokens.set(task.token, task);
            return task.token;
          },
        },
      },
    });
    running.add(abort);
    void follow(execution.name, eventLogs);
    await result.then(
      (output) => {
        stepFunctions.finish(execution.arn, { status: "SUCCEEDED", output: JSON.stringify(output) });
      },
      (error: unknown) => {
        const { cause } = error as { cause?: Error };
        stepFunctions.finish(execution.arn, {
          status: "FAILED",
          error: cause?.name ?? String(error),
          cause: cause?.message ?? "",
        });
      },
    );
    running.delete(abort);
  }

  async function follow(
    name: string,
    events: AsyncIterable<{ type: string; state?: { name: string } }>,
  ): Promise<void> {
    const names: string[] = [];
    entered.set(name, names);
    for await (const event of events)
      if (event.type === "StateEntered" && event.state !== undefined) names.push(event.state.name);
  }

  async function perform(
    resource: string,
    call: Call,
    taskOf: (token: string) => ReturnType<StepFunctionsStandIn["taskToken"]> | undefined,
  ): Promise<unknown> {
    if (resource === "wait") {
      await Promise.race([clock.sleep((call.seconds ?? 0) * 1000), closing.promise]);
      return {};
    }
    const payload = call.Payload ?? {};
    const task = resource.endsWith(".waitForTaskToken") ? taskOf(String(payload.taskToken)) : undefined;
    const timer = new AbortController();
    const work = invoke(payload);
    try {
      const limit = clock.sleep((call.limitSeconds ?? neverSeconds) * 1000, timer.signal).then(() => {
        if (!timer.signal.aborted) throw new StateError("States.Timeout");
      });
      const answered = work.then((answer) =>
        task === undefined ? { StatusCode: 200, Payload: answer } : task.result.then(outputOf),
      );
      return await Promise.race([answered, limit, closing.promise]);
    } finally {
      timer.abort();
      task?.expire();
    }
  }

  return {
    entered: (name) => entered.get(name) ?? [],
    close() {
      closing.reject(new StateError("Stopped"));
      for (const abort of running) abort();
    },
  };
}

function outputOf(result: TaskResult): unknown {
  switch (result.is) {
    case "success":
      return JSON.parse(result.output);
    case "failure":
      throw new StateError(result.error, result.cause);
    case "timed-out":
      throw new StateError("States.Timeout");
    default:
      return result satisfies never;
  }
}
