// What anyone on this machine may ask of the sandbox upstream itself: what it received, and what it should do next.
import type { IncomingMessage } from "node:http";
import type { ModelScript } from "./copilot.ts";
import type { SandboxApp } from "./github-app.ts";
import { errorAnswer, GitHubError, notFound, type Answer } from "./github-answers.ts";
import { FaultError, type Faults } from "./github-faults.ts";
import type { RequestLog } from "./github-log.ts";

interface Controlled {
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly script: ModelScript;
  readonly app: SandboxApp | undefined;
}

const jsonLimitBytes = 50 * 1024 * 1024;

export async function answerControl(upstream: Controlled, request: IncomingMessage): Promise<Answer> {
  const what = `${request.method ?? ""} ${request.url ?? ""}`;
  if (what === "GET /_sandbox/requests") return { status: 200, json: { items: upstream.log.items() } };
  if (what === "DELETE /_sandbox/faults") {
    upstream.faults.clear();
    return { status: 204 };
  }
  if (request.method === "DELETE" && upstream.app !== undefined) {
    const login = /^\/_sandbox\/grants\/([a-z]+)$/.exec(request.url ?? "")?.[1];
    if (login === undefined) return errorAnswer(notFound());
    upstream.app.grants.revoke(login);
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

export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > jsonLimitBytes) throw new GitHubError(413, "Payload too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const text = await readText(body);
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubError(400, "Problems parsing JSON");
  }
}
