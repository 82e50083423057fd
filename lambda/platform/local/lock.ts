// Keeps a second gateway off a data folder: two would answer for one record.
import { rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes the folder's lock, or throws. The operating system holds it (an fcntl lock, by way of SQLite) and drops it
 * when the process ends, however it ends: a file with a process id would lie after a power cut or in a container,
 * where every gateway is process 1.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const pidFile = join(folder, "gateway.pid");
  const db = new DatabaseSync(join(folder, "gateway.lock"), { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    const pid = await readFile(pidFile, "utf8").catch(() => "unknown");
    throw new Error(
      `Another gateway (process ${pid.trim()}) is using the data folder ${folder}, so this one was not started. ` +
        "Stop that one first, or choose another folder with --data.",
      { cause: error },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return () => {
    rmSync(pidFile, { force: true });
    db.close();
  };
}
