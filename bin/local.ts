#!/usr/bin/env node
// `npm start`: the whole gateway on this machine, with the sandbox unless a real GitHub is configured.
import { parseArgs } from "node:util";
import { banner, readyLine } from "./local/banner.ts";
import { defaultDataDir } from "./local/paths.ts";
import { start } from "./local/start.ts";
import { startTrouble } from "./local/trouble.ts";

const help = `Usage: npm start -- [options]

Starts Gatehouse on this machine. Without further settings it starts the sandbox: an embedded
GitHub with real git repositories and an embedded company sign-in with demo people.

Options:
  --port N      gateway port; console, issuer and sandbox GitHub take the next three (default 8480; 0: any free)
  --data DIR    where records, approvals and keys are kept (default .gatehouse)
  --config FILE configuration file (default gatehouse.config.json when it exists)
  --tls         serve the gateway over https, with a certificate authority of this data folder (gh needs it)
  --host NAME   with --tls: the name clients call it by; it must lead to this machine (default localhost)
  --json        print exactly one line of JSON when ready, and nothing else on standard output
  --help        this text

Environment:
  GATEHOUSE_UPSTREAM=github    front github.com; needs --config with a company issuer, and
  GATEHOUSE_GITHUB_TOKEN=…     the token that the gateway holds, or
  GATEHOUSE_CONNECTOR_FILE=F   a file of yours (mode 600) that describes a GitHub App, see docs/connectors.md
`;

/** npm passes the terminal's own Ctrl-C on, so one key press may arrive twice; only a later one cuts things short. */
const pressedAgainAfterMs = 500;

const values = options();

if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `Gatehouse needs Node 24 or newer; this is ${process.versions.node}. Use npm start after npm ci.\n`,
  );
  process.exit(1);
}

try {
  const running = await start({
    port: portOf(values.port),
    env: process.env,
    ...tlsHost(values),
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(values.config === undefined ? {} : { config: values.config }),
  });
  process.stdout.write(values.json ? readyLine(running) : banner(running));
  let endingSinceMs: number | undefined;
  const end = (): void => {
    if (endingSinceMs !== undefined) {
      if (performance.now() - endingSinceMs > pressedAgainAfterMs) process.exit(1);
      return;
    }
    endingSinceMs = performance.now();
    if (!values.json) process.stdout.write("\nEnding: finishing what is under way …\n");
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
} catch (error) {
  notStarted(error, values.data);
}

function options() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "8480" },
        data: { type: "string" },
        config: { type: "string" },
        tls: { type: "boolean", default: false },
        host: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
      strict: true,
    }).values;
  } catch (error) {
    return notStarted(error);
  }
}

function tlsHost({ tls, host }: { tls: boolean; host?: string | undefined }): { tlsHost?: string } {
  if (!tls && host !== undefined)
    throw new Error("--host goes with --tls. Without it, clients use 127.0.0.1.");
  if (!tls) return {};
  const name = (host ?? "localhost").toLowerCase();
  if (
    !/^(?=.{1,200}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name) ||
    /^[\d.]+$/.test(name)
  )
    throw new Error(
      `--host ${name} not accepted. Expected: a host name such as gw.example.com, without a port.`,
    );
  return { tlsHost: name };
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_532)
    throw new Error(`--port ${text} not accepted. Expected: 0 to 65532.`);
  return port;
}

function notStarted(error: unknown, dataDir = defaultDataDir): never {
  process.stderr.write(`Gatehouse did not start. ${startTrouble(error, dataDir)}\n`);
  process.exit(1);
}
