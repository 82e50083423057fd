// Secrets of the gateway itself (keys), each in a file of its own that nobody else on the machine can read.
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { isErrno, writeOnce } from "./files.ts";

/** Reads the file, or creates it with what `make` returns. Refuses a file that others may read. */
export async function secretFile(file: string, make: () => Promise<string>): Promise<string> {
  const found = await readSecret(file);
  if (found !== undefined) return found;
  const made = await make();
  try {
    await writeOnce(`${file}.${randomBytes(8).toString("hex")}`, file, async (handle) => {
      await handle.writeFile(made);
    });
    return made;
  } catch (error) {
    const other = isErrno(error, "EEXIST") ? await readSecret(file) : undefined;
    if (other === undefined) throw error;
    return other;
  }
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `${file} holds a key and others on this machine may read it; nothing was started. ` +
          `If nobody did, run: chmod 600 ${file}`,
      );
    }
    return await readFile(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
