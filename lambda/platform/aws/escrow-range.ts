// Reads ranges of one S3 object, each tried again when it breaks off on the way.
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import type { Bytes } from "../../model/http.ts";
import { endBytes } from "../escrow-frames.ts";

export interface RangeReader {
  /** Exactly these bytes, or an error. */
  (from: number, length: number): Promise<Bytes>;
  /** The sealed end, with what else is known about the object. */
  tail(): Promise<{ readonly bytes: Bytes; readonly size: number; readonly wrapped: string }>;
}

/** The SDK tries again until the answer begins; what breaks off after that is ours. */
const maxTries = 3;

export function rangeReader(s3: S3Client, place: { Bucket: string; Key: string }): RangeReader {
  async function read(range: string): Promise<{ bytes: Bytes; answer: GetObjectCommandOutput }> {
    for (let tries = 1; ; tries += 1) {
      const answer = await s3.send(new GetObjectCommand({ ...place, Range: range }));
      try {
        const bytes = await answer.Body?.transformToByteArray();
        if (bytes?.length !== answer.ContentLength) throw new Error("S3 broke off in the middle of a range");
        return { bytes: bytes ?? new Uint8Array(0), answer };
      } catch (error) {
        if (tries === maxTries) throw error;
      }
    }
  }

  async function exactly(from: number, length: number): Promise<Bytes> {
    const { bytes } = await read(`bytes=${from}-${from + length - 1}`);
    if (bytes.length !== length) throw new Error("cut short");
    return bytes;
  }

  return Object.assign(exactly, {
    async tail() {
      const { bytes, answer } = await read(`bytes=-${endBytes}`);
      const [, size] = /\/(\d+)$/.exec(answer.ContentRange ?? "") ?? [];
      const wrapped = answer.Metadata?.key;
      if (bytes.length !== endBytes || size === undefined || wrapped === undefined)
        throw new Error("not an escrow object");
      return { bytes, size: Number(size), wrapped };
    },
  });
}
