// `gatehouse verify`: checks the record of a data folder, and says how much that proves.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import * as z from "zod";
import { verifyRecord, type Head, type RecordReport } from "../../lambda/flow/verify.ts";
import { openLocalReader } from "../../lambda/platform/local/platform.ts";
import { defaultDataDir } from "./paths.ts";

const earlierReport = z.object({
  writers: z.array(z.object({ writer: z.string(), records: z.int().min(0), head: z.string() })),
});

/** `isSound` is false as soon as one fault was found. Throws when the folder or the earlier report cannot be read. */
export async function verifyFolder(options: {
  readonly data?: string;
  readonly against?: string;
  readonly json?: boolean;
}): Promise<{ readonly text: string; readonly isSound: boolean }> {
  const noted = options.against === undefined ? undefined : await readHeads(options.against);
  const folder = resolve(options.data ?? defaultDataDir);
  try {
    return await verified(folder, noted, options.json === true);
  } catch (cause) {
    const said = sqliteMessage(cause);
    if (said === undefined) throw cause;
    throw new Error(
      `the record in ${folder} could not be read (${said}), so nothing about it is proven. It is damaged, or this user may not read it.`,
      { cause },
    );
  }
}

function sqliteMessage(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error && "message" in error))
    return undefined;
  return error.code === "ERR_SQLITE_ERROR" ? String(error.message) : undefined;
}

async function verified(
  folder: string,
  noted: readonly Head[] | undefined,
  isJson: boolean,
): ReturnType<typeof verifyFolder> {
  const store = await openLocalReader(folder);
  try {
    const report = await verifyRecord(store, noted);
    const text = isJson ? JSON.stringify(report) : told(report, noted);
    return { text, isSound: report.faults.length === 0 };
  } finally {
    await store.close();
  }
}

async function readHeads(file: string): Promise<readonly Head[]> {
  try {
    return earlierReport.parse(JSON.parse(await readFile(file, "utf8"))).writers;
  } catch (cause) {
    throw new Error(`--against ${file} not accepted. Expected: what gatehouse verify --json printed.`, {
      cause,
    });
  }
}

function told(report: RecordReport, noted: readonly Head[] | undefined): string {
  const { writers, records, bodies, openEntries, faults } = report;
  const checked = `Checked ${count(writers.length, "writer")}, ${count(records, "record")}, ${count(bodies, "body", "bodies")}; ${count(openEntries, "call")} without an outcome yet.`;
  if (faults.length > 0)
    return [
      ...faults.map(({ writer, seq, says }) => `FAULT  writer ${writer}, record ${seq}: ${says}`),
      checked,
      `${count(faults.length, "fault")} found: this record is not as it was written.`,
    ].join("\n");
  return [checked, ...(noted === undefined ? selfConsistent : againstHeads(noted))].join("\n");
}

const selfConsistent = [
  "No fault found. The record is self-consistent only: it is not sealed, so an end cut off, a whole writer removed, or a",
  "chain written anew by somebody who can write this folder does not show. To see those later, keep the output of",
  "gatehouse verify --json outside this machine, and give it to --against.",
];

function againstHeads(noted: readonly Head[]): string[] {
  const kept = noted.reduce((sum, { records }) => sum + records, 0);
  return [
    `No fault found. The first ${count(kept, "record")} are those of the earlier report. What came later is self-consistent`,
    "only: it is not sealed, so a cut end or a rewritten chain behind that report does not show.",
  ];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
