// A session as a chain: each prompt, the model's answers to it, the tools they asked for, and what those did at GitHub.
import type { EntryView } from "../../model/api.ts";

export type Row =
  | { readonly is: "prompt"; readonly key: string; readonly text: string | undefined; readonly atMs: number }
  | { readonly is: "entry"; readonly key: string; readonly entry: EntryView; readonly depth: 0 | 1 | 2 }
  | { readonly is: "tool"; readonly key: string; readonly name: string; readonly calls: number }
  | {
      readonly is: "commits";
      readonly key: string;
      readonly repository: string;
      readonly oids: readonly string[];
    }
  | { readonly is: "unmatched"; readonly key: string; readonly calls: number };

/** In the order of time, without headings, where no model was asked. */
export function rowsOf(entries: readonly EntryView[]): readonly Row[] {
  const prompts = Map.groupBy(entries.filter(isModelCall), promptKey);
  if (prompts.size === 0) return entries.flatMap((entry) => entryRows(entry, 0));
  const models = new Set([...prompts.values()].flat().map(({ entry }) => entry));
  const isLed = ({ causedBy }: EntryView): boolean => causedBy !== undefined && models.has(causedBy.entry);
  const caused = Map.groupBy(entries.filter(isLed), ({ causedBy }) => causedBy?.entry);
  const rest = entries.filter((entry) => !models.has(entry.entry) && !isLed(entry));
  return [
    ...[...prompts].flatMap(([key, answers]) => [
      promptRow(key, answers),
      ...answers.flatMap((answer) => answerRows(answer, caused.get(answer.entry) ?? [])),
    ]),
    ...(rest.length === 0 ? [] : [{ is: "unmatched" as const, key: "unmatched", calls: rest.length }]),
    ...rest.flatMap((entry) => entryRows(entry, 0)),
  ];
}

export function entriesIn(rows: readonly Row[]): readonly EntryView[] {
  return rows.flatMap((row) => (row.is === "entry" ? [row.entry] : []));
}

function isModelCall({ intent: { action }, outcome }: EntryView): boolean {
  const isAsked = action.prompt !== undefined || action.parameters.model !== undefined;
  return action.surface === "copilot" && (isAsked || outcome?.toolCalls !== undefined);
}

/** Calls to a model for one prompt bear one interaction id, or repeat its words within one sitting. */
function promptKey({ entry, intent: { action, caller } }: EntryView): string {
  const { interaction, session, clientSession } = caller.labels;
  if (interaction !== undefined) return `interaction ${interaction}`;
  return action.prompt === undefined ? entry : `words ${session ?? clientSession ?? ""} ${action.prompt}`;
}

function promptRow(key: string, answers: readonly EntryView[]): Row {
  const text = answers.find(({ intent }) => intent.action.prompt !== undefined)?.intent.action.prompt;
  return { is: "prompt", key, text, atMs: answers[0]?.intent.atMs ?? 0 };
}

function answerRows(answer: EntryView, caused: readonly EntryView[]): readonly Row[] {
  const tools = answer.outcome?.toolCalls ?? [];
  return [
    ...entryRows(answer, 1),
    ...tools.flatMap(({ id, name }): readonly Row[] => {
      const calls = caused.filter(({ causedBy }) => causedBy?.toolCall === id);
      const tool = { is: "tool", key: `${answer.entry} ${id}`, name, calls: calls.length } as const;
      return [tool, ...calls.flatMap((call) => entryRows(call, 2))];
    }),
  ];
}

function entryRows(entry: EntryView, depth: 0 | 1 | 2): readonly Row[] {
  const row: Row = { is: "entry", key: entry.entry, entry, depth };
  const landed = entry.outcome?.landed;
  if (landed === undefined) return [row];
  const { repository, commits: oids } = landed;
  return [row, { is: "commits", key: `${entry.entry} commits`, repository, oids }];
}

export function blamePath(repository: string, commit: string): string {
  return `/blame?${new URLSearchParams({ repository, commit }).toString()}`;
}
