// Git objects by id over REST: blobs, trees, commits and tags, read and made without touching any ref.
import {
  created,
  GitHubError,
  notFound,
  ok,
  optionalText,
  requiredText,
  type Answer,
  type Json,
  type RepositoryCall,
  type Route,
} from "./github-answers.ts";
import { base64Lines } from "./github-contents.ts";
import { git, readObject, type GitObject } from "./github-git.ts";
import {
  readCommit,
  resolveCommit,
  writeBlob,
  writeCommit,
  writeTree,
  type TreeEntry,
} from "./github-history.ts";
import { gitCommitJson, nodeId, repositoryUrl } from "./github-shapes.ts";

const isOid = (text: unknown): text is string => typeof text === "string" && /^[0-9a-f]{40}$/.test(text);

async function objectOf(call: RepositoryCall, type: GitObject["type"]): Promise<GitObject> {
  const sha = call.parts[0];
  const object = isOid(sha) ? await readObject(call.repository.directory, sha) : undefined;
  if (object?.type !== type) throw notFound();
  return object;
}

async function getBlob(call: RepositoryCall): Promise<Answer> {
  const { oid, bytes } = await objectOf(call, "blob");
  if (/\bapplication\/vnd\.github\.(v3\.)?raw\b/.test(call.accept)) {
    return { status: 200, raw: { type: "application/vnd.github.raw+json; charset=utf-8", bytes } };
  }
  return ok({
    sha: oid,
    node_id: nodeId("Blob", oid),
    size: bytes.length,
    url: `${repositoryUrl(call, call.repository)}/git/blobs/${oid}`,
    content: base64Lines(bytes),
    encoding: "base64",
  });
}

async function createBlob(call: RepositoryCall): Promise<Answer> {
  const { content } = call.body;
  if (typeof content !== "string")
    throw new GitHubError(422, `Invalid request.\n\n"content" wasn't supplied.`);
  const encoding = optionalText(call.body, "encoding") === "base64" ? "base64" : "utf8";
  const sha = await writeBlob(call.repository.directory, Buffer.from(content, encoding));
  const url = `${repositoryUrl(call, call.repository)}/git/blobs/${sha}`;
  return created({ sha, url }, url);
}

async function treeJson(call: RepositoryCall, oid: string, isRecursive: boolean): Promise<Json> {
  const url = `${repositoryUrl(call, call.repository)}/git`;
  const args = ["ls-tree", "-z", "-l", ...(isRecursive ? ["-r", "-t"] : []), oid];
  const output = (await git(call.repository.directory, args)).toString();
  const tree = output
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [head = "", path = ""] = line.split("\t");
      const [mode, type = "", sha = "", size = "-"] = head.split(/ +/);
      return {
        path,
        mode,
        type,
        sha,
        ...(size === "-" ? {} : { size: Number(size) }),
        ...(type === "commit" ? {} : { url: `${url}/${type}s/${sha}` }),
      };
    });
  return { sha: oid, url: `${url}/trees/${oid}`, tree, truncated: false };
}

async function getTree(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const name = call.parts[0] ?? "";
  const object = isOid(name) ? await readObject(directory, name) : undefined;
  if (object?.type === "tree") return ok(await treeJson(call, object.oid, call.query.has("recursive")));
  const commit = await resolveCommit(directory, name);
  const tree = commit === undefined ? undefined : (await readCommit(directory, commit))?.tree;
  if (tree === undefined) throw notFound();
  return ok(await treeJson(call, tree, call.query.has("recursive")));
}

const modes = new Set(["100644", "100755", "040000", "160000", "120000"]);

async function treeEntry(call: RepositoryCall, value: unknown): Promise<TreeEntry> {
  const entry = (typeof value === "object" && value !== null ? value : {}) as Json;
  const path = requiredText(entry, "path");
  const mode = requiredText(entry, "mode");
  if (!modes.has(mode) || path.includes("\0")) throw new GitHubError(422, "Must supply a valid tree.mode");
  const { sha, content } = entry;
  if (sha === null) return { mode, path };
  if (typeof content === "string") {
    return { mode, path, oid: await writeBlob(call.repository.directory, Buffer.from(content)) };
  }
  if (!isOid(sha)) throw new GitHubError(422, "Must supply either tree.sha or tree.content");
  return { mode, path, oid: sha };
}

async function createTree(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const { tree } = call.body;
  if (!Array.isArray(tree) || tree.length === 0) throw new GitHubError(422, "Invalid tree info");
  if (tree.length > 10_000) throw new GitHubError(422, "Too many tree entries");
  const given = optionalText(call.body, "base_tree");
  const base = given === undefined ? undefined : await readObject(directory, isOid(given) ? given : "");
  if (given !== undefined && base === undefined) throw new GitHubError(422, "base_tree is not a valid tree");
  const entries: TreeEntry[] = [];
  for (const value of tree as readonly unknown[])
    entries.push(...(await expand(call, await treeEntry(call, value))));
  const oid = await writeTree(directory, base?.oid, entries);
  const json = await treeJson(call, oid, false);
  return created(json, json.url);
}

/** An index holds files only: a directory entry becomes the files below it. */
async function expand(call: RepositoryCall, entry: TreeEntry): Promise<readonly TreeEntry[]> {
  if (entry.mode !== "040000" || entry.oid === undefined) return [entry];
  const output = (await git(call.repository.directory, ["ls-tree", "-r", "-z", entry.oid])).toString();
  return output
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [head = "", path = ""] = line.split("\t");
      const [mode = "", , oid = ""] = head.split(" ");
      return { mode, oid, path: `${entry.path}/${path}` };
    });
}

async function getCommit(call: RepositoryCall): Promise<Answer> {
  const commit = await readCommit(call.repository.directory, (await objectOf(call, "commit")).oid);
  if (commit === undefined) throw notFound();
  return ok(gitCommitJson(call, commit));
}

async function createCommit(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const message = requiredText(call.body, "message");
  const tree = requiredText(call.body, "tree");
  const parents: unknown = call.body.parents ?? [];
  if (!Array.isArray(parents) || !parents.every(isOid))
    throw new GitHubError(422, "parents is not a list of ids");
  const isTree = isOid(tree) && (await readObject(directory, tree))?.type === "tree";
  if (!isTree) throw new GitHubError(422, "Tree SHA does not exist");
  for (const parent of parents) {
    if ((await readCommit(directory, parent)) === undefined) {
      throw new GitHubError(422, "Parent SHA does not exist or is not a commit object");
    }
  }
  const oid = await writeCommit(directory, {
    tree,
    parents,
    message,
    author: call.body.author as Json | undefined,
    committer: call.body.committer as Json | undefined,
    nowMs: call.nowMs,
  });
  const commit = await readCommit(directory, oid);
  if (commit === undefined) throw notFound();
  const json = gitCommitJson(call, commit);
  return created(json, json.url);
}

async function getTag(call: RepositoryCall): Promise<Answer> {
  const { oid, bytes } = await objectOf(call, "tag");
  const text = bytes.toString("utf8");
  const url = `${repositoryUrl(call, call.repository)}/git`;
  const line = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1] ?? "";
  return ok({
    sha: oid,
    node_id: nodeId("Tag", oid),
    url: `${url}/tags/${oid}`,
    tag: line("tag"),
    message: text.slice(text.indexOf("\n\n") + 2),
    object: { sha: line("object"), type: line("type"), url: `${url}/${line("type")}s/${line("object")}` },
  });
}

export const objectRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/git\/blobs\/([^/]+)$/, getBlob],
  ["POST", /^\/git\/blobs$/, createBlob],
  ["GET", /^\/git\/trees\/(.+)$/, getTree],
  ["POST", /^\/git\/trees$/, createTree],
  ["GET", /^\/git\/commits\/([^/]+)$/, getCommit],
  ["POST", /^\/git\/commits$/, createCommit],
  ["GET", /^\/git\/tags\/([^/]+)$/, getTag],
];
