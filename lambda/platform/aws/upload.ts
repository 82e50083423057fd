// Stores a stream of unknown length as one S3 object: in one request when it is short, else in parts of which one is in memory.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Bytes, ByteStream } from "../../model/http.ts";
import type { Clock } from "../../model/ports.ts";
import { writeOnce } from "./write-once.ts";

/** S3 takes parts of 5 MiB and more, and 10,000 of them: 80 GB. */
const partBytes = 8 * 1024 * 1024;

interface Target {
  readonly s3: S3Client;
  readonly place: { readonly Bucket: string; readonly Key: string };
  readonly marks: Record<"write" | "key", string>;
  readonly clock: Pick<Clock, "sleep">;
}

interface Part {
  readonly bytes: Bytes;
  readonly isLast: boolean;
}

/** Throws when the name is taken, and leaves nothing behind then or when the stream fails. `marks.write` is this write's own. */
export async function upload(target: Target, body: ByteStream): Promise<void> {
  const parts = partsOf(body);
  try {
    const first = await parts.next();
    if (first.done === true) throw new Error("nothing to store");
    if (first.value.isLast) await putWhole(target, first.value.bytes);
    else await putParts(target, first.value, parts);
  } finally {
    await parts.return(undefined);
  }
}

async function putWhole(target: Target, bytes: Bytes): Promise<void> {
  const { s3, place, marks, clock } = target;
  const put = new PutObjectCommand({ ...place, Body: bytes, Metadata: marks, IfNoneMatch: "*" });
  await writeOnce(
    clock,
    () => s3.send(put),
    () => isOurs(target),
  );
}

async function putParts(target: Target, first: Part, rest: AsyncIterable<Part>): Promise<void> {
  const { s3, place, marks, clock } = target;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...place, Metadata: marks }));
  const under = { ...place, UploadId };
  const done: CompletedPart[] = [];
  const send = async ({ bytes }: Part): Promise<void> => {
    const PartNumber = done.length + 1;
    const { ETag } = await s3.send(new UploadPartCommand({ ...under, PartNumber, Body: bytes }));
    done.push({ PartNumber, ETag });
  };
  try {
    await send(first);
    for await (const part of rest) await send(part);
    const all = { ...under, MultipartUpload: { Parts: done }, IfNoneMatch: "*" };
    await writeOnce(
      clock,
      () => s3.send(new CompleteMultipartUploadCommand(all)),
      () => isOurs(target),
    );
  } catch (error) {
    // What even this leaves behind, the bucket's lifecycle removes within a day.
    await s3.send(new AbortMultipartUploadCommand(under)).catch(() => undefined);
    throw error;
  }
}

async function isOurs({ s3, place, marks }: Target): Promise<boolean> {
  return (await s3.send(new HeadObjectCommand(place))).Metadata?.write === marks.write;
}

/** Full parts, and a last one of any length. */
async function* partsOf(body: ByteStream): AsyncGenerator<Part, undefined, undefined> {
  let waiting: Bytes[] = [];
  let length = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length;) {
      if (length === partBytes) {
        yield { bytes: Buffer.concat(waiting), isLast: false };
        waiting = [];
        length = 0;
      }
      const piece = chunk.subarray(at, at + partBytes - length);
      waiting.push(piece);
      length += piece.length;
      at += piece.length;
    }
  }
  yield { bytes: Buffer.concat(waiting), isLast: true };
}
