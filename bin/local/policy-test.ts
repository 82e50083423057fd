// `gatehouse policy test`: loads a policy folder and checks the cases beside it, with all that helps to mend a failure.
import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseCases, runCases, type CaseResult } from "../../lambda/policy/cases.ts";
import { explainInput } from "../../lambda/policy/explain.ts";
import { loadPolicies, type Policies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { projectRoot } from "./paths.ts";

const maxWhatIfs = 3;

/** Throws PolicyError when rules or cases are not accepted. */
export async function testPolicies(
  folder = join(projectRoot, "policies"),
): Promise<{ readonly text: string; readonly isMet: boolean }> {
  const shown = relative(process.cwd(), resolve(folder)) || ".";
  const policies = loadPolicies(await readPolicies(folder, shown));
  const file = join(shown, "cases.json");
  const results = runCases(policies, parseCases(file, await readCases(join(folder, "cases.json"), file)));
  const failed = results.filter(({ isMet }) => !isMet);
  const lines = results.flatMap((result) =>
    result.isMet ? [`ok    ${result.name}`] : failure(policies, result),
  );
  const sum = `${results.length} cases, ${failed.length === 0 ? "all as expected" : `${failed.length} not as expected`}.`;
  return { text: [...lines, sum].join("\n"), isMet: failed.length === 0 };
}

async function readCases(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new Error(`${shown} could not be read (${why}). Cases stand beside the policies in this file.`, {
      cause,
    });
  }
}

function failure(policies: Policies, { name, input, verdict, differences }: CaseResult): string[] {
  const { rules, whatIfs } = explainInput(policies, input, { login: "the case", title: name });
  return [
    `FAIL  ${name}`,
    ...differences.map((line) => `        ${line}`),
    `        ${verdict.is}: ${verdict.reason}`,
    ...rules.map(({ id, place = "" }) => `        by ${id} (${place})`),
    ...whatIfs.slice(0, maxWhatIfs).map(({ if: condition, then }) => `        if ${condition}: ${then.is}`),
  ];
}
