// Counts the bytes that a push makes us produce: stops bombs, and lets other requests run in between.
import { setImmediate } from "node:timers/promises";
import type { ScanLimits } from "./limits.ts";
import { unavailable } from "./unsound.ts";

const bytesPerTurn = 1024 * 1024;
/** Even an empty object costs this much. */
const perObject = 2_048;

export class Work {
  readonly #limit: number;
  #spent = 0;
  #sincePause = 0;

  constructor(packBytes: number, limits: ScanLimits) {
    const granted = Math.max(limits.inflatedFloorBytes, packBytes * limits.inflatedPerPackByte);
    this.#limit = Math.min(granted, limits.inflatedBytes);
  }

  /** Call before the bytes are produced. */
  charge(bytes: number): void {
    this.#spent += bytes;
    this.#sincePause += bytes + perObject;
    if (this.#spent > this.#limit)
      throw unavailable(`its objects unpack to more than ${this.#limit} bytes; push fewer commits at a time`);
  }

  /** Gives way to other requests when enough was done since the last time. */
  async pause(): Promise<void> {
    if (this.#sincePause < bytesPerTurn) return;
    this.#sincePause = 0;
    await setImmediate();
  }
}
