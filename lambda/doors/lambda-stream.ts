// Sends an answer through Lambda's response stream: head, body at the reader's pace, and an end only after the outcome.
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { APIGatewayProxyEvent, Context, StreamifyHandler } from "aws-lambda";
import { GateError } from "../model/errors.ts";
import type { Answer, Deadline } from "../model/http.ts";
import { headOf } from "./api-event.ts";

/** What is under way breaks off this long before Lambda would end the process without a word. */
const outcomeMs = 3_000;

export interface Invocation {
  readonly event: APIGatewayProxyEvent;
  readonly deadline: Deadline;
}

export type StreamHandler = StreamifyHandler<APIGatewayProxyEvent, void>;

/** `app` makes the answer, with middleware around it, and `after` is what the answer need not wait for; streaming is not left to middy, which uses `pipeline`. */
export function streamed(
  app: (invocation: Invocation, context: Context) => Promise<Answer>,
  after: () => Promise<void> = () => Promise.resolve(),
): StreamHandler {
  return awslambda.streamifyResponse(async (event, sink, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    const controller = new AbortController();
    const timer = setTimeout(
      () => {
        controller.abort(new GateError("GH_TIME_UP"));
      },
      Math.max(0, leftMs - outcomeMs),
    );
    try {
      const deadline = { atMs: Date.now() + leftMs, signal: controller.signal };
      await send(await app({ event, deadline }, context), sink, controller.signal);
    } finally {
      clearTimeout(timer);
      // The client has its answer; the environment is frozen only when this is over.
      await after().catch(() => undefined);
    }
  });
}

/** `pipeline` would end the whole process when the source fails, before the outcome is recorded. */
async function send(answer: Answer, sink: Writable, signal: AbortSignal): Promise<void> {
  const body = answer.body[Symbol.asyncIterator]();
  let step = await body.next();
  const out = awslambda.HttpResponseStream.from(sink, headOf(answer));
  // The head goes out with the first write, even if it is empty: without one a 204 would be no answer at all.
  out.write("");
  try {
    for (; step.done !== true; step = await body.next())
      if (!out.write(step.value)) await once(out, "drain", { signal });
  } catch (error) {
    await body.return?.();
    throw error;
  }
  out.end();
}
