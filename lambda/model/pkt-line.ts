// Git's framing: pkt-line and side-band, as both the reader of pushes and the writer of refusals need them.
// https://git-scm.com/docs/protocol-common and https://git-scm.com/docs/pack-protocol
import type { Bytes } from "./http.ts";

export const flush = new TextEncoder().encode("0000");
/** Side-band packets: length and band count too, so this much data fits in one. */
export const maxBandData = 65_515;

/** One pkt-line with this payload, at most 65,516 bytes. */
export function pktLine(payload: string | Bytes): Bytes {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  if (bytes.length > 65_516) throw new RangeError(`a pkt-line holds 65,516 bytes, not ${bytes.length}`);
  const line = new Uint8Array(bytes.length + 4);
  line.set(new TextEncoder().encode((bytes.length + 4).toString(16).padStart(4, "0")));
  line.set(bytes, 4);
  return line;
}

/** Data on a side-band (1 report, 2 progress, 3 fatal), split into as many packets as it needs. */
export function sideBand(band: 1 | 2 | 3, data: string | Bytes): Bytes {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const packets: Bytes[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += maxBandData) {
    const part = bytes.subarray(at, at + maxBandData);
    const payload = new Uint8Array(part.length + 1);
    payload[0] = band;
    payload.set(part, 1);
    packets.push(pktLine(payload));
  }
  return Buffer.concat(packets);
}
