// The sandbox's Git LFS: batch calls and locks beside git, and a store of its own behind signed addresses, as at GitHub.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { GitHubError, notFound, type Answer, type Json } from "./github-answers.ts";
import type { SandboxRepository } from "./github-repositories.ts";
import { tokenUser } from "./github-shapes.ts";

const maxFileBytes = 64 * 1024 * 1024;
const signingKey = randomBytes(32);

interface Lock {
  readonly id: string;
  readonly path: string;
  readonly locked_at: string;
  readonly owner: { readonly name: string };
}

/** By repository; they end with the process. */
const locks = new Map<number, readonly Lock[]>();
let lastLock = 0;

export interface LfsCall {
  readonly repository: SandboxRepository;
  readonly base: string;
  readonly method: string;
  /** Below `info/lfs`. */
  readonly path: string;
  readonly nowMs: number;
  readBody(): Promise<Json>;
}

export async function answerLfs(call: LfsCall): Promise<Answer> {
  const { method, path, repository } = call;
  const held = locks.get(repository.id) ?? [];
  const unlocked = /^locks\/(\d+)\/unlock$/.exec(path)?.[1];
  if (method === "POST" && path === "objects/batch") return lfsJson(200, await batch(call));
  if (method === "GET" && path === "locks") return lfsJson(200, { locks: held });
  if (method === "POST" && path === "locks/verify") return lfsJson(200, { ours: held, theirs: [] });
  if (method === "POST" && path === "locks") {
    const file = (await call.readBody()).path;
    if (typeof file !== "string") throw new GitHubError(422, "path is missing");
    const taken = held.find((one) => one.path === file);
    if (taken !== undefined) return lfsJson(409, { lock: taken, message: "already created lock" });
    lastLock += 1;
    const at = new Date(call.nowMs).toISOString();
    const lock = { id: String(lastLock), path: file, locked_at: at, owner: { name: tokenUser.login } };
    locks.set(repository.id, [...held, lock]);
    return lfsJson(201, { lock });
  }
  const lock = held.find(({ id }) => id === unlocked);
  if (method !== "POST" || lock === undefined) throw notFound();
  locks.set(
    repository.id,
    held.filter((one) => one !== lock),
  );
  return lfsJson(200, { lock });
}

async function batch(call: LfsCall): Promise<Json> {
  const { repository, base } = call;
  const { operation, objects } = await call.readBody();
  if (!Array.isArray(objects)) throw new GitHubError(422, "objects is missing");
  const answered = (objects as readonly { oid: string; size: number }[]).map(async ({ oid, size }) => {
    const isThere = (await sizeOf(fileOf(repository, oid))) !== undefined;
    const place = `/_storage/${repository.id}/${oid}`;
    const action = (method: string, path = place): Json => ({
      href: `${base}${path}?signature=${signature(`${method} ${path}`)}`,
      header: { "x-amz-content-sha256": oid },
      expires_in: 3600,
    });
    if (operation === "download")
      return isThere
        ? { oid, size, authenticated: true, actions: { download: action("GET") } }
        : { oid, size, error: { code: 404, message: "Object does not exist on the server" } };
    if (isThere) return { oid, size, authenticated: true };
    const actions = { upload: action("PUT"), verify: action("POST", `${place}/verify`) };
    return { oid, size, authenticated: true, actions };
  });
  return { transfer: "basic", objects: await Promise.all(answered), hash_algo: "sha256" };
}

/** The store knows nothing of tokens: whoever has the signed address may use it. */
export async function serveStorage(
  repositories: readonly SandboxRepository[],
  request: IncomingMessage,
  body: AsyncIterable<Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? "";
  const [, path = "", id = "", oid = "", tail = "", shown = ""] =
    /^(\/_storage\/(\d+)\/([0-9a-f]{64})(\/verify)?)\?signature=([0-9a-f]{64})$/.exec(request.url ?? "") ??
    [];
  if (request.headers.authorization !== undefined)
    throw new GitHubError(400, "Only one auth mechanism allowed");
  const repository = repositories.find((one) => one.id === Number(id));
  if (repository === undefined || !isSame(shown, signature(`${method} ${path}`)))
    throw new GitHubError(403, "SignatureDoesNotMatch");
  const file = fileOf(repository, oid);
  if (method === "PUT") {
    await store(file, oid, body);
    response.writeHead(200).end();
    return;
  }
  const size = await sizeOf(file);
  if (size === undefined) throw notFound();
  if (tail !== "") {
    response.writeHead(200).end();
    return;
  }
  response.writeHead(200, { "Content-Type": "binary/octet-stream", "Content-Length": size });
  await pipeline(createReadStream(file), response);
}

async function store(file: string, oid: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxFileBytes) throw new GitHubError(413, "EntityTooLarge");
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  if (createHash("sha256").update(content).digest("hex") !== oid)
    throw new GitHubError(400, "XAmzContentSHA256Mismatch");
  await mkdir(join(file, ".."), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(draft, content, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function fileOf({ directory }: SandboxRepository, oid: string): string {
  if (!/^[0-9a-f]{64}$/.test(oid)) throw new GitHubError(422, "oid is not valid");
  return join(directory, "lfs", oid);
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ size }) => size,
    () => undefined,
  );
}

function signature(what: string): string {
  return createHmac("sha256", signingKey).update(what).digest("hex");
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function lfsJson(status: number, json: Json): Answer {
  return { status, raw: { type: "application/vnd.git-lfs+json", bytes: Buffer.from(JSON.stringify(json)) } };
}
