// What anyone on this machine may ask of the sandbox upstream itself: what it received, and what it should do next.
import type { IncomingMessage } from "node:http";
import type { ModelScript } from "./copilot.ts";
import { errorAnswer, GitHubError, notFound, type Answer } from "./github-answers.ts";
import { FaultError, type Faults } from "./github-faults.ts";
import type { RequestLog } from "./github-log.ts";

interface Controlled {
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly script: ModelScript;
}

const jsonLimitBytes = 50 * 1024 * 1024;

export async function answerControl(upstream: Controlled, request: IncomingMessage): Promise<Answer> {
  const what = `${request.method ?? ""} ${request.url ?? ""}`;
  if (what === "GET /_sandbox/requests") return { status: 200, json: { items: upstream.log.items() } };
  if (what === "DELETE /_sandbox/faults") {
    upstream.faults.clear();
    return { status: 204 };
  }
  const told = { "POST /_sandbox/faults": upstream.faults, "POST /_sandbox/model": upstream.script }[what];
  if (told === undefined) return errorAnswer(notFound());
  try {
    told.add(await readJson(request));
    return { status: 201, json: {} };
  } catch (error) {
    if (error instanceof FaultError) return errorAnswer(new GitHubError(422, error.message));
    if (error instanceof GitHubError) return errorAnswer(error);
    throw error;
  }
}

export async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > jsonLimitBytes) throw new GitHubError(413, "Payload too large");
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
}
