// Starts everything that belongs to a gateway on one machine, in the order in which it depends on each other.
import { type Server } from "node:http";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { buildConsole } from "../../lib/console-build.ts";
import { createDoor } from "../../lambda/doors/node-http.ts";
import { serveConsole } from "../../lambda/doors/console.ts";
import { serveRoad } from "../../lambda/doors/road.ts";
import { createCredentials } from "../../lambda/forward/credentials.ts";
import { assemble } from "../../lambda/flow/assemble.ts";
import { advance } from "../../lambda/flow/advance.ts";
import { carryOut } from "../../lambda/flow/carry-out.ts";
import { closeOrphans, recoverAll } from "../../lambda/flow/sweep.ts";
import type { World } from "../../lambda/flow/world.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { Answer, GatewayRequest } from "../../lambda/model/http.ts";
import { createNoticeChannels } from "../../lambda/platform/local/notice-channels.ts";
import { openLocalPlatform } from "../../lambda/platform/local/platform.ts";
import type { LocalTls } from "./authority.ts";
import { choosePorts } from "./ports.ts";
import { defaultDataDir, projectRoot } from "./paths.ts";
import { githubSetup, sandboxSetup, type Setup } from "./setup.ts";
import { loadPolicies } from "../../lambda/policy/policies.ts";
import { readPolicies } from "../../lambda/policy/source.ts";

export interface StartOptions {
  readonly port: number;
  readonly data?: string;
  readonly config?: string;
  /** The name that clients call the gateway by over TLS; undefined: plain HTTP on the loopback address. */
  readonly tlsHost?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Running {
  readonly gateway: string;
  readonly console: string;
  readonly setup: Setup;
  readonly dataDir: string;
  /** With TLS: the certificate that clients have to trust. */
  readonly caFile?: string;
  close(): Promise<void>;
}

const sweepEveryMs = 30_000;
const orphanAgeMs = 60 * 60_000;
const drainMs = 10_000;
/** For the last bytes of answers: they go out after their outcome is recorded. */
const lastBytesMs = 2_000;

export async function start(options: StartOptions): Promise<Running> {
  const dataDir = resolve(options.data ?? defaultDataDir);
  const isGitHub = frontsGitHub(options.env);
  const log = logger(options.env);
  const later: { world?: World; road?: Handler; console?: Handler } = {};
  const world = (): World => {
    if (later.world === undefined) throw new Error("the gateway is still starting");
    return later.world;
  };
  const platform = await openLocalPlatform(dataDir, {
    onApproved: (plan) => carryOut(plan, world()),
    onDue: (plan) => advance(plan, world()),
    onGivenUp: (plan, error) => {
      log("plan-given-up", { plan, cause: String(error) });
    },
    secrets: {
      secret: (name) => {
        const value = options.env[name] ?? "";
        return value === ""
          ? Promise.reject(new Error(`there is no environment variable ${name}`))
          : Promise.resolve(value);
      },
    },
    log,
  });
  const ports = await choosePorts(dataDir, options.port);
  const tls = options.tlsHost === undefined ? undefined : await tlsOf(dataDir, options.tlsHost);
  const servers = { road: door(() => later.road, log, tls), console: door(() => later.console, log) };
  await Promise.all([
    listen(servers.road, ports.gateway, "127.0.0.1"),
    listen(servers.console, ports.console, "localhost"),
  ]);
  const urls = {
    gateway: gatewayUrl(options.tlsHost, portOf(servers.road)),
    console: `http://localhost:${portOf(servers.console)}`,
  };
  const [setup, assets] = await Promise.all([
    isGitHub ? githubSetup(options, urls) : sandboxSetup(dataDir, urls, ports, options),
    buildConsole(),
  ]);
  for (const person of setup.directory) await platform.directory.remember(person);
  const policyFolder = resolve(projectRoot, setup.config.policies);
  const credentials = await createCredentials(setup.connector.text, setup.connector.name, {
    clock: platform.clock,
    keyed: platform.keyed,
    lockbox: platform.lockbox,
    api: setup.config.upstream.api,
    git: setup.config.upstream.git,
    console: setup.config.console.url,
  });
  const notices = createNoticeChannels({ config: setup.config.notices, secrets: platform.secrets });
  const assembly = await assemble({
    config: setup.config,
    platform: setup.config.isSandbox ? platform : { ...platform, notices },
    policies: loadPolicies(await readPolicies(policyFolder)),
    credentials,
    secrets: await credentials.secrets(),
    log,
  });
  later.world = assembly.world;
  await recoverAll(assembly.world);
  await platform.start();
  later.road = serveRoad(assembly.world);
  later.console = serveConsole(assembly.world, assembly.signIn, assets);
  await ports.remember(portOf(servers.road), portOf(servers.console), setup.ports);
  const runningFile = join(dataDir, "running.json");
  await writeFile(
    runningFile,
    JSON.stringify({
      ...urls,
      pid: process.pid,
      isSandbox: setup.config.isSandbox,
      issuer: setup.issuerUrl,
      policies: policyFolder,
      ...(tls === undefined ? {} : { caFile: tls.caFile }),
    }),
    { mode: 0o600 },
  );
  const sweeper = setInterval(() => {
    closeOrphans(assembly.world, assembly.world.clock.now() - orphanAgeMs).catch((error: unknown) => {
      log("sweep-failed", { cause: String(error) });
    });
  }, sweepEveryMs);

  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    const closed = Promise.all([shut(servers.road), shut(servers.console)]);
    await assembly.world.live.drain(drainMs);
    const sent = new AbortController();
    await Promise.race([closed, assembly.world.clock.sleep(lastBytesMs, sent.signal)]);
    sent.abort();
    servers.road.closeAllConnections();
    servers.console.closeAllConnections();
    await assembly.world.live.drain(drainMs);
    await closed;
    await assembly.world.ledger.write([{ kind: "event", event: "stopped", details: {} }]);
    await assembly.close();
    await platform.close();
    await setup.close();
    await rm(runningFile, { force: true });
  };
  return { ...urls, setup, dataDir, ...(tls === undefined ? {} : { caFile: tls.caFile }), close };
}

/** The certificate library is large: it is loaded by those who ask for TLS. */
async function tlsOf(dataDir: string, host: string): Promise<LocalTls> {
  const { localTls } = await import("./authority.ts");
  return localTls(dataDir, host, Date.now());
}

function gatewayUrl(tlsHost: string | undefined, port: number): string {
  if (tlsHost === undefined) return `http://127.0.0.1:${port}`;
  return port === 443 ? `https://${tlsHost}` : `https://${tlsHost}:${port}`;
}

/** A misspelt upstream must not start the sandbox in its place. */
function frontsGitHub({ GATEHOUSE_UPSTREAM: upstream = "" }: StartOptions["env"]): boolean {
  if (!["", "sandbox", "github"].includes(upstream))
    throw new Error(
      `GATEHOUSE_UPSTREAM=${upstream} not accepted. Expected: github, or sandbox (the default).`,
    );
  return upstream === "github";
}

type Handler = (request: GatewayRequest) => Promise<Answer>;

/** Listens before the rest is ready, because the rest needs its address. */
function door(handler: () => Handler | undefined, log: World["log"], tls?: LocalTls): Server {
  return createDoor(
    (request) => handler()?.(request) ?? Promise.reject(new GateError("GH_STARTING")),
    (error) => {
      if (error instanceof GateError && error.code === "GH_STARTING") return;
      log("answer-broken", { cause: error instanceof Error ? error.message : String(error) });
    },
    tls,
  );
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await Promise.race([
    once(server, "listening"),
    once(server, "error").then(([error]) => Promise.reject(error as Error)),
  ]);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** One JSON line per event on standard error, where the terminal's own text is not disturbed. */
function logger(env: StartOptions["env"]): World["log"] {
  const isVerbose = env.GATEHOUSE_LOG !== undefined && env.GATEHOUSE_LOG !== "";
  const always = /failed|broken|error|not-recorded|postponed|given-up/;
  return (event, details) => {
    if (isVerbose || always.test(event))
      process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...details })}\n`);
  };
}
