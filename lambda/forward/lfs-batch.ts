// The answer to a batch call, written anew: every file is fetched and stored at the gateway, never at a signed address.
import type { RepositoryName } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream } from "../model/http.ts";
import { collected, fieldsOf, numberOf, parsed, textOf } from "./read-json.ts";

const maxBatchBytes = 8 * 1024 * 1024;

export interface BatchAbout {
  /** The gateway's own address, without a slash at the end. */
  readonly gateway: string;
  readonly repository: RepositoryName;
}

/** Throws GH_UPSTREAM_UNREADABLE for an answer in another form than Git LFS describes. */
export async function* rewriteBatch(body: ByteStream, about: BatchAbout): AsyncGenerator<Bytes> {
  let text: string;
  try {
    const { objects } = fieldsOf(parsed(await collected({ body, headers: [], status: 200 }, maxBatchBytes)));
    if (!Array.isArray(objects)) throw new Error("not a list");
    const rewritten = objects.map((one: unknown) => rewrittenFile(one, about));
    text = JSON.stringify({ transfer: "basic", objects: rewritten, hash_algo: "sha256" });
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    throw new GateError("GH_UPSTREAM_UNREADABLE", { why: "it is no answer to a batch call" }, { cause });
  }
  yield new TextEncoder().encode(text);
}

/** No `authenticated`: the client shows the gateway its own token, as for every other call. */
function rewrittenFile(value: unknown, { gateway, repository }: BatchAbout): unknown {
  const { oid: named, size: bytes, actions, error } = fieldsOf(value);
  const oid = textOf(named);
  const size = numberOf(bytes);
  if (!/^[0-9a-f]{64}$/.test(oid) || size < 0) throw new Error("not a file");
  if (error !== undefined) {
    const { code, message } = fieldsOf(error);
    return { oid, size, error: { code: numberOf(code), message: textOf(message) } };
  }
  const href = `${gateway}/${repository.owner}/${repository.name}.git/info/lfs/objects/${oid}/${size}`;
  const offered = actions === undefined ? {} : fieldsOf(actions);
  // The gateway verifies what it stored: there is nothing left for the client to call.
  const kept = (["download", "upload"] as const).filter((name) => offered[name] !== undefined);
  if (kept.length === 0) return { oid, size };
  return { oid, size, actions: Object.fromEntries(kept.map((name) => [name, { href }])) };
}
