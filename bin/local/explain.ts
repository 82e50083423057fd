// `gatehouse explain`: a recorded entry from the data folder, or a call that the running gateway is asked about.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { DraftCall, Explanation } from "../../lambda/model/explanation.ts";
import { openLocalReader } from "../../lambda/platform/local/platform.ts";
import { explainIntent } from "../../lambda/policy/explain.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";
import { explanationText } from "./explanation-text.ts";
import { defaultDataDir, projectRoot } from "./paths.ts";
import { lastStarted, runningGateway, sandboxToken } from "./token.ts";

export interface ExplainOptions {
  readonly data?: string;
  readonly policies?: string;
  readonly as?: string;
  readonly body?: string;
  readonly json?: boolean;
}

/** `what` is an entry id, a method and a path, or `push`, a repository and refspecs. Throws with a sentence for a person. */
export async function explain(what: readonly string[], options: ExplainOptions): Promise<string> {
  const [first = "", ...more] = what;
  const explanation =
    more.length === 0
      ? await explainEntry(first, options)
      : await explainCall(await draftOf(first, more, options.body), options);
  return options.json === true ? JSON.stringify(explanation) : explanationText(explanation);
}

async function explainEntry(entry: string, options: ExplainOptions): Promise<Explanation> {
  if (!/^(req|exe)_[a-z2-7]{26}$/.test(entry))
    throw new Error(
      `${entry} not accepted. Expected: an entry (req_… or exe_…), a method and a path, or push, a repository and refs.`,
    );
  const dataDir = resolve(options.data ?? defaultDataDir);
  const policies = loadPolicies(await readPolicies(await policyFolder(dataDir, options.policies)));
  const store = await openLocalReader(dataDir);
  try {
    const records = (await store.records.entry(entry)).map(({ record }) => record);
    const intent = records.find((record) => record.kind === "intent");
    if (intent === undefined) throw new Error(`${dataDir} holds no entry ${entry}.`);
    return explainIntent(policies, intent);
  } finally {
    await store.close();
  }
}

/** The folder given, else that of the gateway which runs on the data folder, else the project's own. */
export async function policyFolder(dataDir: string, given: string | undefined): Promise<string> {
  if (given !== undefined) return resolve(given);
  const running = await lastStarted(dataDir);
  return running?.policies ?? resolve(projectRoot, "policies");
}

/** A document of GraphQL may stand in the file as it is, without the JSON around it. */
async function draftOf(
  first: string,
  [second = "", ...refspecs]: readonly string[],
  bodyFile?: string,
): Promise<DraftCall> {
  if (first.toLowerCase() === "push") {
    if (refspecs.length === 0)
      throw new Error(
        "push what? Name refs as for git push: main, +main (rewrites history), :old (deletes).",
      );
    return { push: second, refspecs };
  }
  if (refspecs.length > 0)
    throw new Error(`${refspecs.join(" ")} not accepted. Expected: a method and a path.`);
  const text = bodyFile === undefined ? undefined : await readFile(bodyFile, "utf8");
  const isDocument = text !== undefined && second.endsWith("/graphql") && !isJson(text);
  const body = isDocument ? JSON.stringify({ query: text }) : text;
  return { method: first.toUpperCase(), path: second, ...(body === undefined ? {} : { body }) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function explainCall(draft: DraftCall, options: ExplainOptions): Promise<Explanation> {
  if (options.as === undefined)
    throw new Error("who would make this call? Name one of the sandbox's people with --as.");
  const { console: consoleUrl } = await runningGateway(resolve(options.data ?? defaultDataDir));
  const token = await sandboxToken({
    as: options.as,
    for: "console",
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  const answer = await fetch(`${consoleUrl}/_gatehouse/api/explain`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(draft),
  });
  // The server is this machine's own gateway: its answers are typed by the same model.
  if (answer.ok) return (await answer.json()) as Explanation;
  const { message } = (await answer.json()) as { message: string };
  throw new Error(message);
}
