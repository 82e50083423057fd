// `gatehouse setup`: plans changes to settings, and plans their undoing: byte for byte where nobody changed the file since.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { z } from "zod";
import { writePrivately } from "./hosts.ts";
import { configFolder, isMissing, type Env } from "./places.ts";
import { settingsOf, targets, type Around, type Setting, type Target } from "./settings.ts";

const memory = z.record(
  z.string(),
  z.object({
    /** As it was before the first setup; null: there was no file. May hold secrets, so the memory is private. */
    before: z.string().nullable(),
    /** SHA-256 of what setup left. */
    after: z.string(),
    host: z.string(),
    targets: z.array(z.enum(targets)),
  }),
);

type Memory = z.output<typeof memory>;

export interface Change {
  readonly file: string;
  readonly before: string | undefined;
  /** Undefined: the file is removed. */
  readonly after: string | undefined;
}

export interface Plan {
  readonly changes: readonly Change[];
  readonly memory: Memory;
}

export async function planSetup(chosen: readonly Target[], around: Around): Promise<Plan> {
  const known = await readMemory(around.env);
  const next: Memory = { ...known };
  const changes: Change[] = [];
  for (const [file, settings] of byFile(chosen, around)) {
    const before = await textOf(file);
    const after = settings.reduce<string | undefined>((text, setting) => setting.write(text), before);
    if (after === undefined || after === before) continue;
    const earlier = known[file];
    const isOurs = earlier !== undefined && before !== undefined && earlier.after === hashOf(before);
    // Changed by hand since: what it would be without us is the state to go back to.
    const original =
      isOurs || earlier === undefined ? undefined : unwritten(file, before, earlier.targets, around);
    next[file] = {
      before: isOurs ? earlier.before : (original ?? before ?? null),
      after: hashOf(after),
      host: around.host,
      targets: [...new Set([...(earlier?.targets ?? []), ...settings.map(({ target }) => target)])],
    };
    changes.push({ file, before, after });
  }
  return { changes, memory: next };
}

export async function planUndo(chosen: readonly Target[], around: Omit<Around, "host">): Promise<Plan> {
  const known = await readMemory(around.env);
  const next: Memory = { ...known };
  const changes: Change[] = [];
  for (const [file, entry] of Object.entries(known)) {
    const going = entry.targets.filter((target) => chosen.includes(target));
    if (going.length === 0) continue;
    const before = await textOf(file);
    const staying = entry.targets.filter((target) => !going.includes(target));
    const isUntouched = before !== undefined && hashOf(before) === entry.after;
    const after =
      staying.length === 0 && isUntouched
        ? (entry.before ?? undefined)
        : unwritten(file, before, going, { ...around, host: entry.host });
    next[file] = { ...entry, targets: staying, after: hashOf(after ?? "") };
    if (staying.length === 0) Reflect.deleteProperty(next, file);
    if (after !== before) changes.push({ file, before, after });
  }
  return { changes, memory: next };
}

/** As `diff -u` shows it. */
export function unifiedDiff({ file, before, after }: Change): string {
  const [from, to] = [before === undefined ? "/dev/null" : file, after === undefined ? "/dev/null" : file];
  return createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, {
    context: 3,
  }).replace(/^(?:Index: .*\n)?=+\n/, "");
}

/** What each file held is compared once more: somebody may have saved it while the person read the diff. */
export async function carryOutSetup(plan: Plan, env: Env): Promise<void> {
  for (const { file, before } of plan.changes)
    if ((await textOf(file)) !== before)
      throw new Error(`${file} was changed meanwhile. Nothing was written; run this again.`);
  await writePrivately(memoryFile(env), `${JSON.stringify(plan.memory, undefined, 2)}\n`);
  for (const { file, after } of plan.changes) {
    if (after === undefined) {
      await rm(file);
      continue;
    }
    await mkdir(dirname(file), { recursive: true });
    // Not replaced by a new file: it may be a link into somebody's dotfiles, with a mode of its own.
    await writeFile(file, after, { mode: 0o600 });
  }
}

function byFile(chosen: readonly Target[], around: Around): ReadonlyMap<string, Setting[]> {
  const files = new Map<string, Setting[]>();
  for (const setting of chosen.flatMap((target) => settingsOf(target, around)))
    files.set(setting.file, [...(files.get(setting.file) ?? []), setting]);
  return files;
}

function unwritten(
  file: string,
  text: string | undefined,
  going: readonly Target[],
  around: Around,
): string | undefined {
  const settings = byFile(going, around).get(file) ?? [];
  return text === undefined ? undefined : settings.reduce((left, setting) => setting.unwrite(left), text);
}

async function readMemory(env: Env): Promise<Memory> {
  const text = await textOf(memoryFile(env));
  return text === undefined ? {} : memory.parse(JSON.parse(text));
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function memoryFile(env: Env): string {
  return join(configFolder(env), "setup.json");
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
