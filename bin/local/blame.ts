// `gatehouse blame`: asks the running gateway which prompt wrote a commit, and says it in a few lines.
import { resolve } from "node:path";
import type { Blame } from "../../lambda/model/api.ts";
import { keptToken } from "../cli/account.ts";
import { ownSession } from "../cli/gateway-call.ts";
import { defaultDataDir } from "./paths.ts";
import { runningGateway, sandboxToken } from "./token.ts";

export interface BlameOptions {
  readonly as?: string;
  readonly host?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** Throws with a sentence for a person. */
export async function blame(repository: string, commit: string, options: BlameOptions): Promise<string> {
  const { as, ...rest } = options;
  return as === undefined
    ? atTheConsole(repository, commit, rest)
    : inTheSandbox(repository, commit, { as, ...rest });
}

/** What a program holds opens no record, because an agent could hold it too: a browser reads it. */
async function atTheConsole(repository: string, commit: string, options: BlameOptions): Promise<string> {
  if (options.json === true)
    throw new Error("--json needs --as: elsewhere a browser reads the record, not a program");
  const { host, token } = await keptToken(options.host, process.env, Date.now());
  const who = await ownSession(host, token);
  if ("refusal" in who) throw new Error(`${host} does not take the sign-in that is kept: ${who.refusal}`);
  const address = new URL(`/blame?${new URLSearchParams({ repository, commit }).toString()}`, who.console);
  return `The console says it to a browser that is signed in there:\n  ${address.href}`;
}

async function inTheSandbox(
  repository: string,
  commit: string,
  options: BlameOptions & { readonly as: string },
): Promise<string> {
  const { console: consoleUrl } = await runningGateway(resolve(options.data ?? defaultDataDir));
  const token = await sandboxToken({
    as: options.as,
    for: "console",
    ...(options.data === undefined ? {} : { data: options.data }),
  });
  const query = new URLSearchParams({ repository, commit });
  const answer = await fetch(`${consoleUrl}/_gatehouse/api/blame?${query.toString()}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(((await answer.json()) as { message: string }).message);
  // The server is this machine's own gateway: its answers are typed by the same model.
  const found = (await answer.json()) as Blame;
  return options.json === true ? JSON.stringify(found) : blameText(found, consoleUrl);
}

export function blameText({ commit, repository, landed, asked, prompt }: Blame, consoleUrl: string): string {
  const { intent, causedBy } = landed;
  const when = new Date(intent.atMs).toISOString();
  const link = (entry: string): string => `${consoleUrl}/sessions/${landed.session}#${entry}`;
  const lines = [
    `${commit.slice(0, 10)} came to ${repository} by ${intent.caller.login}: ${intent.action.title} (${when})`,
    `  ${link(landed.entry)}`,
  ];
  if (asked === undefined || causedBy === undefined)
    return [...lines, "No prompt can be named for certain."].join("\n");
  const model = asked.intent.action.parameters.model ?? "a model";
  const how = {
    id: "the id of the tool call",
    arguments: "tool and arguments",
    session: "the one open shell call",
  };
  return [
    ...lines,
    `asked for by ${model}, which called ${causedBy.tool} (${causedBy.toolCall}); known by ${how[causedBy.how]}`,
    `  ${link(asked.entry)}`,
    ...(prompt === undefined
      ? ["The prompt is longer than what is recorded of it."]
      : ["The person had written:", ...prompt.split("\n").map((line) => `  ${line}`)]),
  ].join("\n");
}
