// Rewrites what GitHub offers in info/refs to what this gateway can read and record; every ref passes unchanged.
import { GateError } from "../model/errors.ts";
import type { Bytes, ByteStream } from "../model/http.ts";
import { flush, pktLine } from "../model/pkt-line.ts";
import { PacketError, PacketReader } from "./git-packets.ts";

const pushCapabilities = new Set([
  "report-status",
  "report-status-v2",
  "side-band-64k",
  "delete-refs",
  "ofs-delta",
  "atomic",
  "push-options",
  "quiet",
  "object-format",
  "agent",
]);
const v2Capabilities = new Set(["agent", "ls-refs", "fetch", "object-format"]);
const fetchFeatures = new Set(["shallow", "wait-for-done", "filter", "ref-in-want", "sideband-all"]);
const maxCapabilityLines = 64;

/** Streams; throws GH_UPSTREAM_UNREADABLE when the answer is no advertisement. */
export async function* rewriteAdvertisement(
  stream: ByteStream,
  service: "git-upload-pack" | "git-receive-pack",
): AsyncGenerator<Bytes, void, undefined> {
  const reader = new PacketReader(stream);
  try {
    yield* rewritten(reader, service);
  } catch (error) {
    if (!(error instanceof PacketError)) throw error;
    throw new GateError("GH_UPSTREAM_UNREADABLE", { why: error.message });
  } finally {
    await reader.close();
  }
}

async function* rewritten(reader: PacketReader, service: string): AsyncGenerator<Bytes, void, undefined> {
  let line = await lineOf(reader);
  if (line?.startsWith("# service=")) {
    if (line.trimEnd() !== `# service=${service}`) throw new PacketError("it advertises another service");
    yield packet(line);
    if ((await reader.packet()).is !== "flush")
      throw new PacketError("its service line is not followed by a flush");
    yield flush;
    line = await lineOf(reader);
  }
  if (line === undefined) {
    yield flush;
  } else if (service === "git-receive-pack") {
    yield packet(narrowed(line));
  } else if (line.trimEnd() === "version 2") {
    yield packet(line);
    yield* narrowedV2(reader);
  } else {
    yield packet(line);
  }
  yield* reader.rest();
}

/** Capabilities follow the NUL of the first ref line; `no-thin` makes clients send packs that stand alone. */
function narrowed(line: string): string {
  const nul = line.indexOf("\0");
  if (nul < 0) return line;
  const offered = line
    .slice(nul + 1)
    .trim()
    .split(" ");
  const kept = offered.filter((capability) => pushCapabilities.has(capability.split("=")[0] ?? ""));
  return `${line.slice(0, nul)}\0${[...kept, "no-thin"].join(" ")}\n`;
}

/** packfile-uris and bundle-uri would bring bytes from elsewhere; what is not known is not offered. */
async function* narrowedV2(reader: PacketReader): AsyncGenerator<Bytes, void, undefined> {
  for (let count = 0; ; count += 1) {
    const line = await lineOf(reader);
    if (line === undefined) break;
    if (count >= maxCapabilityLines) throw new PacketError("it has too many capability lines");
    const [name = "", features] = line.trimEnd().split("=", 2);
    if (!v2Capabilities.has(name)) continue;
    if (name !== "fetch" || features === undefined) yield packet(line);
    else {
      const kept = features.split(" ").filter((feature) => fetchFeatures.has(feature));
      yield packet(kept.length > 0 ? `fetch=${kept.join(" ")}\n` : "fetch\n");
    }
  }
  yield flush;
}

/** The next line byte by byte (latin1, so that ref names keep their bytes), or undefined at a flush. */
async function lineOf(reader: PacketReader): Promise<string | undefined> {
  const next = await reader.packet();
  if (next.is === "flush") return undefined;
  if (next.is !== "data") throw new PacketError("it ends early, or holds a special packet");
  return Buffer.from(next.payload).toString("latin1");
}

function packet(line: string): Bytes {
  return pktLine(Buffer.from(line, "latin1"));
}
