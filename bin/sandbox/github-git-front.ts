// What the sandbox serves below a repository's git address: smart HTTP, LFS and the wiki, under present and former names.
import type { IncomingMessage, ServerResponse } from "node:http";
import { notFound, send, type Json } from "./github-answers.ts";
import { gitTarget, serveGit } from "./github-http-backend.ts";
import { answerLfs } from "./github-lfs.ts";
import { moved } from "./github-renames.ts";
import { wikiDirectory, type SandboxRepository } from "./github-repositories.ts";

export interface GitCall {
  readonly repositories: readonly SandboxRepository[];
  readonly base: string;
  readonly pathname: string;
  readonly search: string;
  readonly nowMs: number;
  readonly body: AsyncGenerator<Uint8Array>;
  readBody(): Promise<unknown>;
}

/** Whether the path is one of git's; then it was answered. */
export async function servesGit(
  call: GitCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const git = gitTarget(call.pathname);
  if (git === undefined) return false;
  const isWiki = git.name.toLowerCase().endsWith(".wiki");
  const name = `${git.owner}/${isWiki ? git.name.slice(0, -".wiki".length) : git.name}`.toLowerCase();
  const repository = call.repositories.find(({ fullName }) => fullName === name);
  if (repository === undefined) {
    const former = call.repositories.find(({ formerNames }) => formerNames.includes(name));
    if (former === undefined) throw notFound();
    const query = call.search === "" ? "" : `?${call.search}`;
    const url = `${call.base}/${former.fullName}${isWiki ? ".wiki" : ""}.git/${git.service}${query}`;
    send(request, response, moved(request.method ?? "GET", url), call.nowMs);
    return true;
  }
  if (git.service.startsWith("info/lfs/")) {
    const answer = await answerLfs({
      repository,
      base: call.base,
      method: request.method ?? "",
      path: git.service.slice("info/lfs/".length),
      nowMs: call.nowMs,
      readBody: async () => (await call.readBody()) as Json,
    });
    send(request, response, answer, call.nowMs);
    return true;
  }
  const directory = isWiki ? wikiDirectory(repository) : repository.directory;
  await serveGit({ directory, service: git.service, query: call.search }, request, call.body, response);
  return true;
}
