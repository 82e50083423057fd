// Lambda on this machine: each environment is aws-lambda-ric in a process of its own, fed by a Runtime API one event at a time.
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface FunctionOptions {
  readonly name: string;
  /** What was bundled. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Environments that take turns, so that no request can rely on what the one before left in memory. */
  readonly instances?: number;
}

export interface LambdaFunction {
  readonly options: FunctionOptions;
  /** The same function without any environment: its first invocation is a cold start. */
  another(): LambdaFunction;
  /** The answer as the runtime sends it; an idle environment takes it, or a new one starts. */
  invoke(event: unknown): Promise<Invoked>;
  /** What the function wrote to its log. */
  log(): string;
  /** Processes that were started so far. */
  environments(): readonly Environment[];
  close(): Promise<void>;
}

export interface Invoked {
  readonly isStreamed: boolean;
  /** Ends early when the function fails on the way or its process dies. */
  readonly body: AsyncIterable<Buffer>;
  /** Once the body has ended: the error's type, if there was one. */
  readonly trouble: () => string | undefined;
}

export interface Environment {
  readonly pid: number;
  readonly startedInMs: () => number;
  readonly invocations: () => number;
}

/** What Lambda reports for a handler that failed before its answer. */
export class FunctionError extends Error {}

const node = process.execPath;
const root = join(import.meta.dirname, "../../..");
const runtime = join(root, "node_modules/aws-lambda-ric/index.mjs");
const compiled = join(import.meta.dirname, "rapid-client.ts");
const payloadBytes = 6 * 1024 * 1024;

export function startFunction(options: FunctionOptions): LambdaFunction {
  const all: Running[] = [];
  let text = "";
  const said = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-1_000_000);
  };
  return {
    options,
    another: () => startFunction(options),
    async invoke(event) {
      const json = JSON.stringify(event);
      if (Buffer.byteLength(json) > payloadBytes) throw new RangeError("Request Too Long");
      let free = all.length < (options.instances ?? 1) ? undefined : idle(all, options.instances);
      if (free === undefined) all.push((free = environment(options, said)));
      return free.take(json);
    },
    log: () => text,
    environments: () => all,
    close: async () => {
      await Promise.all(all.map((one) => one.end()));
    },
  };
}

interface Waiting {
  readonly id: string;
  readonly json: string;
  readonly settle: (answer: Invoked | Error) => void;
}

interface Running extends Environment {
  isFree(): boolean;
  take(json: string): Promise<Invoked>;
  end(): Promise<void>;
}

/** Lambda wakes any of them; here it is the first, or, where they take turns, the one that did least. */
function idle(all: readonly Running[], instances = 1): Running | undefined {
  const free = all.filter((one) => one.isFree());
  return instances > 1 ? free.toSorted((a, b) => a.invocations() - b.invocations())[0] : free[0];
}

function environment(
  { name, folder, environment: own, timeoutMs }: FunctionOptions,
  said: (chunk: Buffer) => void,
): Running {
  const startedAtMs = performance.now();
  const life: {
    current?: Waiting;
    next?: ServerResponse;
    child?: ChildProcess;
    timer?: NodeJS.Timeout;
    isDead: boolean;
    startedInMs: number;
    count: number;
  } = { isDead: false, startedInMs: 0, count: 0 };

  const waiting = new Map<string, Waiting>();

  function feed(): void {
    const { current, next } = life;
    if (current === undefined || next === undefined) return;
    delete life.next;
    life.timer = setTimeout(() => life.child?.kill("SIGKILL"), timeoutMs);
    next.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": current.id,
      "Lambda-Runtime-Deadline-Ms": String(Date.now() + timeoutMs),
      "Lambda-Runtime-Invoked-Function-Arn": `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
      "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    });
    next.end(current.json);
  }

  /** By its id: an answer may still be under way when the next event is asked for. */
  function settle(path: string, answer: Invoked | Error): void {
    const [, id = ""] = /\/invocation\/([^/]+)\//.exec(path) ?? [];
    (waiting.get(id) ?? life.current)?.settle(answer);
    waiting.delete(id);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path.endsWith("/invocation/next")) {
      // Asking for the next event says that the one before is over, whatever it still did after its answer.
      if (life.startedInMs === 0) life.startedInMs = performance.now() - startedAtMs;
      else delete life.current;
      clearTimeout(life.timer);
      life.next = response;
      feed();
    } else if (path.endsWith("/response")) {
      settle(path, received(request));
      if (!request.readableEnded) await once(request, "close");
      response.writeHead(202).end();
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      settle(path, new FunctionError(Buffer.concat(chunks).toString()));
      response.writeHead(202).end();
    }
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  // The runtime keeps its connection for as long as an invocation takes.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1", () => {
    const child = spawn(node, ["--no-warnings", "--import", compiled, runtime], {
      env: {
        ...own,
        AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        _HANDLER: "index.handler",
        LAMBDA_TASK_ROOT: folder,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: randomUUID(),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    life.child = child;
    child.stdout.on("data", said);
    child.stderr.on("data", said);
    child.once("exit", (code, signal) => {
      life.isDead = true;
      clearTimeout(life.timer);
      for (const one of waiting.values())
        one.settle(new FunctionError(`Runtime exited: ${String(signal ?? code)}`));
      server.closeAllConnections();
      server.close();
    });
  });

  return {
    get pid() {
      return life.child?.pid ?? 0;
    },
    startedInMs: () => life.startedInMs,
    invocations: () => life.count,
    isFree: () => !life.isDead && life.current === undefined,
    take(json) {
      life.count += 1;
      return new Promise((resolve, reject) => {
        life.current = {
          id: randomUUID(),
          json,
          settle: (answer) => {
            if (answer instanceof Error) reject(answer);
            else resolve(answer);
          },
        };
        waiting.set(life.current.id, life.current);
        feed();
      });
    },
    async end() {
      if (life.isDead || life.child === undefined) return;
      life.child.kill("SIGKILL");
      await once(life.child, "exit");
    },
  };
}

/** The JSON that a function which does not stream answers with. */
export async function answerOf(target: LambdaFunction, event: unknown): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await target.invoke(event)).body) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function received(request: IncomingMessage): Invoked {
  const trouble: { type?: string } = {};
  async function* body(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of request) yield chunk as Buffer;
    } catch (error) {
      trouble.type = error instanceof Error ? error.message : "broken";
      return;
    }
    const type = request.trailers["lambda-runtime-function-error-type"];
    if (type !== undefined) trouble.type = type;
  }
  return {
    isStreamed: request.headers["lambda-runtime-function-response-mode"] === "streaming",
    body: body(),
    trouble: () => trouble.type,
  };
}
