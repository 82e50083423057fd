// Reads a fetch (git-upload-pack): its command and every object it wants, and nothing that would bypass the gateway.
// https://git-scm.com/docs/protocol-v2 and https://git-scm.com/docs/pack-protocol
import type { FetchRequest } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Bytes } from "../model/http.ts";
import { flush, pktLine } from "../model/pkt-line.ts";
import { PacketError, PacketReader } from "./git-packets.ts";

/** Wants and haves of the largest fetches stay far below this. */
export const maxFetchBytes = 16 * 1024 * 1024;
const delimiter = new TextEncoder().encode("0001");

export interface ReadFetch {
  readonly fetch: FetchRequest;
  /** The request again, built from the lines that were read. */
  readonly body: Bytes;
}

/** Throws GH_BAD_BODY. `protocol` is what the client's Git-Protocol header said. */
export async function readFetch(bytes: Bytes, protocol: 0 | 1 | 2): Promise<ReadFetch> {
  const reader = new PacketReader(streamOf(bytes));
  try {
    return protocol === 2 ? await readV2(reader) : await readV0(reader, protocol);
  } catch (error) {
    throw error instanceof PacketError ? new GateError("GH_BAD_BODY", { why: error.message }) : error;
  }
}

const oid = "[0-9a-f]{40}";
const lsRefsArgument = /^(?:peel|symrefs|unborn|ref-prefix [^\p{Cc}]{1,1024})$/u;
// No packfile-uris: those bytes would come from another host, past masks and record.
const fetchArgument = new RegExp(
  `^(?:(?:want|have|shallow) ${oid}|want-ref refs/[^\\p{Cc} ]{1,1024}|done|thin-pack|no-progress|include-tag` +
    `|ofs-delta|deepen [0-9]{1,10}|deepen-relative|deepen-since [0-9]{1,12}|deepen-not [^\\p{Cc} ]{1,1024}` +
    `|filter [A-Za-z0-9:+%=._-]{1,200}|sideband-all|wait-for-done)$`,
  "u",
);
const v2Capability = /^(?:agent=[\x21-\x7e]{1,256}|object-format=sha1)$/;

async function readV2(reader: PacketReader): Promise<ReadFetch> {
  const first = await reader.packet();
  if (first.is === "flush")
    return { fetch: { protocol: 2, command: "fetch", wants: [] }, body: await only(reader) };
  const command =
    first.is === "data" ? /^command=(ls-refs|fetch)$/.exec(lineOf(first.payload))?.[1] : undefined;
  if (command !== "ls-refs" && command !== "fetch") return refuse("its command is neither ls-refs nor fetch");
  const lines: Bytes[] = [pktLine(`command=${command}\n`)];
  const wants: string[] = [];
  let isArgument = false;
  for (;;) {
    const packet = await reader.packet();
    if (packet.is === "flush") break;
    if (packet.is === "delimiter" && !isArgument) {
      isArgument = true;
      lines.push(delimiter);
      continue;
    }
    if (packet.is !== "data") return refuse("it ends early, or holds a special packet in the wrong place");
    const line = lineOf(packet.payload);
    if (!isArgument) {
      // A session id of the client's own is nobody's business upstream; anything else was not offered.
      if (line.startsWith("session-id=")) continue;
      if (!v2Capability.test(line)) refuse("it asks for a capability that was not offered");
    } else if (!(command === "fetch" ? fetchArgument : lsRefsArgument).test(line)) {
      refuse(`${command} has an argument that was not offered`);
    }
    if (line.startsWith("want ")) wants.push(line.slice(5));
    lines.push(pktLine(`${line}\n`));
  }
  if ((await reader.packet()).is !== "end") refuse("something follows its command");
  lines.push(flush);
  return { fetch: { protocol: 2, command, wants }, body: Buffer.concat(lines) };
}

const v0Want = new RegExp(`^want (${oid})((?: [\\x21-\\x7e]{1,256}){0,32})$`);
const v0Line = new RegExp(
  `^(?:(?:have|shallow) ${oid}|deepen [0-9]{1,10}|deepen-since [0-9]{1,12}|deepen-not [^\\p{Cc} ]{1,1024}` +
    `|filter [A-Za-z0-9:+%=._-]{1,200}|done)$`,
  "u",
);

async function readV0(reader: PacketReader, protocol: 0 | 1): Promise<ReadFetch> {
  const lines: Bytes[] = [];
  const wants: string[] = [];
  for (;;) {
    const packet = await reader.packet();
    if (packet.is === "end") break;
    if (packet.is === "flush") {
      lines.push(flush);
      continue;
    }
    if (packet.is !== "data") return refuse("it holds a special packet in the wrong place");
    const line = lineOf(packet.payload);
    const [, want, capabilities] = v0Want.exec(line) ?? [];
    if (want === undefined && !v0Line.test(line))
      refuse("a line is none of want, have, shallow, deepen, filter and done");
    if (want !== undefined && wants.length > 0 && capabilities !== "")
      refuse("a later want names capabilities");
    if (want !== undefined) wants.push(want);
    lines.push(pktLine(`${line}\n`));
  }
  return { fetch: { protocol, command: "fetch", wants }, body: Buffer.concat(lines) };
}

async function only(reader: PacketReader): Promise<Bytes> {
  if ((await reader.packet()).is !== "end") refuse("something follows its command");
  return flush;
}

function lineOf(payload: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload).replace(/\n$/, "");
  } catch {
    return refuse("a line is not valid UTF-8");
  }
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why: `as a fetch, ${why}` });
}
