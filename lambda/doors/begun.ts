// Takes an answer's first byte before its head is sent: what fails until then can still be told cleanly.
import type { Answer, Bytes, ByteStream } from "../model/http.ts";

/** Rejects as the body does, when it fails before its first byte. */
export async function begun(answer: Answer): Promise<Answer> {
  const body = answer.body[Symbol.asyncIterator]();
  const first = await body.next();
  return { ...answer, body: resumed(first, body) };
}

async function* resumed(first: IteratorResult<Bytes>, rest: AsyncIterator<Bytes>): ByteStream {
  try {
    for (let step = first; step.done !== true; step = await rest.next()) yield step.value;
  } finally {
    await rest.return?.();
  }
}
