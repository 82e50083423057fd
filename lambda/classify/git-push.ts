// Reads a push: its whole command list, strictly, so that no ref can move that was not decided on.
// https://git-scm.com/docs/pack-protocol#_reference_update_request_and_packfile_transfer
import { zeroOid, type PushCommand, type PushRequest, type RefChange } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { streamOf, type Bytes, type ByteStream } from "../model/http.ts";
import { flush, pktLine } from "../model/pkt-line.ts";
import { PacketError, PacketReader } from "./git-packets.ts";
import { refProblem } from "./ref-name.ts";

const maxShallow = 10_000;
const maxOptions = 16;
const plainCapabilities = new Set([
  "report-status",
  "report-status-v2",
  "side-band-64k",
  "delete-refs",
  "ofs-delta",
  "atomic",
  "push-options",
  "quiet",
  "object-format=sha1",
]);
/** Push options steer server hooks, so only our own pass. */
const knownOption = /^gatehouse\.reason=[^\p{Cc}]{1,500}$/u;

/** Parses up to the pack, which stays a stream. Throws GH_BAD_PUSH. `commandLimit` is a count. */
export async function readPush(body: ByteStream, commandLimit: number): Promise<PushRequest> {
  const reader = new PacketReader(body);
  try {
    return await read(reader, commandLimit);
  } catch (error) {
    await reader.close();
    throw error instanceof PacketError ? new GateError("GH_BAD_PUSH", { why: error.message }) : error;
  }
}

async function read(reader: PacketReader, commandLimit: number): Promise<PushRequest> {
  const shallow: string[] = [];
  const commands: PushCommand[] = [];
  let capabilities: readonly string[] | undefined;
  const refs = new Set<string>();
  for (;;) {
    const packet = await reader.packet();
    if (packet.is === "flush") break;
    if (packet.is === "end") return refuse("it ends before its command list does");
    if (packet.is !== "data") return refuse("its command list holds a special packet");
    const line = textOf(packet.payload);
    const oid = /^shallow ([0-9a-f]{40})\n?$/.exec(line)?.[1];
    if (oid !== undefined) {
      if (commands.length > 0) refuse("a shallow line stands after a command");
      if (shallow.length >= maxShallow) refuse(`it has more than ${maxShallow} shallow lines`);
      shallow.push(oid);
      continue;
    }
    const nul = line.indexOf("\0");
    if (capabilities === undefined) {
      if (nul < 0) return refuse("its first command names no capabilities");
      capabilities = readCapabilities(line.slice(nul + 1));
      commands.push(readCommand(line.slice(0, nul), false));
    } else {
      if (nul >= 0) refuse("a later command holds a NUL");
      commands.push(readCommand(line, true));
    }
    if (commands.length > commandLimit) refuse(`it has more than ${commandLimit} commands`);
    const ref = commands.at(-1)?.ref ?? "";
    if (refs.has(ref)) refuse("it names a ref twice");
    refs.add(ref);
  }
  if (capabilities === undefined) return readProbe(reader, shallow);
  const options = capabilities.includes("push-options") ? await readOptions(reader) : [];
  const isDeleteOnly = commands.every((command) => command.new === zeroOid);
  await checkPackStart(reader, isDeleteOnly);
  const preamble = pushPreamble({ commands, capabilities, options, shallow });
  const pack = isDeleteOnly ? streamOf() : reader.rest();
  return { commands, capabilities, options, shallow, preamble, pack, isProbe: false };
}

/** git sends `0000` alone, to learn whether it may push, before a push that it cannot send twice. */
async function readProbe(reader: PacketReader, shallow: readonly string[]): Promise<PushRequest> {
  if (shallow.length > 0) refuse("it has no commands");
  if ((await reader.peek(1)).length > 0) refuse("something follows an empty command list");
  return {
    commands: [],
    capabilities: [],
    options: [],
    shallow: [],
    preamble: flush,
    pack: streamOf(),
    isProbe: true,
  };
}

async function checkPackStart(reader: PacketReader, isDeleteOnly: boolean): Promise<void> {
  const start = Buffer.from(await reader.peek(4)).toString("latin1");
  if (isDeleteOnly && start !== "") refuse("something follows a push that only deletes");
  if (!isDeleteOnly && start === "") refuse("its pack is missing");
  if (!isDeleteOnly && start !== "PACK") refuse("something else than a pack follows its commands");
}

async function readOptions(reader: PacketReader): Promise<string[]> {
  const options: string[] = [];
  for (;;) {
    const packet = await reader.packet();
    if (packet.is === "flush") return options;
    if (packet.is !== "data") return refuse("its push options do not end");
    const option = textOf(packet.payload).replace(/\n$/, "");
    if (!knownOption.test(option)) refuse("a push option is not one that may pass (gatehouse.reason=…)");
    if (options.length >= maxOptions) refuse(`it has more than ${maxOptions} push options`);
    options.push(option);
  }
}

function readCommand(line: string, mayEndInNewline: boolean): PushCommand {
  const parsed = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\n]+)$/.exec(
    mayEndInNewline ? line.replace(/\n$/, "") : line,
  );
  const [, old, oid, ref] = parsed ?? [];
  if (old === undefined || oid === undefined || ref === undefined) {
    return refuse(
      line.startsWith("push-cert") ? "signed pushes are not taken" : "a command is not <old> <new> <ref>",
    );
  }
  const problem = refProblem(ref);
  if (problem !== undefined) refuse(problem);
  if (old === zeroOid && oid === zeroOid) refuse("a command neither creates, moves nor deletes its ref");
  return { old, new: oid, ref };
}

function readCapabilities(text: string): string[] {
  const capabilities: string[] = [];
  for (const capability of text.replace(/\n$/, "").split(" ")) {
    if (capability === "" || capability.startsWith("session-id=")) continue;
    const isAgent = /^agent=[\x21-\x7e]{1,256}$/.test(capability);
    if (capability.startsWith("object-format=") && capability !== "object-format=sha1") {
      refuse("only SHA-1 repositories are served");
    }
    if (!isAgent && !plainCapabilities.has(capability))
      refuse("it asks for a capability that was not offered");
    if (capabilities.includes(capability)) refuse("it names a capability twice");
    capabilities.push(capability);
  }
  // Without a report the client says "Everything up-to-date" whatever happened.
  if (!capabilities.some((one) => one.startsWith("report-status")))
    refuse("it does not ask for a status report");
  return capabilities;
}

/** Everything before the pack, in git's own spelling. */
export function pushPreamble(
  push: Pick<PushRequest, "commands" | "capabilities" | "options" | "shallow">,
): Bytes {
  const lines = push.shallow.map((oid) => pktLine(`shallow ${oid}\n`));
  for (const [index, command] of push.commands.entries()) {
    const capabilities = index === 0 ? `\0 ${push.capabilities.join(" ")}` : "";
    lines.push(pktLine(`${command.old} ${command.new} ${command.ref}${capabilities}`));
  }
  lines.push(flush);
  if (push.capabilities.includes("push-options")) {
    lines.push(...push.options.map((option) => pktLine(option)), flush);
  }
  return Buffer.concat(lines);
}

/** The same push, all or nothing: how several refs under one approval are forwarded. */
export function asAtomic(push: PushRequest): PushRequest {
  if (push.isProbe || push.capabilities.includes("atomic")) return push;
  const capabilities = [...push.capabilities, "atomic"];
  return { ...push, capabilities, preamble: pushPreamble({ ...push, capabilities }) };
}

/** The ref changes of a push. Whether an update rewrites history is in the pack, which nobody has read yet. */
export function pushedRefs(commands: readonly PushCommand[]): RefChange[] {
  return commands.map(({ old, new: oid, ref }) => {
    if (old === zeroOid) return { ref, change: "create", old, new: oid, force: "no" };
    if (oid === zeroOid) return { ref, change: "delete", old, new: oid, force: "no" };
    return { ref, change: "update", old, new: oid, force: "unknown" };
  });
}

function textOf(payload: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch {
    return refuse("a line is not valid UTF-8");
  }
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_PUSH", { why });
}
