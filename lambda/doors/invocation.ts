// What surrounds every invocation: middy, a log line that names the request and says nothing secret, and a clean answer.
import middy, { type MiddyfiedHandler } from "@middy/core";
import type { Context } from "aws-lambda";
import { asGateError, refusal } from "../flow/refusal.ts";
import type { Answer } from "../model/http.ts";
import { begun } from "./begun.ts";

export type Log = (event: string, details: Readonly<Record<string, string | number>>) => void;

/** One line of JSON per event, as CloudWatch reads it. */
export const log: Log = (event, details) => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...details })}\n`);
};

/** Logs a failure and lets it pass on: the caller (Step Functions, the schedule) tries again. */
export function invocation<Event, Result>(
  handle: (event: Event, context: Context) => Promise<Result>,
  write: Log = log,
): (event: Event, context: Context) => Promise<Result> {
  return wrapped(handle, write);
}

/**
 * The same for whoever waits for an answer: they get one, with the reference that stands in the log. Its body has begun
 * when this returns: until the first byte is there, a failure is still a clean error.
 */
export function answering<Event>(
  handle: (event: Event, context: Context) => Promise<Answer>,
  write: Log = log,
): (event: Event, context: Context) => Promise<Answer> {
  return wrapped(async (event: Event, context) => begun(await handle(event, context)), write).onError(
    (request) => {
      const about = { entry: request.context.awsRequestId, protocol: "rest" as const, challenge: [] };
      request.response = refusal(asGateError(request.error), about);
    },
  );
}

function wrapped<Event, Result>(
  handle: (event: Event, context: Context) => Promise<Result>,
  write: Log,
): MiddyfiedHandler<Event, Result> {
  return middy<Event, Result>({ timeoutEarlyInMillis: 0 })
    .onError(({ error, context }) => {
      const { awsRequestId, functionName } = context;
      write("invocation-failed", { request: awsRequestId, function: functionName, ...named(error) });
    })
    .handler(handle);
}

/** Names and places only: messages of libraries may quote what was sent. */
function named(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  const at = frames.slice(0, 6).map((line) => line.trim());
  return { error: error.name, code, at: at.join(" < ") };
}
