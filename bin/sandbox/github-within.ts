// What GraphQL and MCP do in the sandbox is done by its REST API, asked from within.
import type { Answer, Json } from "./github-answers.ts";
import { failure, type GraphQLWorld } from "./github-graphql-nodes.ts";
import { ToolError, type ToolWorld } from "./github-mcp-tools.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { answerRest } from "./github-rest.ts";

interface Inside {
  /** Replaced when a repository is renamed. */
  repositories: readonly SandboxRepository[];
  readonly base: string;
  readonly clock: () => number;
}

export function replacing(upstream: Inside): (repository: SandboxRepository) => void {
  return (now) => {
    upstream.repositories = upstream.repositories.map((one) => (one.id === now.id ? now : one));
  };
}

/** The REST API, asked from within. */
async function within(upstream: Inside, method: string, target: string, body: Json): Promise<Answer> {
  const [path = "", search = ""] = target.split("?");
  const query = new URLSearchParams(search);
  const readBody = (): Promise<unknown> => Promise.resolve(body);
  const { repositories, base, clock } = upstream;
  const replace = replacing(upstream);
  return answerRest({
    repositories,
    replace,
    method,
    path,
    query,
    accept: "",
    base,
    nowMs: clock(),
    readBody,
  });
}

async function calledTool(
  upstream: Inside,
  method: string,
  target: string,
  body: Json = {},
): Promise<unknown> {
  const { status, json } = await within(upstream, method, target, body);
  if (status < 300) return json ?? {};
  throw new ToolError(`${method} ${target.split("?")[0] ?? ""}: ${status} ${String((json as Json).message)}`);
}

export function graphQLWorld(upstream: Inside): GraphQLWorld {
  return {
    repositories: upstream.repositories,
    async rest(method, target, body = {}) {
      const { status, json } = await within(upstream, method, target, body);
      if (status < 300) return (json ?? {}) as Json;
      const type = status === 404 ? "NOT_FOUND" : status === 409 ? "STALE_DATA" : "UNPROCESSABLE";
      throw failure(type, String((json as Json).message));
    },
  };
}

export function toolWorld(upstream: Inside): ToolWorld {
  return { rest: (method, target, body) => calledTool(upstream, method, target, body) };
}
