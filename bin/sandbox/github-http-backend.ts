// Git over HTTP: hands a request to `git http-backend` and streams both ways, whatever the size.
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { gitEnvironment } from "./github-git.ts";

const headerLimitBytes = 64 * 1024;

/** The three requests of smart HTTP, and nothing of the dumb protocol; and Git LFS. */
const served = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack|info\/lfs\/.+)$/;

export interface GitTarget {
  readonly owner: string;
  readonly name: string;
  readonly service: string;
}

export function gitTarget(pathname: string): GitTarget | undefined {
  const [, owner, name, service] = served.exec(pathname) ?? [];
  if (owner === undefined || name === undefined || service === undefined) return undefined;
  return { owner, name, service };
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

/** Reads the CGI headers; returns what came after them. */
async function readHeaders(output: Readable): Promise<{ head: string; rest: Buffer } | undefined> {
  let seen = Buffer.alloc(0);
  for await (const chunk of output.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf("\r\n\r\n");
    if (end >= 0) return { head: seen.toString("latin1", 0, end), rest: seen.subarray(end + 4) };
    if (seen.length > headerLimitBytes) return undefined;
  }
  return undefined;
}

export async function serveGit(
  call: { directory: string; service: string; query: string },
  request: IncomingMessage,
  body: AsyncIterable<Uint8Array>,
  response: ServerResponse,
): Promise<void> {
  const isGzip = /^(x-)?gzip$/.test(header(request, "content-encoding"));
  const length = header(request, "content-length");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment(),
      GIT_PROJECT_ROOT: call.directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${call.service}`,
      QUERY_STRING: call.query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header(request, "content-type"),
      GIT_PROTOCOL: header(request, "git-protocol"),
      ...(length !== "" && !isGzip ? { CONTENT_LENGTH: length } : {}),
      REMOTE_USER: "x-access-token",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.on("error", () => response.destroy());
  // The client left: nobody will read what git still computes.
  response.on("close", () => {
    if (child.exitCode === null) child.kill();
  });
  const source = Readable.from(body, { objectMode: false });
  // A push that is refused early closes git's input; the answer tells, so a broken pipe here is no news.
  const input = (
    isGzip ? pipeline(source, createGunzip(), child.stdin) : pipeline(source, child.stdin)
  ).catch(() => {
    child.stdin.destroy();
  });
  const head = await readHeaders(child.stdout);
  if (head === undefined) {
    child.kill();
    if (!response.headersSent) response.writeHead(500);
    response.end();
    return;
  }
  let status = 200;
  for (const line of head.head.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
  response.write(head.rest);
  await pipeline(child.stdout, response).catch(() => child.kill());
  await input;
}
