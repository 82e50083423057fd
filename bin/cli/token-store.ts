// Keeps session tokens: in the system's keychain where there is one, else in a file that only its owner can read.
import { spawn } from "node:child_process";
import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writePrivately } from "./hosts.ts";
import { configFolder, type Env } from "./places.ts";

export interface TokenStore {
  /** For people: where the token lies. */
  readonly place: string;
  get(host: string): Promise<string | undefined>;
  /** False when this store cannot keep it. */
  put(host: string, token: string): Promise<boolean>;
  remove(host: string): Promise<void>;
}

const toolTimeoutMs = 10_000;

/** The keychain first. `GATEHOUSE_TOKEN_STORE=file` leaves it out. */
export function createTokenStore(env: Env, platform = process.platform): TokenStore {
  const file = fileStore(env);
  const keychain = env.GATEHOUSE_TOKEN_STORE === "file" ? undefined : keychainOf(env, platform);
  if (keychain === undefined) return file;
  return {
    place: `${keychain.place}, or else ${file.place}`,
    get: async (host) => (await keychain.get(host)) ?? (await file.get(host)),
    put: async (host, token) => {
      if (!(await keychain.put(host, token))) return file.put(host, token);
      await file.remove(host);
      return true;
    },
    remove: async (host) => {
      await Promise.all([keychain.remove(host), file.remove(host)]);
    },
  };
}

function keychainOf(env: Env, platform: string): TokenStore | undefined {
  if (platform === "darwin") return macKeychain(env);
  return platform === "linux" ? secretService(env) : undefined;
}

/** libsecret's tool; without a running secret service it fails, and the file takes over. */
function secretService(env: Env): TokenStore {
  const attributes = (host: string): string[] => ["service", "gatehouse", "host", host];
  return {
    place: "the secret service",
    get: async (host) => textOr(await runTool(env, "secret-tool", ["lookup", ...attributes(host)], "")),
    put: async (host, token) => {
      const args = ["store", `--label=Gatehouse ${host}`, ...attributes(host)];
      return (await runTool(env, "secret-tool", args, token)).code === 0;
    },
    remove: async (host) => {
      await runTool(env, "secret-tool", ["clear", ...attributes(host)], "");
    },
  };
}

/** `security -i` reads its commands from standard input: arguments are seen by every process of the machine. */
function macKeychain(env: Env): TokenStore {
  const word = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  return {
    place: "the keychain",
    get: async (host) =>
      textOr(
        await runTool(env, "security", ["find-generic-password", "-s", "gatehouse", "-a", host, "-w"], ""),
      ),
    put: async (host, token) => {
      const command = `add-generic-password -U -s gatehouse -a ${word(host)} -w ${word(token)}\n`;
      return (await runTool(env, "security", ["-i"], command)).code === 0;
    },
    remove: async (host) => {
      await runTool(env, "security", ["delete-generic-password", "-s", "gatehouse", "-a", host], "");
    },
  };
}

const kept = z.record(z.string(), z.string());

function fileStore(env: Env): TokenStore {
  const file = join(configFolder(env), "tokens.json");
  const read = async (): Promise<Record<string, string>> => {
    try {
      // Whoever copied it about may have widened it.
      await chmod(file, 0o600);
      return kept.parse(JSON.parse(await readFile(file, "utf8")));
    } catch {
      return {};
    }
  };
  return {
    place: file,
    get: async (host) => {
      const tokens = await read();
      return Object.hasOwn(tokens, host) ? tokens[host] : undefined;
    },
    put: async (host, token) => {
      await writePrivately(file, `${JSON.stringify({ ...(await read()), [host]: token })}\n`);
      return true;
    },
    remove: async (host) => {
      const { [host]: gone, ...rest } = await read();
      if (gone !== undefined) await writePrivately(file, `${JSON.stringify(rest)}\n`);
    },
  };
}

interface ToolResult {
  readonly code: number;
  readonly text: string;
}

function textOr({ code, text }: ToolResult): string | undefined {
  const token = text.trim();
  return code === 0 && token !== "" ? token : undefined;
}

/** Never rejects: a tool that is missing or hangs is a keychain that is not there. */
function runTool(env: Env, tool: string, args: readonly string[], input: string): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(tool, args, {
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: toolTimeoutMs,
    });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text = (text + chunk.toString("utf8")).slice(0, 10_000);
    });
    child.stdin.on("error", () => undefined);
    child.on("error", () => {
      resolve({ code: 127, text: "" });
    });
    child.on("close", (code) => {
      resolve({ code: code ?? 1, text });
    });
    child.stdin.end(input);
  });
}
