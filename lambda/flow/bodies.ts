// What of a request and its answer is kept: masked, bounded, and committed to in the outcome.
import type { Action, Oid } from "../model/action.ts";
import { header, type ByteStream } from "../model/http.ts";
import type { EventMasking, Masker, MaskStream } from "../model/masking.ts";
import type { RefResult } from "../model/plan.ts";
import type { UpstreamAnswer } from "../model/ports.ts";
import type { BodyCommitment, RecordedToolCall } from "../model/record.ts";
import { PushReportReader } from "../forward/push-report.ts";
import { createBodyRecorder } from "../record/body-recorder.ts";
import { ToolCallReader } from "../record/tool-calls.ts";
import { commitsPushed } from "./made-commits.ts";
import type { Finding } from "./scanned.ts";
import type { Judged } from "./request.ts";
import type { World } from "./world.ts";
import { writeResults } from "./write-results.ts";

/** How an answer is masked: inside JSON strings, as text, or not at all (packs, archives: their bytes are hashed). */
export function maskKind(answer: Pick<UpstreamAnswer, "headers">): "json" | "text" | "events" | "none" {
  const type = (header(answer.headers, "content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  // Git's report on a push is text in packets; masks keep lengths, so the framing survives.
  if (type === "application/x-git-receive-pack-result") return "text";
  if (/^application\/x-git-|^application\/(zip|gzip|x-gzip|x-tar)$|^(image|audio|video|font)\//.test(type))
    return "none";
  // raw, diff, patch … carry a JSON-looking suffix and are not JSON.
  if (/\.(raw|diff|patch|sha|html|text)(\+json)?$/.test(type)) return "text";
  if (type === "text/event-stream") return "events";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  return "text";
}

export function recordedAs(kind: ReturnType<typeof maskKind>): "json" | "text" | "binary" {
  return kind === "none" ? "binary" : kind === "events" ? "text" : kind;
}

export async function recordRequestBody(
  entry: string,
  action: Action,
  world: World,
): Promise<BodyCommitment[]> {
  if (action.json === undefined) return [];
  return [await recordText(`${entry}/request`, "application/json", JSON.stringify(action.json), world)];
}

const maxChangeBytes = 16 * 1024 * 1024;

/** A push is kept as its commands, object list and masked diff; never as its pack. */
export async function recordChange(entry: string, finding: Finding, world: World): Promise<BodyCommitment[]> {
  if (finding.change === undefined) return [];
  const text = JSON.stringify(finding.change);
  const commitment = await recordText(
    `${entry}/change`,
    "application/vnd.gatehouse.change+json",
    text,
    world,
    maxChangeBytes,
  );
  return [{ ...commitment, masks: [...finding.changeMasks, ...commitment.masks] }];
}

async function recordText(
  name: string,
  mediaType: string,
  text: string,
  world: World,
  limit?: number,
): Promise<BodyCommitment> {
  const recorder = createBodyRecorder({
    name,
    mediaType,
    kind: "json",
    masker: world.masker,
    limit: limit ?? world.config.limits.recordedBodyBytes,
    bodies: world.bodies,
    ids: world.ids,
  });
  recorder.push(new TextEncoder().encode(text));
  return recorder.finish();
}

export interface AnswerRecorder {
  /** Whether the answer's length is known to stay as upstream said. */
  readonly keepsLength: boolean;
  /** Passes the answer on, masked, while it is recorded. */
  pass(source: ByteStream): ByteStream;
  finish(): Promise<{
    readonly bodies: readonly BodyCommitment[];
    readonly refResults: readonly RefResult[];
    /** Commits that came to GitHub by this call. */
    readonly commits: readonly Oid[];
    readonly toolCalls?: readonly RecordedToolCall[];
  }>;
}

export function answerRecorder(passage: Judged, answer: UpstreamAnswer): AnswerRecorder {
  const { world, entry, target, judgement, finding } = passage;
  const { action } = target;
  // The client checks the hash of a large file: its bytes pass as they are, like those of a pack.
  const isFile = action.largeFile !== undefined && answer.status === 200;
  const kind = isFile ? "none" : maskKind(answer);
  const masks = judgement.verdict.is === "deny" ? [] : judgement.verdict.masks;
  const mask = maskingOf(kind, maskerFor(masks, world));
  const isRead = action.effect === "read" || action.effect === "read-many";
  const isTool = action.mcp?.tool !== undefined;
  const { operation, parts } = action;
  const written =
    (isRead && !isTool) || action.push !== undefined
      ? undefined
      : writeResults({ operation, refs: target.refs, parts, isTool });
  const report = action.push === undefined ? undefined : new PushReportReader(action.push.capabilities);
  // Git's own answers are kept as ref results; a fetched pack only as its size and wants.
  const recorder =
    action.surface === "git" || isFile
      ? undefined
      : createBodyRecorder({
          name: `${entry.id}/response`,
          mediaType: header(answer.headers, "content-type") ?? "application/octet-stream",
          kind: recordedAs(kind),
          masker: world.masker,
          limit: world.config.limits.recordedBodyBytes,
          bodies: world.bodies,
          ids: world.ids,
        });
  const tools = action.model === undefined ? undefined : new ToolCallReader(kind === "events", world.masker);
  // The record is masked whatever the caller may see.
  const isMaskedAlready = mask !== undefined && masks.includes("secrets");
  const recordedEvents = kind === "events" && !isMaskedAlready ? world.masker.events() : undefined;
  return {
    keepsLength: kind !== "json" && kind !== "events" && action.surface !== "git",
    async *pass(source) {
      for await (const chunk of mask === undefined ? source : masked(source, mask)) {
        report?.push(chunk);
        written?.push(chunk);
        tools?.push(chunk);
        if (isMaskedAlready) recorder?.pushMasked(chunk);
        else if (recordedEvents !== undefined)
          for (const event of recordedEvents.push(chunk)) recorder?.pushMasked(event);
        else recorder?.push(chunk);
        yield chunk;
      }
    },
    async finish() {
      for (const event of recordedEvents?.end() ?? []) recorder?.pushMasked(event);
      const counts = isMaskedAlready ? mask.counts() : (recordedEvents?.counts() ?? []);
      const bodies = recorder === undefined ? [] : [await recorder.finish(counts)];
      const toolCalls = tools?.end() ?? [];
      const pushed = report?.end().refs;
      const made = written?.end(answer.status);
      return {
        bodies,
        ...(toolCalls.length === 0 ? {} : { toolCalls }),
        refResults: pushed ?? made?.refs ?? [],
        commits: made?.commits ?? commitsPushed(finding.change, pushed ?? []),
      };
    },
  };
}

export function maskerFor(masks: readonly string[], world: World): Masker {
  return masks.includes("secrets") ? world.masker : world.ownMasker;
}

function maskingOf(kind: ReturnType<typeof maskKind>, masker: Masker): EventMasking | MaskStream | undefined {
  if (kind === "none") return undefined;
  return kind === "events" ? masker.events() : masker.stream(kind);
}

/** An event stream comes out one event a chunk. */
export async function* masked(
  source: ByteStream,
  mask: MaskStream | EventMasking,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield* chunksOf(mask.push(chunk));
  yield* chunksOf(mask.end());
}

function chunksOf(safe: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return (safe instanceof Uint8Array ? [safe] : safe).filter((chunk) => chunk.length > 0);
}
