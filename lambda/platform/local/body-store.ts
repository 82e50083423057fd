// Masked bodies as files: written once under the entry's name, never changed.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RecordExists } from "../../model/errors.ts";
import type { BodyStore, Ids } from "../../model/ports.ts";
import { clearFolder, isErrno, makeFolder, writeOnce } from "./files.ts";

/** Names become paths, so they are read strictly: no dot, no second slash. */
const bodyName = /^([a-z]{1,16}_[a-z2-7]{2,64})\/(request|response|change)$/;

/** `isReadOnly` leaves the folder as it is; `put` then fails. */
export async function createBodyStore(
  folder: string,
  ids: Pick<Ids, "next">,
  isReadOnly = false,
): Promise<BodyStore> {
  const partials = join(folder, "partial");
  const shards = new Set<string>();
  if (!isReadOnly) {
    await makeFolder(partials);
    await clearFolder(partials);
  }

  function fileOf(name: string): string {
    const [, entry, part] = bodyName.exec(name) ?? [];
    if (entry === undefined || part === undefined) throw new TypeError("not the name of a recorded body");
    return join(folder, entry.slice(-2), `${entry}.${part}`);
  }

  return {
    async put(name, body) {
      const file = fileOf(name);
      const shard = dirname(file);
      if (!shards.has(shard)) {
        await makeFolder(shard);
        shards.add(shard);
      }
      try {
        await writeOnce(join(partials, ids.next("body")), file, async (handle) => {
          await handle.writeFile(body);
        });
      } catch (error) {
        throw isErrno(error, "EEXIST") ? new RecordExists(name) : error;
      }
    },
    async get(name) {
      try {
        return await readFile(fileOf(name));
      } catch (error) {
        if (isErrno(error, "ENOENT")) return undefined;
        throw error;
      }
    },
  };
}
