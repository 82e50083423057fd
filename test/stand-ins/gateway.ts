// A real gateway in a process of its own, with the sandbox behind it, as `npm start` would run it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { sandboxToken } from "../../bin/local/token.ts";

export interface Ready {
  readonly ready: true;
  readonly gateway: string;
  readonly console: string;
  readonly issuer: string;
  readonly github: string;
  readonly people: readonly { login: string; teams: string[] }[];
  readonly repositories: readonly { fullName: string; defaultBranch: string; protected: string[] }[];
  /** With `--tls`: what clients have to trust. */
  readonly caFile?: string;
}

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly bodyBytes: number;
  readonly at: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed when it is JSON. */
  readonly json: unknown;
}

export interface GatewayUnderTest extends Ready {
  readonly dataDir: string;
  /** What it wrote for its operators. */
  readonly stderr: () => string;
  token(login: string, options?: { session?: string; for?: "road" | "console" }): Promise<string>;
  /** REST through the gateway: `api("alice", "PUT", "/repos/acme/app/contents/x", {...})`. */
  api(login: string, method: string, path: string, body?: unknown, options?: CallOptions): Promise<ApiAnswer>;
  /** The reviewer API, as this person. */
  review(login: string, method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** What the sandbox's GitHub received. */
  upstream(): Promise<readonly UpstreamRequest[]>;
  fault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  /** The token that the agent must never see. */
  upstreamToken(): Promise<string>;
  /** Names of what lies in escrow. */
  escrowed(): Promise<readonly string[]>;
  /** Everything the record and its bodies are kept in, as it is stored. */
  stored(): Promise<readonly Buffer[]>;
  /** Ends it as Ctrl-C would, or as a power cut would. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** One that runs in a process of this machine. */
export interface LocalGateway extends GatewayUnderTest {
  readonly process: ChildProcess;
}

export type StartGateway = (options?: GatewayOptions) => Promise<GatewayUnderTest>;

export interface CallOptions {
  readonly session?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

const root = resolve(import.meta.dirname, "../..");

export interface GatewayOptions {
  /** Reused over restarts; a fresh temporary folder otherwise. */
  readonly dataDir?: string;
  /** Settings of `gatehouse.config.json`. */
  readonly config?: Record<string, unknown>;
  readonly env?: Record<string, string>;
  /** Any free one otherwise. */
  readonly port?: number;
  /** Further options of `npm start`. */
  readonly args?: readonly string[];
}

export async function startGateway(options: GatewayOptions = {}): Promise<LocalGateway> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "gatehouse-")));
  const configFile = join(dataDir, "test.config.json");
  if (options.config !== undefined) await writeFile(configFile, JSON.stringify(options.config));
  const args = ["--no-warnings", join(root, "bin/local.ts"), "--port", String(options.port ?? 0)];
  args.push("--data", dataDir, "--json", ...(options.args ?? []));
  if (options.config !== undefined) args.push("--config", configFile);
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-100_000);
  });
  const ready = await readyLine(child, () => stderr);
  return { ...ready, ...tools(ready, child, dataDir, () => stderr) };
}

async function readyLine(child: ChildProcess, stderr: () => string): Promise<Ready> {
  if (child.stdout === null) throw new Error("no standard output");
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`the gateway ended: ${stderr()}`)));
  const line = (await Promise.race([once(lines, "line"), ended])) as [string];
  return JSON.parse(line[0]) as Ready;
}

function tools(
  ready: Ready,
  child: ChildProcess,
  dataDir: string,
  stderr: () => string,
): Omit<LocalGateway, keyof Ready> {
  const token: GatewayUnderTest["token"] = (login, options = {}) =>
    sandboxToken({
      as: login,
      for: options.for ?? "road",
      data: dataDir,
      ...(options.session === undefined ? {} : { session: options.session }),
    });
  return {
    dataDir,
    process: child,
    stderr,
    token,
    ...callerOf(ready, token),
    upstreamToken: async () => (await readFile(join(dataDir, "sandbox-upstream-token"), "utf8")).trim(),
    escrowed: async () => {
      const items = await readdir(join(dataDir, "escrow"), { recursive: true, withFileTypes: true });
      return items.filter((item) => item.isFile()).map(({ name }) => name);
    },
    stored: () =>
      Promise.all(
        ["gatehouse.db", "gatehouse.db-wal"].map((name) =>
          readFile(join(dataDir, name)).catch(() => Buffer.alloc(0)),
        ),
      ),
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
    },
  };
}

type Calls = Pick<GatewayUnderTest, "api" | "review" | "upstream" | "fault" | "clearFaults">;

/** What people and agents do with any gateway. */
export function callerOf(
  at: Pick<Ready, "gateway" | "console" | "github">,
  token: GatewayUnderTest["token"],
): Calls {
  return {
    api: async (login, method, path, body, options = {}) => {
      const bearer = await token(login, options.session === undefined ? {} : { session: options.session });
      return call(`${at.gateway}/api/v3${path}`, method, bearer, body, options);
    },
    review: async (login, method, path, body) => {
      const bearer = await token(login, { for: "console" });
      return call(`${at.console}/_gatehouse/api${path}`, method, bearer, body, {});
    },
    upstream: async () => {
      const answer = await fetch(`${at.github}/_sandbox/requests`);
      return ((await answer.json()) as { items: UpstreamRequest[] }).items;
    },
    fault: async (fault) => {
      await fetch(`${at.github}/_sandbox/faults`, { method: "POST", body: JSON.stringify(fault) });
    },
    clearFaults: async () => {
      await fetch(`${at.github}/_sandbox/faults`, { method: "DELETE" });
    },
  };
}

async function call(
  url: string,
  method: string,
  bearer: string,
  body: unknown,
  options: CallOptions,
): Promise<ApiAnswer> {
  const answer = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Removes a gateway's data after a test file is done with it. */
export async function discard(gateway: GatewayUnderTest | undefined): Promise<void> {
  if (gateway === undefined) return;
  await gateway.stop();
  await rm(gateway.dataDir, { recursive: true, force: true });
}
