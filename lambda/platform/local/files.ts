// Files that are either there in full or not there at all, also after a power cut.
import { constants } from "node:fs";
import { link, mkdir, open, readdir, rm, stat, unlink } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const fresh = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Makes a folder that only its owner can enter, and makes its name durable. One level after the other: Node's own
 * `recursive` never ends where the parent is there and yet nothing can be made in it (/proc).
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (isErrno(error, "EEXIST") && (await stat(folder)).isDirectory()) return;
    const parent = dirname(folder);
    if (!isErrno(error, "ENOENT") || parent === folder || (await isThere(parent))) throw error;
    await makeFolder(parent);
    await mkdir(folder, { mode: 0o700 });
  }
  await syncFolder(dirname(folder));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

/** Makes names in the folder durable: a file's own fsync does not (fsync(2), NOTES). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes `partial` with `fill`, then gives it its final name in one step. Fails with EEXIST when that name is taken:
 * `link` never replaces, where `rename` would. Nothing stays behind when it fails.
 */
export async function writeOnce<T>(
  partial: string,
  final: string,
  fill: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(partial, fresh, 0o600);
  try {
    let result: T;
    try {
      result = await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(partial, final);
    await syncFolder(dirname(final));
    return result;
  } finally {
    await unlink(partial);
  }
}

/** Removes what an interrupted process left half-written. Only for the one process that owns the folder. */
export async function clearFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, basename(name)), { force: true });
}

export function isErrno(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
