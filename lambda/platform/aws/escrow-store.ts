// Escrow: raw bytes of a live request or a pending plan, encrypted here before S3 sees them, each under a KMS data key of its own.
import { DeleteObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { GateError } from "../../model/errors.ts";
import type { Bytes, ByteStream } from "../../model/http.ts";
import type { Clock, EscrowStore, Ids } from "../../model/ports.ts";
import { fileBytes, headerBytes, newEscrowKey, openEnd, unwrapEscrowKey } from "../escrow-frames.ts";
import type { EscrowEnd } from "../escrow-frames.ts";
import { escrowObject } from "../escrow-object.ts";
import { markFailure, sealedFrames } from "../escrow-writer.ts";
import type { DataKeys } from "./data-keys.ts";
import { rangeReader } from "./escrow-range.ts";
import { upload } from "./upload.ts";
import { isNamed } from "./write-once.ts";

/** Ids become object names, so they are read strictly. */
const escrowId = /^[a-z]{1,16}_[a-z2-7]{2,64}$/;
const folder = "escrow/";
/** Pages of a listing, a thousand names each. */
const maxPages = 100;

export interface EscrowParts {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly dataKeys: DataKeys;
  readonly clock: Pick<Clock, "sleep">;
  readonly ids: Pick<Ids, "next">;
}

export function createEscrowStore({ s3, bucket, dataKeys, clock, ids }: EscrowParts): EscrowStore {
  function placeOf(id: string): { Bucket: string; Key: string } {
    if (!escrowId.test(id)) throw new TypeError("not the id of an escrow object");
    return { Bucket: bucket, Key: folder + id };
  }

  return {
    async put(id, body) {
      const place = placeOf(id);
      const broken: { source?: unknown } = {};
      try {
        const { plain, wrapped } = await dataKeys.create(id);
        const { key, header } = newEscrowKey(plain, id);
        const sealed = sealing(id, key, header, markFailure(body, broken));
        const write = ids.next("wrt");
        await upload({ s3, place, clock, marks: { key: wrapped, write } }, sealed.parts);
        return escrowObject({ id, key, end: sealed.end(), read: rangeReader(s3, place) });
      } catch (error) {
        // The sender's own failure (a client gone, a bad pack) is not the store's.
        if ("source" in broken) throw broken.source;
        throw unavailable(error);
      }
    },
    async open(id) {
      const place = placeOf(id);
      const read = rangeReader(s3, place);
      try {
        const tail = await read.tail();
        const [plain, header] = await Promise.all([dataKeys.open(id, tail.wrapped), read(0, headerBytes)]);
        const key = unwrapEscrowKey(plain, id, header);
        const end = openEnd(key, id, tail.bytes);
        if (fileBytes(end.bytes) !== tail.size)
          throw new Error("the object has another length than its end says");
        return escrowObject({ id, key, end, read });
      } catch (error) {
        if (isNamed(error, "NoSuchKey")) return undefined;
        throw unavailable(error);
      }
    },
    /** The object's data key goes with it: the bucket keeps no versions. */
    async remove(id) {
      const place = placeOf(id);
      try {
        await s3.send(new DeleteObjectCommand(place));
      } catch (error) {
        throw unavailable(error);
      }
    },
    async list() {
      const found: string[] = [];
      let token: string | undefined;
      for (let page = 0; page < maxPages; page += 1) {
        const { Contents = [], NextContinuationToken } = await s3.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, ContinuationToken: token }),
        );
        found.push(...Contents.map(({ Key = "" }) => Key.slice(folder.length)));
        token = NextContinuationToken;
        if (token === undefined) break;
      }
      return found.filter((id) => escrowId.test(id)).sort();
    },
  };
}

/** The object's bytes while the body arrives; `end` is known once all of them were taken. */
function sealing(
  id: string,
  key: Bytes,
  header: Bytes,
  body: ByteStream,
): { readonly parts: ByteStream; end(): EscrowEnd } {
  let end: EscrowEnd | undefined;
  async function* parts(): ByteStream {
    yield header;
    end = yield* sealedFrames(key, id, body);
  }
  return {
    parts: parts(),
    end() {
      if (end === undefined) throw new Error("the body was not taken to its end");
      return end;
    },
  };
}

function unavailable(cause: unknown): GateError {
  return new GateError("GH_ESCROW_UNAVAILABLE", {}, { cause });
}
