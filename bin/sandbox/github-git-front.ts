// What the sandbox serves below a repository's git address: smart HTTP, under its present and its former names.
import type { IncomingMessage, ServerResponse } from "node:http";
import { notFound, send } from "./github-answers.ts";
import { gitTarget, serveGit } from "./github-http-backend.ts";
import { moved } from "./github-renames.ts";
import type { SandboxRepository } from "./github-repositories.ts";

export interface GitCall {
  readonly repositories: readonly SandboxRepository[];
  readonly base: string;
  readonly pathname: string;
  readonly search: string;
  readonly nowMs: number;
  readonly body: AsyncGenerator<Uint8Array>;
}

/** Whether the path is one of git's; then it was answered. */
export async function servesGit(
  call: GitCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const git = gitTarget(call.pathname);
  if (git === undefined) return false;
  const name = `${git.owner}/${git.name}`.toLowerCase();
  const present = call.repositories.find(({ fullName }) => fullName === name);
  if (present !== undefined) {
    const place = { directory: present.directory, service: git.service, query: call.search };
    await serveGit(place, request, call.body, response);
    return true;
  }
  const former = call.repositories.find(({ formerNames }) => formerNames.includes(name));
  if (former === undefined) throw notFound();
  const query = call.search === "" ? "" : `?${call.search}`;
  const url = `${call.base}/${former.fullName}.git/${git.service}${query}`;
  send(request, response, moved(request.method ?? "GET", url), call.nowMs);
  return true;
}
