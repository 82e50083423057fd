// What a ref stands for when it is a symbolic one: REST does not say it, git's own ls-refs does.
// https://git-scm.com/docs/protocol-v2#_ls_refs
import type { Repository } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import type { Bytes } from "../model/http.ts";
import { flush, pktLine } from "../model/pkt-line.ts";
import type { Ask } from "./read-json.ts";

const delimiter = new TextEncoder().encode("0001");

/** Undefined for a plain ref, and for one that is not there. */
export async function symbolicTargetAt(
  ask: Ask,
  { owner, name }: Repository,
  ref: string,
): Promise<string | undefined> {
  const what = `whether ${ref} stands for another ref`;
  const packets = Buffer.concat([
    pktLine("command=ls-refs\n"),
    delimiter,
    pktLine("symrefs\n"),
    pktLine(`ref-prefix ${ref}\n`),
    flush,
  ]);
  const reply = await ask({
    what,
    repository: { owner, name },
    segments: [owner, `${name}.git`, "git-upload-pack"],
    packets,
  });
  if (reply === undefined) throw new GateError("GH_FACTS_UNAVAILABLE", { what });
  try {
    return targetIn(linesOf(reply.bytes), ref);
  } catch (cause) {
    throw new GateError("GH_FACTS_UNAVAILABLE", { what }, { cause });
  }
}

/** Each line is `<oid> <ref>`, and attributes. The prefix finds longer names as well. */
function targetIn(lines: readonly string[], ref: string): string | undefined {
  for (const line of lines) {
    const [oid = "", found, ...attributes] = line.replace(/\n$/, "").split(" ");
    if (!/^[0-9a-f]{40}$/.test(oid) || found === undefined) throw new Error("not a line of ls-refs");
    if (found !== ref) continue;
    return attributes.find((one) => one.startsWith("symref-target:"))?.slice("symref-target:".length);
  }
  return undefined;
}

function linesOf(bytes: Bytes): string[] {
  const text = Buffer.from(bytes);
  const lines: string[] = [];
  for (let at = 0; ;) {
    const head = text.toString("latin1", at, at + 4);
    if (!/^[0-9a-f]{4}$/.test(head)) throw new Error("not a packet");
    const length = Number.parseInt(head, 16);
    if (length === 0) {
      if (at + 4 !== text.length) throw new Error("more than one list");
      return lines;
    }
    if (length < 5 || at + length > text.length) throw new Error("not a whole packet");
    lines.push(text.toString("utf8", at + 4, at + length));
    at += length;
  }
}
