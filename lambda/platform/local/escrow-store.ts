// Escrow: raw bytes of a live request or a pending plan, encrypted on this machine's disk until nobody needs them.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { GateError } from "../../model/errors.ts";
import type { Bytes, ByteStream } from "../../model/http.ts";
import type { EscrowStore, Ids } from "../../model/ports.ts";
import { endBytes, fileBytes, frameBytes, headerBytes } from "../escrow-frames.ts";
import { newEscrowKey, openEnd, sealEnd, sealFrame, unwrapEscrowKey } from "../escrow-frames.ts";
import type { EscrowEnd } from "../escrow-frames.ts";
import { escrowObject, readExactly } from "./escrow-object.ts";
import { clearFolder, isErrno, makeFolder, syncFolder, writeOnce } from "./files.ts";

/** Ids become file names, so they are read strictly. */
const escrowId = /^[a-z]{1,16}_[a-z2-7]{2,64}$/;

export async function createEscrowStore(
  folder: string,
  masterKey: Bytes,
  ids: Pick<Ids, "next">,
): Promise<EscrowStore> {
  const partials = join(folder, "partial");
  await makeFolder(partials);
  // Nobody else writes here (the gateway's lock), so what is half-written now is left from a crash.
  await clearFolder(partials);

  function fileOf(id: string): string {
    if (!escrowId.test(id)) throw new TypeError("not the id of an escrow object");
    return join(folder, id);
  }

  return {
    async put(id, body) {
      const file = fileOf(id);
      const { key, header } = newEscrowKey(masterKey, id);
      const broken: { source?: unknown } = {};
      try {
        const end = await writeOnce(join(partials, ids.next("esc")), file, async (handle) => {
          await handle.appendFile(header);
          return await writeFrames(handle, key, id, markFailure(body, broken));
        });
        return escrowObject({ id, file, key, end });
      } catch (error) {
        // The sender's own failure (a client gone, a bad pack) is not the store's.
        if ("source" in broken) throw broken.source;
        throw unavailable(error);
      }
    },
    async open(id) {
      const file = fileOf(id);
      try {
        const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
        try {
          const { size } = await handle.stat();
          const key = unwrapEscrowKey(masterKey, id, await readExactly(handle, 0, headerBytes));
          const end = openEnd(key, id, await readExactly(handle, size - endBytes, endBytes));
          if (fileBytes(end.bytes) !== size) throw new Error("the file has another length than its end says");
          return escrowObject({ id, file, key, end });
        } finally {
          await handle.close();
        }
      } catch (error) {
        if (isErrno(error, "ENOENT")) return undefined;
        throw unavailable(error);
      }
    },
    async remove(id) {
      const file = fileOf(id);
      try {
        await destroyKey(file);
        await unlink(file);
        await syncFolder(folder);
      } catch (error) {
        if (!isErrno(error, "ENOENT")) throw unavailable(error);
      }
    },
    async list() {
      return (await readdir(folder)).filter((name) => escrowId.test(name)).sort();
    },
  };
}

async function writeFrames(file: FileHandle, key: Bytes, id: string, body: ByteStream): Promise<EscrowEnd> {
  const hash = createHash("sha256");
  const frame = Buffer.alloc(frameBytes);
  let bytes = 0;
  let filled = 0;
  let index = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length;) {
      // A full frame waits for the next byte: only then is it known not to be the last.
      if (filled === frameBytes) {
        await file.appendFile(sealFrame(key, id, index, false, frame));
        index += 1;
        filled = 0;
      }
      const part = chunk.subarray(at, at + frameBytes - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  await file.appendFile(sealFrame(key, id, index, true, frame.subarray(0, filled)));
  const end = { bytes, sha256: hash.digest("hex") };
  await file.appendFile(sealEnd(key, id, end));
  return end;
}

/** Passes the stream on and notes when it was the stream that failed. */
async function* markFailure(body: ByteStream, broken: { source?: unknown }): ByteStream {
  try {
    yield* body;
  } catch (error) {
    broken.source = error;
    throw error;
  }
}

/** Without its wrapped key the rest of the file is noise, wherever the disk still keeps its blocks. */
async function destroyKey(file: string): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    await handle.write(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unavailable(cause: unknown): GateError {
  return new GateError("GH_ESCROW_UNAVAILABLE", {}, { cause });
}
