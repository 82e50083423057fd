// Where a model's streamed answer is over: the one event that waits for the outcome.
import type { Bytes } from "../model/http.ts";

/** As long as the name of any such event and what stands before it. */
const lookBytes = 128;
const terminator =
  /^(?:event: ?(?:message_stop|response\.(?:completed|failed|incomplete))\r?$|data: ?\[DONE\]|data: ?\{"type": ?"(?:message_stop|response\.(?:completed|failed|incomplete))")/m;

/** Of chat completions `[DONE]`, of messages `message_stop`, of responses `response.completed` and its two failures. */
export function endsModelAnswer(event: Bytes): boolean {
  return terminator.test(new TextDecoder().decode(event.subarray(0, lookBytes)));
}
