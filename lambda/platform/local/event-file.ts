// Events of one machine: one JSON line each, appended to a file that is put aside when it grows.
import { appendFile, rename, stat } from "node:fs/promises";
import type { GateEvent } from "../../model/events.ts";
import type { Events } from "../../model/ports.ts";
import { isErrno } from "./files.ts";

const maxQueued = 1_000;
const maxFileBytes = 10 * 1024 * 1024;
/** events.ndjson.1 is the newest of those put aside. */
const keptFiles = 5;

/** Lines are not synced: an event may be lost in a power cut, a record never is. */
export function openEventFile(
  file: string,
  log: (event: string, details: Readonly<Record<string, string | number>>) => void,
  limits: { readonly queued?: number; readonly fileBytes?: number } = {},
): Events {
  const { queued = maxQueued, fileBytes = maxFileBytes } = limits;
  let waiting: string[] = [];
  let dropped = 0;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      try {
        await rotate(file, fileBytes);
        await appendFile(file, lines.join(""), { mode: 0o600 });
      } catch (error) {
        log("events-failed", { lost: lines.length, cause: String(error) });
      }
    }
    if (dropped > 0) log("events-failed", { lost: dropped, cause: "more than could be written" });
    dropped = 0;
  }

  return {
    emit(event: GateEvent) {
      if (waiting.length >= queued) dropped += 1;
      else waiting.push(`${JSON.stringify(event)}\n`);
      writing ??= write().finally(() => {
        writing = undefined;
      });
      return Promise.resolve();
    },
    flush: () => writing ?? Promise.resolve(),
  };
}

async function rotate(file: string, fileBytes: number): Promise<void> {
  if ((await sizeOf(file)) < fileBytes) return;
  for (let age = keptFiles - 1; age >= 1; age -= 1) await moved(`${file}.${age}`, `${file}.${age + 1}`);
  await moved(file, `${file}.1`);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
