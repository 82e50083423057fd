// Turns what the flow knows of a call into what the record keeps: masked, well-formed, and bounded in size.
import type { Action, Part, RefChange, Repository } from "../model/action.ts";
import type { Caller } from "../model/caller.ts";
import type { Masker } from "../model/masking.ts";
import type { IntentRecord, RecordedAction, RecordedCaller, RecordedVerdict } from "../model/record.ts";
import type { ProtectionFact, Verdict } from "../model/verdict.ts";
import { promptIn } from "./prompt-text.ts";
import { argumentsHash, toolResultsIn } from "./tool-calls.ts";

type TextMasker = Pick<Masker, "mask">;

/** A DynamoDB item ends at 400 kB; labels and lists that a client chooses must not push a record over it. */
const maxLabel = 300;
const maxText = 2_000;
const maxList = 500;

/** Masked; at most `limit` characters. Cut after masking, so that no half of a secret slips past the mask. */
function recordedText(text: string, masker: TextMasker, limit = maxText): string {
  const { text: masked } = masker.mask(text.toWellFormed());
  return masked.length > limit ? `${masked.slice(0, limit).toWellFormed()}…` : masked;
}

function recordedList(texts: readonly string[], masker: TextMasker): string[] {
  const kept = texts.slice(0, maxList).map((text) => recordedText(text, masker, maxLabel));
  return texts.length > maxList ? [...kept, `… and ${texts.length - maxList} more`] : kept;
}

function recordedMap(map: Readonly<Record<string, string>>, masker: TextMasker): Record<string, string> {
  return Object.fromEntries(
    Object.entries(map)
      .slice(0, 50)
      .map(([name, value]) => [recordedText(name, masker, maxLabel), recordedText(value, masker)]),
  );
}

export function recordedCaller(caller: Caller, masker: TextMasker): RecordedCaller {
  return {
    subject: caller.subject,
    login: caller.login,
    teams: caller.teams,
    client: recordedText(caller.claimedClient, masker, maxLabel),
    proof: caller.proof,
    remoteAddress: caller.remoteAddress,
    labels: recordedMap(caller.claimedLabels, masker),
  };
}

/** `refs` are the resolved ones; without them those that the action names itself are recorded. */
export function recordedAction(
  action: Action,
  masker: TextMasker,
  resolved: { readonly repository?: Repository | undefined; readonly refs?: readonly RefChange[] } = {},
): RecordedAction {
  const { repository } = resolved;
  const named = action.repository && `${action.repository.owner}/${action.repository.name}`;
  const fullName = repository?.fullName ?? named;
  const refs = resolved.refs ?? (action.branches.from === "refs" ? action.branches.refs : []);
  return {
    surface: action.surface,
    operation: action.operation,
    title: action.title,
    effect: action.effect,
    ...(fullName === undefined ? {} : { repository: recordedText(fullName, masker, maxLabel) }),
    ...(repository === undefined ? {} : { repositoryId: repository.id }),
    ...(action.organization === undefined
      ? {}
      : { organization: recordedText(action.organization, masker, maxLabel) }),
    refs: recordedRefs(refs, masker),
    paths: recordedList(action.paths, masker),
    parameters: recordedMap(action.parameters, masker),
    ...lineage(action, masker),
    ...(action.fetch === undefined ? {} : { wants: recordedList(action.fetch.wants, masker) }),
    ...(action.parts === undefined ? {} : { parts: recordedParts(action.parts, masker) }),
  };
}

/** All of them, or the same question could not be asked again; `classify` caps how many one document may have. */
function recordedParts(parts: readonly Part[], masker: TextMasker): readonly Part[] {
  return parts.map((part) => ({
    ...part,
    answerKey: recordedText(part.answerKey, masker, maxLabel),
    refs: recordedRefs(part.refs, masker),
  }));
}

function recordedRefs(refs: readonly RefChange[], masker: TextMasker): readonly RefChange[] {
  return refs.map((change) => ({ ...change, ref: recordedText(change.ref, masker) }));
}

/** What later leads a call back to the answer of a model that asked for it. */
function lineage(
  action: Action,
  masker: TextMasker,
): Pick<RecordedAction, "prompt" | "toolResults" | "tool"> {
  if (action.mcp?.tool !== undefined) {
    const name = recordedText(action.mcp.tool, masker, maxLabel);
    return { tool: { name, argumentsHash: argumentsHash(JSON.stringify(action.json ?? {}), masker) } };
  }
  if (action.model === undefined) return {};
  const prompt = promptIn(action.json);
  const ids = toolResultsIn(action.json);
  return {
    ...(prompt === undefined ? {} : { prompt: recordedText(prompt, masker, maxLabel) }),
    ...(ids.length === 0 ? {} : { toolResults: recordedList(ids, masker) }),
  };
}

/** What the record says of a request that was refused before anyone could name its operation. */
export function recordedUnknown(title: string, masker: TextMasker): RecordedAction {
  return {
    surface: "unknown",
    operation: "unknown",
    title: recordedText(title, masker, maxLabel),
    effect: "unknown",
    refs: [],
    paths: [],
    parameters: {},
  };
}

/** Undefined stands for a request that was refused before policy was asked. */
export function recordedVerdict(
  verdict: Verdict | undefined,
  masker: TextMasker,
  protection: readonly ProtectionFact[] = [],
  reasonWithoutVerdict = "",
): RecordedVerdict {
  const facts = protection.map((fact) => ({ ...fact, ref: recordedText(fact.ref, masker) }));
  if (verdict === undefined) {
    const reason = recordedText(reasonWithoutVerdict, masker);
    return { is: "none", rules: [], reason, policyHash: "", masks: [], protection: facts };
  }
  return {
    is: verdict.is,
    rules: verdict.rules,
    reason: recordedText(verdict.reason, masker),
    policyHash: verdict.policyHash,
    masks: verdict.is === "deny" ? [] : verdict.masks,
    protection: facts,
  };
}

/** The path that is sent to GitHub, masked, without its query. */
export function recordedPath(action: Action, masker: TextMasker): string {
  // Masked before it is encoded: an escape in the middle would hide a secret from the mask.
  const segments = action.send.segments.map((segment) =>
    encodeURIComponent(recordedText(segment, masker, maxLabel)),
  );
  return `/${segments.join("/")}`;
}

/** A request target as it came, masked, without its query: for what was refused before it was understood. */
export function recordedTarget(target: string, masker: TextMasker): string {
  const path = target.replace(/[?#].*$/s, "");
  const decoded = decodedOrSame(path);
  // A secret with an escape in it is seen in the decoded path only, so then that one is recorded.
  return recordedText(masker.mask(decoded).counts.length > 0 ? decoded : path, masker);
}

function decodedOrSame(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function recordedRequest(
  action: Action,
  masker: TextMasker,
  bodyBytes?: number,
): IntentRecord["request"] {
  return {
    method: action.send.method,
    path: recordedPath(action, masker),
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
  };
}
