// What masks hide in a pending write, as it is: for a reviewer who asked to see it, and for nothing else.
import type { OpenedMasks } from "../model/api.ts";
import type { FileChange } from "../model/change.ts";
import type { Bytes } from "../model/http.ts";
import type { Masker } from "../model/masking.ts";
import type { EscrowObject } from "../model/ports.ts";
import { textIn } from "./files.ts";
import { textsInJson } from "./json-texts.ts";
import { defaultScanLimits, type ScanLimits } from "./limits.ts";
import { indexPack } from "./pack-index.ts";
import { ObjectSource, type LookUp } from "./source.ts";
import { cutLine, linesOf } from "./text-diff.ts";

const maxLines = 200;
const maxLineChars = 4_000;

/** The masked ones among the lines that the diff of this file shows as they would land. */
export async function hiddenInFile(args: {
  readonly file: Pick<FileChange, "newOid" | "hunks">;
  readonly pack: EscrowObject;
  readonly objects: LookUp;
  readonly limits?: Partial<ScanLimits>;
}): Promise<OpenedMasks> {
  const { file, pack, objects } = args;
  const shown = file.hunks.flatMap(({ lines }) => lines.filter(({ kind }) => kind !== "removed"));
  if (file.newOid === undefined || shown.length === 0) return { lines: [], isCut: false };
  const limits: ScanLimits = { ...defaultScanLimits, ...args.limits };
  const source = new ObjectSource(await indexPack(pack, limits), objects, limits);
  const blob = await source.blob(file.newOid);
  // What cannot be held was not shown line by line either.
  if (blob.is !== "whole") return { lines: [], isCut: true };
  const raw = linesOf(textIn(blob));
  const found = shown.flatMap(({ newLine = 0, text }) => {
    const line = raw[newLine - 1] ?? "";
    return cutLine(line, limits.diffLineChars) === text ? [] : [{ line: newLine, text: line }];
  });
  return cut(found);
}

/** In the JSON body of a REST write, base64 file contents opened. */
export function hiddenInJson(body: Bytes, masker: Masker): OpenedMasks {
  const found: OpenedMasks["lines"][number][] = [];
  textsInJson(JSON.parse(Buffer.from(body).toString("utf8")), (text, place) => {
    const raw = typeof text === "string" ? text : textIn({ bytes: text });
    const lines = linesOf(raw);
    const masked = linesOf(masker.mask(raw).text);
    lines.forEach((was, at) => {
      if (was !== masked[at]) found.push({ place, line: at + 1, text: was });
    });
    return lines.some((was, at) => was !== masked[at]);
  });
  return cut(found);
}

function cut(found: OpenedMasks["lines"]): OpenedMasks {
  const lines = found
    .slice(0, maxLines)
    .map((line) => ({ ...line, text: line.text.slice(0, maxLineChars).toWellFormed() }));
  return { lines, isCut: found.length > maxLines || found.some(({ text }) => text.length > maxLineChars) };
}
