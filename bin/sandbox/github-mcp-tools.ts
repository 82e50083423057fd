// The sandbox's MCP tools: what they are called at GitHub, acting on the same repositories by the REST API.
import type { Json } from "./github-answers.ts";

export interface ToolWorld {
  /** Throws ToolError with GitHub's message unless the answer is a success. */
  rest(method: string, target: string, body?: Json): Promise<unknown>;
}

/** What a tool could not do: the model reads it as a result. */
export class ToolError extends Error {}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly isReadOnly: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly required: readonly string[];
  run(args: Json, world: ToolWorld): Promise<readonly Json[]>;
}

const text = (value: unknown): readonly Json[] => [{ type: "text", text: JSON.stringify(value) }];
const stringOf = (args: Json, key: string): string => {
  const value = args[key];
  if (typeof value !== "string" || value === "") throw new ToolError(`missing required parameter: ${key}`);
  return value;
};
const repo = (args: Json): string =>
  `/repos/${encodeURIComponent(stringOf(args, "owner"))}/${encodeURIComponent(stringOf(args, "repo"))}`;
const pathIn = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const pick = (value: unknown, ...keys: string[]): Json =>
  Object.fromEntries(keys.map((key) => [key, (value as Json)[key]]));

async function headOf(args: Json, branch: string, world: ToolWorld): Promise<string | undefined> {
  try {
    const ref = (await world.rest("GET", `${repo(args)}/git/ref/heads/${pathIn(branch)}`)) as Json;
    return String((ref.object as Json).sha);
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

async function createBranch(args: Json, branch: string, from: unknown, world: ToolWorld): Promise<string> {
  const source = typeof from === "string" && from !== "" ? from : await defaultBranch(args, world);
  const sha = await headOf(args, source, world);
  if (sha === undefined) throw new ToolError(`branch ${source} not found`);
  await world.rest("POST", `${repo(args)}/git/refs`, { ref: `refs/heads/${branch}`, sha });
  return sha;
}

async function defaultBranch(args: Json, world: ToolWorld): Promise<string> {
  return String(((await world.rest("GET", repo(args))) as Json).default_branch);
}

async function fileContents(args: Json, world: ToolWorld): Promise<readonly Json[]> {
  const path = typeof args.path === "string" ? args.path.replace(/^\/$/, "") : "";
  const ref = typeof args.ref === "string" ? `?ref=${encodeURIComponent(args.ref)}` : "";
  const found = await world.rest("GET", `${repo(args)}/contents/${pathIn(path)}${ref}`);
  if (Array.isArray(found)) return text(found);
  const { content, sha } = found as Json;
  const uri = `repo://${stringOf(args, "owner")}/${stringOf(args, "repo")}/contents/${path}`;
  const resource = {
    uri,
    mimeType: "text/plain",
    text: Buffer.from(String(content), "base64").toString("utf8"),
  };
  return [
    { type: "text", text: `successfully downloaded text file (SHA: ${String(sha)})` },
    { type: "resource", resource },
  ];
}

async function writeFile(args: Json, world: ToolWorld): Promise<readonly Json[]> {
  const branch = stringOf(args, "branch");
  const target = `${repo(args)}/contents/${pathIn(stringOf(args, "path"))}`;
  const before = await world
    .rest("GET", `${target}?ref=${encodeURIComponent(branch)}`)
    .catch(() => undefined);
  const written = (await world.rest("PUT", target, {
    message: stringOf(args, "message"),
    content: Buffer.from(typeof args.content === "string" ? args.content : "").toString("base64"),
    branch,
    ...(before === undefined ? {} : { sha: (before as Json).sha }),
  })) as Json;
  return text({
    content: pick(written.content, "path", "sha"),
    commit: pick(written.commit, "sha", "message"),
  });
}

async function pushFiles(args: Json, world: ToolWorld): Promise<readonly Json[]> {
  const branch = stringOf(args, "branch");
  const base = (await headOf(args, branch, world)) ?? (await createBranch(args, branch, undefined, world));
  const commit = (await world.rest("GET", `${repo(args)}/git/commits/${base}`)) as Json;
  const files = (args.files as readonly Json[]).map(({ path, content }) => ({
    path,
    content,
    mode: "100644",
    type: "blob",
  }));
  const tree = (await world.rest("POST", `${repo(args)}/git/trees`, {
    base_tree: (commit.tree as Json).sha,
    tree: files,
  })) as Json;
  const made = (await world.rest("POST", `${repo(args)}/git/commits`, {
    message: stringOf(args, "message"),
    tree: tree.sha,
    parents: [base],
  })) as Json;
  await world.rest("PATCH", `${repo(args)}/git/refs/heads/${pathIn(branch)}`, { sha: made.sha });
  return text({ ref: `refs/heads/${branch}`, object: { sha: made.sha } });
}

const place = { owner: "string", repo: "string" };
const read = { isReadOnly: true, required: ["owner", "repo"] };
const write = { isReadOnly: false };

export const tools: readonly Tool[] = [
  {
    name: "get_me",
    description: "Get details of the authenticated user",
    isReadOnly: true,
    properties: {},
    required: [],
    run: async (_args, world) => text(pick(await world.rest("GET", "/user"), "login", "id", "name")),
  },
  {
    ...read,
    name: "get_file_contents",
    description: "Get the contents of a file or directory",
    properties: { ...place, path: "string", ref: "string" },
    run: fileContents,
  },
  {
    ...read,
    name: "list_branches",
    description: "List branches in a repository",
    properties: place,
    run: async (args, world) => text(await world.rest("GET", `${repo(args)}/branches`)),
  },
  {
    ...read,
    name: "list_pull_requests",
    description: "List pull requests in a repository",
    properties: { ...place, state: "string" },
    run: async (args, world) => text(await world.rest("GET", `${repo(args)}/pulls`)),
  },
  {
    ...write,
    name: "create_branch",
    description: "Create a new branch",
    properties: { ...place, branch: "string", from_branch: "string" },
    required: ["owner", "repo", "branch"],
    run: async (args, world) => {
      const branch = stringOf(args, "branch");
      return text({
        ref: `refs/heads/${branch}`,
        object: { sha: await createBranch(args, branch, args.from_branch, world) },
      });
    },
  },
  {
    ...write,
    name: "create_or_update_file",
    description: "Create or update a single file",
    properties: {
      ...place,
      path: "string",
      content: "string",
      message: "string",
      branch: "string",
      sha: "string",
    },
    required: ["owner", "repo", "path", "content", "message", "branch"],
    run: writeFile,
  },
  {
    ...write,
    name: "push_files",
    description: "Push several files in a single commit",
    properties: { ...place, branch: "string", files: "array", message: "string" },
    required: ["owner", "repo", "branch", "files", "message"],
    run: pushFiles,
  },
  {
    ...write,
    name: "create_pull_request",
    description: "Create a new pull request",
    properties: { ...place, title: "string", head: "string", base: "string", body: "string" },
    required: ["owner", "repo", "title", "head", "base"],
    run: async (args, world) => {
      const { title, head, base, body } = args;
      const made = await world.rest("POST", `${repo(args)}/pulls`, {
        title,
        head,
        base,
        ...(body === undefined ? {} : { body }),
      });
      return text(pick(made, "number", "html_url"));
    },
  },
  {
    ...write,
    name: "update_pull_request",
    description: "Change a pull request",
    properties: { ...place, pullNumber: "number", title: "string", state: "string" },
    required: ["owner", "repo", "pullNumber"],
    run: async (args, world) => {
      const { title, state } = args;
      const path = `${repo(args)}/pulls/${Number(args.pullNumber)}`;
      const changes = Object.entries({ title, state }).filter(([, value]) => value !== undefined);
      const made = await world.rest("PATCH", path, Object.fromEntries(changes));
      return text(pick(made, "number", "html_url", "state"));
    },
  },
  {
    ...write,
    name: "merge_pull_request",
    description: "Merge a pull request",
    properties: {
      ...place,
      pullNumber: "number",
      merge_method: "string",
      commit_title: "string",
      commit_message: "string",
    },
    required: ["owner", "repo", "pullNumber"],
    run: async (args, world) =>
      text(await world.rest("PUT", `${repo(args)}/pulls/${Number(args.pullNumber)}/merge`, {})),
  },
  {
    ...write,
    name: "delete_repository",
    description: "Delete a repository",
    properties: place,
    required: ["owner", "repo"],
    run: () => Promise.reject(new ToolError("this sandbox keeps its repositories")),
  },
  {
    ...write,
    name: "repo_sudo",
    description: "A tool that no gateway has heard of",
    properties: place,
    required: [],
    run: () => Promise.resolve(text("done")),
  },
];
