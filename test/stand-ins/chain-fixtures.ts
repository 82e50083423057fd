// A session in which a prompt led to a push: for the pages that show the way from one to the other.
import type { EntryView } from "../../lambda/model/api.ts";
import type { IntentRecord } from "../../lambda/model/record.ts";
import { entryOf } from "./console-fixtures.ts";

export const promptWords = "Fix the rounding in invoice totals, and push it.";
export const landedCommit = "9f8e7d6".padEnd(40, "0");

/** A model's answer that asks for a shell, the push that followed, and a call of which nobody knows why. */
export function chainEntries(session: string, atMs: number): EntryView[] {
  const asked = entryOf("req_model", session, atMs, {
    title: "Ask a model",
    method: "POST",
    path: "/responses",
  });
  const pushed = entryOf("req_push", session, atMs + 4_000, { title: "Push to a branch", pushes: true });
  const other = entryOf("req_other", session, atMs + 9_000, { title: "List issues" });
  const action: IntentRecord["action"] = {
    surface: "copilot",
    operation: "copilot/responses",
    title: "Ask a model",
    effect: "read",
    refs: [],
    paths: [],
    parameters: { model: "gpt-5.4" },
    prompt: promptWords,
  };
  const bash = { id: "call_1", name: "bash", argumentsHash: "00" };
  const idle = { id: "call_2", name: "view", argumentsHash: "01" };
  return [
    {
      ...asked,
      intent: { ...asked.intent, action },
      ...(asked.outcome && { outcome: { ...asked.outcome, toolCalls: [bash, idle] } }),
    },
    {
      ...pushed,
      ...(pushed.outcome && {
        outcome: { ...pushed.outcome, landed: { repository: "acme/app", commits: [landedCommit] } },
      }),
      causedBy: { entry: "req_model", toolCall: "call_1", tool: "bash", how: "session" },
    },
    other,
  ];
}
