// The shipped policies with one thing changed, in a folder of their own: what a story about another rule is told with.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface PolicyFolder {
  readonly folder: string;
  remove(): Promise<void>;
}

const shipped = resolve(import.meta.dirname, "../../policies");

/**
 * Puts these annotations of these approval rules, told by their id, in place of the shipped ones; undefined takes one out.
 * `added` is the text of further approval rules.
 */
export async function policiesWith(
  changes: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
  added = "",
): Promise<PolicyFolder> {
  const parent = await mkdtemp(join(tmpdir(), "gatehouse-"));
  const folder = join(parent, "policies");
  await cp(shipped, folder, { recursive: true });
  const file = join(folder, "approvals.cedar");
  let text = await readFile(file, "utf8");
  for (const [rule, annotations] of Object.entries(changes)) text = annotated(text, rule, annotations);
  await writeFile(file, text + added);
  return { folder, remove: () => rm(parent, { recursive: true, force: true }) };
}

function annotated(
  text: string,
  rule: string,
  annotations: Readonly<Record<string, string | undefined>>,
): string {
  const [before, own, after] = text.split(new RegExp(`(@id\\("${rule}"\\)\\n(?:@.*\\n)*)`));
  if (before === undefined || own === undefined || after === undefined)
    throw new Error(`there is no rule ${rule}`);
  const others = own
    .split("\n")
    .filter((line) => !Object.keys(annotations).some((name) => line.startsWith(`@${name}(`)));
  const lines = Object.entries(annotations).flatMap(([name, value]) =>
    value === undefined ? [] : [`@${name}("${value}")\n`],
  );
  return `${before}${others.join("\n")}${lines.join("")}${after}`;
}
