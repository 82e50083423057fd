// Masked bodies in the archive bucket: written once under the entry's name, never changed.
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { S3Client } from "@aws-sdk/client-s3";
import { RecordExists } from "../../model/errors.ts";
import type { BodyStore, Clock, Ids } from "../../model/ports.ts";
import { isNamed, isTaken, writeOnce } from "./write-once.ts";

/** Read strictly, as every platform does: no dot, no second slash. */
const bodyName = /^[a-z]{1,16}_[a-z2-7]{2,64}\/(request|response|change)$/;

export function createBodyStore(
  s3: S3Client,
  bucket: string,
  clock: Pick<Clock, "sleep">,
  ids: Pick<Ids, "next">,
): BodyStore {
  function keyOf(name: string): string {
    if (!bodyName.test(name)) throw new TypeError("not the name of a recorded body");
    return `bodies/${name}`;
  }

  return {
    async put(name, body) {
      const at = { Bucket: bucket, Key: keyOf(name) };
      const write = ids.next("wrt");
      try {
        await writeOnce(
          clock,
          () => s3.send(new PutObjectCommand({ ...at, Body: body, IfNoneMatch: "*", Metadata: { write } })),
          async () => (await s3.send(new HeadObjectCommand(at))).Metadata?.write === write,
        );
      } catch (error) {
        throw isTaken(error) ? new RecordExists(name) : error;
      }
    },
    async get(name) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) }));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isNamed(error, "NoSuchKey")) return undefined;
        throw error;
      }
    },
  };
}
