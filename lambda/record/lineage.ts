// Leads a call at GitHub back to the model's answer that asked for it. What fits two answers is led back to none.
import type { IntentRecord, OutcomeRecord, RecordedToolCall } from "../model/record.ts";
import type { Cause } from "../model/api.ts";

/** One entry of a session, in the order of the session. */
export interface Step {
  readonly entry: string;
  readonly intent: IntentRecord;
  readonly outcome?: OutcomeRecord;
}

/** A tool that runs longer than this is no longer taken for the cause. */
const maxAgeMs = 60 * 60_000;
/** How far back the cause of an entry can lie: a tool that runs for an hour, after an answer that took as long. */
export const lookBackMs = 2 * maxAgeMs;
/** The tools in which agents run git and gh. */
const shells: ReadonlySet<string> = new Set([
  "bash",
  "shell",
  "local_shell",
  "powershell",
  "run_in_terminal",
  "write_bash",
  "write_powershell",
]);

interface Open extends RecordedToolCall {
  readonly entry: string;
  readonly sitting: string | undefined;
  /** The agent's own name for its turn, or for the call to the model. */
  readonly request: string | undefined;
  readonly atMs: number;
}

/** Causes by entry. `steps` are all entries of one session up to the last one of interest, oldest first. */
export function causesOf(steps: readonly Step[]): ReadonlyMap<string, Cause> {
  const causes = new Map<string, Cause>();
  const byPlan = new Map<string, Cause>();
  for (const step of steps) {
    const { intent, entry } = step;
    if (intent.action.surface === "copilot") continue;
    const cause =
      entry.startsWith("exe_") && intent.plan !== undefined
        ? byPlan.get(intent.plan)
        : causeOf(intent, openAt(intent, steps));
    if (cause === undefined) continue;
    causes.set(entry, cause);
    if (intent.plan !== undefined) byPlan.set(intent.plan, cause);
  }
  return causes;
}

/** The tool calls that were asked for before the entry began, and whose results no prompt had brought yet. */
function openAt(intent: IntentRecord, steps: readonly Step[]): readonly Open[] {
  const done = new Set<string>();
  const open: Open[] = [];
  for (const { entry, intent: asked, outcome } of steps) {
    if (asked.action.surface !== "copilot" || asked.atMs > intent.atMs) continue;
    for (const id of asked.action.toolResults ?? []) done.add(id);
    if (outcome === undefined || outcome.atMs > intent.atMs || intent.atMs - outcome.atMs > maxAgeMs)
      continue;
    for (const call of outcome.toolCalls ?? [])
      open.push({
        ...call,
        entry,
        sitting: sittingOf(asked),
        request: asked.caller.labels.request,
        atMs: outcome.atMs,
      });
  }
  return open.filter(({ id }) => !done.has(id));
}

function causeOf(intent: IntentRecord, open: readonly Open[]): Cause | undefined {
  const { labels } = intent.caller;
  const { tool } = intent.action;
  const named = labels.toolCall;
  if (named !== undefined)
    return only(
      open.filter(({ id }) => id === named),
      "id",
    );
  const sitting = sittingOf(intent);
  const inSitting = sitting === undefined ? open : open.filter((call) => call.sitting === sitting);
  // Only where an answer bears the same name: agents do not promise to use one for both.
  const inRequest = inSitting.filter(({ request }) => request !== undefined && request === labels.request);
  const near = inRequest.length === 0 ? inSitting : inRequest;
  if (tool !== undefined)
    return only(
      near.filter(
        ({ name, argumentsHash }) => argumentsHash === tool.argumentsHash && isNamed(name, tool.name),
      ),
      "arguments",
    );
  return intent.action.surface === "mcp"
    ? undefined
    : only(
        near.filter(({ name }) => shells.has(name)),
        "session",
      );
}

/** Agents call a server's tool `<server>-<tool>` (Copilot CLI) or `mcp_<server>_<tool>` (VS Code). */
function isNamed(called: string, tool: string): boolean {
  return called === tool || called.endsWith(`-${tool}`) || called.endsWith(`_${tool}`);
}

function only(fitting: readonly Open[], how: Cause["how"]): Cause | undefined {
  const [call, other] = fitting;
  if (call === undefined || other !== undefined) return undefined;
  return { entry: call.entry, toolCall: call.id, tool: call.name, how };
}

/** The agent's own name for its sitting: a label of the client, which can mislead about its own session only. */
function sittingOf({ caller: { labels } }: IntentRecord): string | undefined {
  return labels.session ?? labels.clientSession;
}
