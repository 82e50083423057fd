// Files by path: reading them in every form GitHub has, writing and deleting them as commits on a branch.
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
import { git, readObject } from "./github-git.ts";
import {
  defaultBranch,
  moveRef,
  readCommit,
  readRef,
  resolveCommit,
  writeBlob,
  writeCommit,
  writeTree,
} from "./github-history.ts";
import { encodePath, gitCommitJson, repositoryUrl } from "./github-shapes.ts";

/** Above this GitHub leaves `content` empty; only the raw form carries it. */
const inlineLimitBytes = 1024 * 1024;

/** Base64 in lines of 60, as GitHub sends it. */
export function base64Lines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,60}/g, "$&\n");
}

interface Place {
  readonly path: string;
  readonly ref: string;
  readonly mode?: string;
}

function entryJson(call: RepositoryCall, place: Place, oid: string, type: string, size: number): Json {
  const url = repositoryUrl(call, call.repository);
  const path = encodePath(place.path);
  const self = `${url}/contents/${path}?ref=${encodeURIComponent(place.ref)}`;
  const blob = `${url}/git/${type === "dir" ? "trees" : "blobs"}/${oid}`;
  const html = `${call.base}/${call.repository.fullName}/${type === "dir" ? "tree" : "blob"}/${encodePath(place.ref)}/${path}`;
  return {
    name: place.path.split("/").at(-1),
    path: place.path,
    sha: oid,
    size,
    url: self,
    html_url: html,
    git_url: blob,
    download_url:
      type === "file"
        ? `${call.base}/raw/${call.repository.fullName}/${encodePath(place.ref)}/${path}`
        : null,
    type,
    _links: { self, git: blob, html },
  };
}

function fileJson(call: RepositoryCall, place: Place, oid: string, bytes: Uint8Array): Json {
  const isLarge = bytes.length > inlineLimitBytes;
  return {
    ...entryJson(call, place, oid, "file", bytes.length),
    content: isLarge ? "" : base64Lines(bytes),
    encoding: isLarge ? "none" : "base64",
  };
}

const kinds: Readonly<Record<string, string>> = { blob: "file", tree: "dir", commit: "submodule" };

async function directoryJson(call: RepositoryCall, place: Place, oid: string): Promise<readonly Json[]> {
  const output = (await git(call.repository.directory, ["ls-tree", "-z", "-l", oid])).toString();
  return output
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const [head = "", name = ""] = line.split("\t");
      const [mode, type = "", sha = "", size = "-"] = head.split(/ +/);
      const path = place.path === "" ? name : `${place.path}/${name}`;
      const kind = mode === "120000" ? "symlink" : (kinds[type] ?? "file");
      return entryJson(call, { ...place, path }, sha, kind, size === "-" ? 0 : Number(size));
    });
}

async function get(call: RepositoryCall): Promise<Answer> {
  const { directory } = call.repository;
  const path = (call.parts[0] ?? "").replace(/^\/+|\/+$/g, "");
  const ref = call.query.get("ref") ?? (await defaultBranch(directory));
  const oid = await resolveCommit(directory, ref);
  if (oid === undefined) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  return show(call, { path, ref }, oid);
}

async function show(call: RepositoryCall, place: Place, commit: string): Promise<Answer> {
  const object = await readObject(call.repository.directory, `${commit}:${place.path}`);
  if (object?.type === "blob") {
    if (/\bapplication\/vnd\.github\.(v3\.)?raw\b/.test(call.accept)) {
      return {
        status: 200,
        raw: { type: "application/vnd.github.raw+json; charset=utf-8", bytes: object.bytes },
      };
    }
    return ok(fileJson(call, place, object.oid, object.bytes));
  }
  if (object?.type !== "tree") throw notFound();
  const entries = await directoryJson(call, place, object.oid);
  if (!/\bapplication\/vnd\.github\.(v3\.)?object\b/.test(call.accept)) return ok(entries);
  return ok({ ...entryJson(call, place, object.oid, "dir", 0), entries });
}

async function getReadme(call: RepositoryCall): Promise<Answer> {
  return get({ ...call, parts: ["README.md"] });
}

/** `/raw/{owner}/{repo}/{ref}/{path}`: the shortest ref that exists wins, since both may hold slashes. */
async function getRaw(call: RepositoryCall): Promise<Answer> {
  const segments = (call.parts[0] ?? "").split("/");
  for (let count = 1; count < Math.min(segments.length, 20); count += 1) {
    const ref = segments.slice(0, count).join("/");
    const oid = await resolveCommit(call.repository.directory, ref);
    if (oid === undefined) continue;
    const object = await readObject(call.repository.directory, `${oid}:${segments.slice(count).join("/")}`);
    if (object?.type !== "blob") throw notFound();
    return { status: 200, raw: { type: "text/plain; charset=utf-8", bytes: object.bytes } };
  }
  throw notFound();
}

function checkPath(path: string): void {
  if (path.split("/").some((part) => ["", ".", "..", ".git"].includes(part.toLowerCase()))) {
    throw new GitHubError(422, "path contains a malformed path component");
  }
}

function decode(content: string): Buffer {
  const plain = content.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) throw new GitHubError(422, "content is not valid Base64");
  return Buffer.from(plain, "base64");
}

/** Writes (`bytes`) or deletes one file as a commit; both check the `sha` the caller read. */
async function change(call: RepositoryCall, bytes: Uint8Array | undefined): Promise<Answer> {
  const { directory } = call.repository;
  const path = call.parts[0] ?? "";
  checkPath(path);
  const message = requiredText(call.body, "message");
  const branch = optionalText(call.body, "branch") ?? (await defaultBranch(directory));
  const ref = await readRef(directory, `refs/heads/${branch}`);
  if (ref === undefined) throw new GitHubError(404, `Branch ${branch} not found`);
  const sha = optionalText(call.body, "sha");
  const old = await readObject(directory, `${ref.oid}:${path}`);
  if (old === undefined && bytes === undefined) throw notFound();
  if (old !== undefined && old.type !== "blob") throw new GitHubError(422, "path is a directory");
  if (old !== undefined && sha === undefined) {
    throw new GitHubError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  }
  if (sha !== undefined && sha !== old?.oid) {
    throw new GitHubError(409, `${path} does not match ${sha}`);
  }
  const oid = bytes === undefined ? undefined : await writeBlob(directory, bytes);
  const tree = await writeTree(directory, ref.oid, [
    { mode: "100644", path, ...(oid === undefined ? {} : { oid }) },
  ]);
  const commit = await writeCommit(directory, {
    tree,
    parents: [ref.oid],
    message,
    author: call.body.author as Json | undefined,
    committer: call.body.committer as Json | undefined,
    nowMs: call.nowMs,
  });
  if (!(await moveRef(directory, ref.ref, commit, ref.oid))) {
    throw new GitHubError(409, `${branch} is at another commit than expected`);
  }
  const made = await readCommit(directory, commit);
  if (made === undefined) throw notFound();
  const json = {
    content:
      oid === undefined ? null : entryJson(call, { path, ref: branch }, oid, "file", bytes?.length ?? 0),
    commit: gitCommitJson(call, made),
  };
  return bytes !== undefined && old === undefined ? created(json) : ok(json);
}

export const contentRoutes: readonly Route<RepositoryCall>[] = [
  ["GET", /^\/contents(?:\/(.*))?$/s, get],
  ["GET", /^\/readme$/, getReadme],
  ["GET", /^\/raw\/(.+)$/s, getRaw],
  [
    "PUT",
    /^\/contents\/(.+)$/s,
    (call) => {
      const { content } = call.body;
      if (typeof content !== "string")
        throw new GitHubError(422, `Invalid request.\n\n"content" wasn't supplied.`);
      return change(call, decode(content));
    },
  ],
  ["DELETE", /^\/contents\/(.+)$/s, (call) => change(call, undefined)],
];
