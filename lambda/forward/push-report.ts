// Reads what git answered to a push: one line per ref, and the text that people see as "remote: …".
// https://git-scm.com/docs/pack-protocol (report-status), https://git-scm.com/docs/protocol-common (side-band)
import type { Bytes } from "../model/http.ts";
import type { RefResult } from "../model/plan.ts";

const maxRemoteText = 64 * 1024;
const maxReport = 1024 * 1024;

export interface PushReport {
  /** "ok", or git's reason for not unpacking; undefined when no report came. */
  readonly unpack?: string;
  readonly refs: readonly RefResult[];
  readonly remoteText: string;
  /** Text on band 3: git gave up. */
  readonly fatal?: string;
}

/** Takes the answer chunk by chunk, as it streams past. */
export class PushReportReader {
  readonly #isSideBand: boolean;
  #rest: Bytes = new Uint8Array(0);
  #report: Bytes[] = [];
  #reportBytes = 0;
  #remoteText = "";
  #fatal = "";
  readonly #utf8 = new TextDecoder();

  constructor(capabilities: readonly string[]) {
    this.#isSideBand = capabilities.includes("side-band-64k") || capabilities.includes("side-band");
  }

  push(chunk: Bytes): void {
    if (!this.#isSideBand) {
      this.#keep(chunk);
      return;
    }
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const length = packetLength(data);
      if (length === undefined || length > data.length) break;
      if (length > 4) this.#packet(data.subarray(4, length));
      data = data.subarray(Math.max(length, 4));
    }
    this.#rest = data.length > 65_520 ? new Uint8Array(0) : Buffer.from(data);
  }

  end(): PushReport {
    const lines = reportLines(Buffer.concat(this.#report));
    const unpack = lines.find((line) => line.startsWith("unpack "))?.slice(7);
    return {
      ...(unpack === undefined ? {} : { unpack }),
      refs: lines.flatMap(refResult),
      remoteText: this.#remoteText,
      ...(this.#fatal === "" ? {} : { fatal: this.#fatal }),
    };
  }

  #packet(payload: Bytes): void {
    const data = payload.subarray(1);
    if (payload[0] === 1) this.#keep(data);
    else if (payload[0] === 2)
      this.#remoteText = (this.#remoteText + this.#utf8.decode(data)).slice(0, maxRemoteText);
    else this.#fatal = (this.#fatal + this.#utf8.decode(data)).slice(0, 1000);
  }

  #keep(data: Bytes): void {
    this.#reportBytes += data.length;
    if (this.#reportBytes <= maxReport) this.#report.push(Buffer.from(data));
  }
}

function refResult(line: string): RefResult[] {
  if (line.startsWith("ok ")) return [{ ref: line.slice(3), ok: true }];
  if (!line.startsWith("ng ")) return [];
  const [ref = "", ...reason] = line.slice(3).split(" ");
  return [{ ref, ok: false, reason: reason.join(" ") }];
}

function reportLines(bytes: Bytes): string[] {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const length = packetLength(bytes.subarray(at));
    if (length === undefined || length <= 4 || at + length > bytes.length) return lines;
    lines.push(new TextDecoder().decode(bytes.subarray(at + 4, at + length)).replace(/\n$/, ""));
    at += length;
  }
}

function packetLength(bytes: Bytes): number | undefined {
  if (bytes.length < 4) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 4));
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? parseInt(text, 16) : 0;
  return length;
}
