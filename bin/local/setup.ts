// What stands behind the gateway: the embedded sandbox, or github.com with a company issuer.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Person } from "../../lambda/model/caller.ts";
import { ConfigError, parseConfig, type Config, type ConfigInput } from "../../lambda/model/config.ts";
import { unsendable } from "../../lambda/platform/local/notice-channels.ts";
import { secretFile } from "../../lambda/platform/local/secret-file.ts";
import { sandboxApp } from "../sandbox/github-app-setup.ts";
import { startGitHub } from "../sandbox/github.ts";
import { startIssuer } from "../sandbox/issuer.ts";
import {
  people,
  sandboxAccess,
  sandboxAudience,
  sandboxNotices,
  sandboxProtectedBranches,
  sandboxReadMany,
  sandboxRoles,
} from "../sandbox/people.ts";
import type { StartOptions } from "./start.ts";

export interface Setup {
  readonly config: Config;
  /** How the gateway shows itself at GitHub; the name is for errors. */
  readonly connector: { readonly text: string; readonly name: string };
  /** People known from the start; empty unless this is the sandbox. */
  readonly directory: readonly Person[];
  readonly issuerUrl: string;
  readonly githubUrl: string;
  readonly ports?: { readonly issuer: number; readonly github: number };
  readonly people: readonly { readonly login: string; readonly teams: readonly string[] }[];
  readonly repositories: readonly {
    readonly fullName: string;
    readonly defaultBranch: string;
    readonly protected: readonly string[];
  }[];
  close(): Promise<void>;
}

interface Urls {
  readonly gateway: string;
  readonly console: string;
}

export const consoleClientId = "gatehouse-console";

export async function sandboxSetup(
  dataDir: string,
  urls: Urls,
  ports: { readonly issuer: number; readonly github: number },
  options: StartOptions,
): Promise<Setup> {
  const token = await keptSecret(join(dataDir, "sandbox-upstream-token"));
  const linked = await sandboxApp(options.env, dataDir, urls.console);
  const [github, issuer] = await Promise.all([
    startGitHub({
      dataDir: join(dataDir, "sandbox-github"),
      port: ports.github,
      token,
      app: linked?.app,
      clock: Date.now,
    }),
    startIssuer({
      dataDir: join(dataDir, "sandbox-issuer"),
      port: ports.issuer,
      people,
      clients: [
        {
          clientId: consoleClientId,
          redirectUris: [`${urls.console}/sign-in/callback`, `${urls.gateway}/login/oauth/callback`],
        },
      ],
    }),
  ]);
  const defaults: ConfigInput = {
    upstream: {
      api: `${github.url}/api/v3`,
      git: github.url,
      capi: `${github.url}/capi`,
      mcp: `${github.url}/mcp`,
      redirectHosts: [new URL(github.url).host],
    },
    gateway: { url: urls.gateway },
    console: { url: urls.console, issuer: issuer.url, clientId: consoleClientId },
    issuers: [{ issuer: issuer.url, audience: sandboxAudience }],
    access: sandboxAccess,
    readMany: sandboxReadMany,
    protectedBranches: sandboxProtectedBranches,
    roles: sandboxRoles,
    notices: sandboxNotices,
    isSandbox: true,
  };
  const config = parseConfig(configFile(options) ?? "the sandbox's configuration", {
    ...defaults,
    ...(await sandboxOverrides(options)),
  });
  return {
    config,
    connector: {
      text: linked?.connector ?? JSON.stringify({ kind: "static", token }),
      name: "of the sandbox",
    },
    directory: people.map(({ id, login, name, email, teams }) => {
      const subject = `${issuer.url}#${id}`;
      return { subject, person: subject, login, name, email, teams };
    }),
    issuerUrl: issuer.url,
    githubUrl: github.url,
    ports: { issuer: portOf(issuer.url), github: portOf(github.url) },
    people: people.map(({ login, teams }) => ({ login, teams })),
    repositories: github.repositories.map((repository) => ({
      fullName: repository.fullName,
      defaultBranch: repository.defaultBranch,
      protected: [...new Set([repository.defaultBranch, ...repository.protected])],
    })),
    close: async () => {
      await Promise.all([github.close(), issuer.close()]);
    },
  };
}

/** A configuration file may change limits, waiting times and policies of the sandbox, never where it stands or who is in it. */
async function sandboxOverrides(options: StartOptions): Promise<Partial<ConfigInput>> {
  const file = configFile(options);
  if (file === undefined) return {};
  const value = await readJson(file);
  const allowed = [
    "hold",
    "limits",
    "policies",
    "access",
    "protectedBranches",
    "readMany",
    "roles",
    "notices",
    "events",
    "hooks",
  ];
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key))
      throw new Error(
        `${file}: ${key} not allowed in the sandbox. Allowed: ${allowed.join(", ")}; or set GATEHOUSE_UPSTREAM=github.`,
      );
  }
  return value;
}

export async function githubSetup(options: StartOptions, urls: Urls): Promise<Setup> {
  const file = configFile(options);
  if (file === undefined)
    throw new Error(
      "GATEHOUSE_UPSTREAM=github needs a configuration file with a company issuer: --config FILE, or gatehouse.config.json here.",
    );
  const connector = await connectorOf(options.env);
  const value = await readJson(file);
  const config = parseConfig(file, {
    upstream: {
      api: "https://api.github.com",
      git: "https://github.com",
      uploads: "https://uploads.github.com",
      raw: "https://raw.githubusercontent.com",
      capi: "https://api.githubcopilot.com",
      mcp: "https://api.githubcopilot.com/mcp",
    },
    gateway: { url: urls.gateway },
    ...value,
    console: { url: urls.console, ...(value.console as object) },
  });
  if (config.isSandbox) throw new Error(`${file}: isSandbox: true not allowed with a real GitHub.`);
  const silent = unsendable(config.notices);
  if (silent.length > 0) throw new ConfigError(file, silent);
  return {
    config,
    connector,
    directory: [],
    issuerUrl: config.console.issuer,
    githubUrl: config.upstream.git,
    people: [],
    repositories: [],
    close: () => Promise.resolve(),
  };
}

/** The same text that AWS keeps in the connector secret, in a file; or a plain token. */
async function connectorOf(env: StartOptions["env"]): Promise<Setup["connector"]> {
  const { GATEHOUSE_CONNECTOR_FILE: file = "", GATEHOUSE_GITHUB_TOKEN: token = "" } = env;
  if ((file === "") === (token === ""))
    throw new Error(
      "GATEHOUSE_UPSTREAM=github needs either the token that the gateway holds, in GATEHOUSE_GITHUB_TOKEN, or a connector, in the file that GATEHOUSE_CONNECTOR_FILE names.",
    );
  if (file === "") return { text: JSON.stringify({ kind: "static", token }), name: "GATEHOUSE_GITHUB_TOKEN" };
  const text = await secretFile(file, () =>
    Promise.reject(new Error(`The connector file ${file} is not there.`)),
  );
  return { text, name: file };
}

function configFile(options: StartOptions): string | undefined {
  if (options.config !== undefined) return resolve(options.config);
  return existsSync("gatehouse.config.json") ? resolve("gatehouse.config.json") : undefined;
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  const value = parsed(file, await readText(file));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${file}: expected one JSON object`);
  return value as Record<string, unknown>;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown reason";
    throw new Error(`The configuration file ${file} could not be read (${why}).`, { cause });
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON: ${cause instanceof Error ? cause.message : ""}.`, { cause });
  }
}

/** A token of the shape that GitHub's have, random at first start and kept. */
async function keptSecret(file: string): Promise<string> {
  if (existsSync(file)) return (await readFile(file, "utf8")).trim();
  const secret = `sandbox_${randomBytes(24).toString("hex")}`;
  await writeFile(file, secret, { mode: 0o600, flag: "wx" });
  return secret;
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
