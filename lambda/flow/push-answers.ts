// What git hears from the gateway itself: the answer to its probe, and refusals per ref.
import { refusal as gitRefusal } from "../approval/git-answer.ts";
import type { PushRequest } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import type { GateError } from "../model/errors.ts";
import { streamOf, type Answer, type Bytes, type ByteStream, type HeaderList } from "../model/http.ts";
import { noVerdict } from "./entry.ts";
import { roadHeaders } from "./road-headers.ts";
import type { Passage } from "./request.ts";

export const gitResultHeaders: HeaderList = [
  ["Content-Type", "application/x-git-receive-pack-result"],
  ["Cache-Control", "no-cache"],
  ...roadHeaders,
];

export function gitResult(body: ByteStream): Answer {
  return { status: 200, headers: gitResultHeaders, body };
}

/** Before a large push git sends an empty one and needs a plain 200; it moves nothing, so GitHub need not see it. */
export async function probeAnswer(passage: Passage, caller: Caller): Promise<Answer> {
  const { entry, incoming, action, live } = passage;
  await entry.intend({
    caller,
    request: incoming,
    verdict: noVerdict,
    ...(action === undefined ? {} : { action }),
  });
  await entry.conclude({ result: "answered", status: 200 });
  live.leave();
  return gitResult(streamOf());
}

/** An `ng` line for every ref with HTTP 200: the only refusal that git shows as what it is. */
export function refusalBytes(push: PushRequest, error: GateError, entry: string): Bytes {
  return gitRefusal(push, `${error.message} Reference ${entry}.`);
}

export function refusePush(push: PushRequest, error: GateError, entry: string): Answer {
  return gitResult(streamOf(refusalBytes(push, error, entry)));
}
