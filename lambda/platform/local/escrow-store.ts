// Escrow: raw bytes of a live request or a pending plan, encrypted on this machine's disk until nobody needs them.
import { constants } from "node:fs";
import { open, readdir, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { GateError } from "../../model/errors.ts";
import type { Bytes } from "../../model/http.ts";
import type { EscrowStore, Ids } from "../../model/ports.ts";
import {
  endBytes,
  fileBytes,
  headerBytes,
  newEscrowKey,
  openEnd,
  unwrapEscrowKey,
} from "../escrow-frames.ts";
import { escrowObject } from "../escrow-object.ts";
import { markFailure, sealedFrames } from "../escrow-writer.ts";
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
          const frames = sealedFrames(key, id, markFailure(body, broken));
          for (;;) {
            const step = await frames.next();
            if (step.done === true) return step.value;
            await handle.appendFile(step.value);
          }
        });
        return escrowObject({ id, key, end, read: rangeOf(file) });
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
          return escrowObject({ id, key, end, read: rangeOf(file) });
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

function rangeOf(file: string): (position: number, length: number) => Promise<Bytes> {
  return async (position, length) => {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await readExactly(handle, position, length);
    } finally {
      await handle.close();
    }
  };
}

/** Exactly this many bytes at this place, or an error. */
async function readExactly(file: FileHandle, position: number, length: number): Promise<Bytes> {
  if (position < 0) throw new Error("cut short");
  const buffer = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new Error("cut short");
    filled += bytesRead;
  }
  return buffer;
}

function unavailable(cause: unknown): GateError {
  return new GateError("GH_ESCROW_UNAVAILABLE", {}, { cause });
}
