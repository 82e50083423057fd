// What a model's streamed answer costs on its way: by a bare proxy, by one with masker and tool-call reader, by the whole gateway.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import { sandboxSetup } from "../bin/local/setup.ts";
import { sandboxToken } from "../bin/local/token.ts";
import { createDoor } from "../lambda/doors/node-http.ts";
import { serveRoad } from "../lambda/doors/road.ts";
import { assemble } from "../lambda/flow/assemble.ts";
import { masked } from "../lambda/flow/bodies.ts";
import { createCredentials } from "../lambda/forward/credentials.ts";
import { createMasker } from "../lambda/mask/masker.ts";
import { openLocalPlatform } from "../lambda/platform/local/platform.ts";
import { loadPolicies } from "../lambda/policy/policies.ts";
import { readPolicies } from "../lambda/policy/source.ts";
import { ToolCallReader } from "../lambda/record/tool-calls.ts";

const events = 3_000;
const rounds = 8;
const path = "/capi/chat/completions";
const words = "The function reads each line, keeps what it needs and returns the rest to its caller. ".split(
  " ",
);
const masker = createMasker({ literals: [["the", "gateway's", "own"].join("-").padEnd(40, "x")] });

const event = (content: string): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function textOf(request: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Asked by `paced` it sends an event each 2 ms that says when it was sent; by another name all at once. */
const upstream = await listening(async (request, response) => {
  const isPaced = (await textOf(request)).includes('"paced"');
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let at = 0; at < events; at += 1) {
    const word = `${words[at % words.length] ?? ""} `;
    if (isPaced) {
      await pause(2);
      response.write(`: ${process.hrtime.bigint()}\n${event(word)}`);
    } else if (!response.write(event(word))) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end("data: [DONE]\n\n");
});

const pool = new Pool(urlOf(upstream));

async function proxy(isMasked: boolean): Promise<Server> {
  return listening(async (request, response) => {
    const { body } = await pool.request({ path, method: "POST", body: await textOf(request) });
    response.writeHead(200, { "content-type": "text/event-stream" });
    const tools = new ToolCallReader(true, masker);
    for await (const chunk of isMasked
      ? masked(body, masker.events())
      : (body as AsyncIterable<Uint8Array>)) {
      if (isMasked) tools.push(chunk);
      if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
    }
    tools.end();
    response.end();
  });
}

/** All that a call passes in `npm start`: sign-in, policy, masking, and the record with its synchronous commits. */
async function gateway(dataDir: string): Promise<{ readonly server: Server; readonly token: string }> {
  const never = (): Promise<never> => Promise.reject(new Error("nothing is held here"));
  const log = (): void => undefined;
  const platform = await openLocalPlatform(dataDir, {
    onApproved: never,
    onDue: never,
    onGivenUp: log,
    secrets: { secret: never },
    log,
  });
  const later: { serve?: ReturnType<typeof serveRoad> } = {};
  const server = createDoor(
    (request) => later.serve?.(request) ?? Promise.reject(new Error("not yet")),
    (error) => {
      throw error;
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const urls = { gateway: urlOf(server), console: "http://localhost:9" };
  const setup = await sandboxSetup(dataDir, urls, { issuer: 0, github: 0 }, { port: 0, env: {} });
  const config = {
    ...setup.config,
    upstream: { ...setup.config.upstream, capi: `${urlOf(upstream)}/capi` },
  };
  for (const person of setup.directory) await platform.directory.remember(person);
  const { api, git } = config.upstream;
  const ports = { clock: platform.clock, keyed: platform.keyed, lockbox: platform.lockbox };
  const credentials = await createCredentials(setup.connector.text, setup.connector.name, {
    ...ports,
    api,
    git,
    console: config.console.url,
  });
  const policies = loadPolicies(await readPolicies("policies"));
  const secrets = await credentials.secrets();
  const { world } = await assemble({ config, platform, policies, credentials, secrets, log });
  later.serve = serveRoad(world);
  const running = { ...urls, issuer: setup.issuerUrl, isSandbox: true, pid: process.pid };
  await writeFile(join(dataDir, "running.json"), JSON.stringify(running));
  return { server, token: await sandboxToken({ as: "alice", for: "road", data: dataDir }) };
}

const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
const whole = await gateway(dataDir);

async function ask(server: Server, model: string): Promise<Response> {
  const answer = await fetch(urlOf(server) + path, {
    method: "POST",
    headers: { authorization: `Bearer ${whole.token}`, "content-type": "application/json" },
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: "Go on." }] }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer;
}

async function latencies(server: Server): Promise<number[]> {
  const answer = await ask(server, "paced");
  const found: number[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    const now = process.hrtime.bigint();
    for (const [, sent = "0"] of decoder.decode(chunk as Uint8Array).matchAll(/^: (\d+)$/gm))
      found.push(Number(now - BigInt(sent)) / 1000);
  }
  return found.sort((a, b) => a - b);
}

/** CPU of the whole chain in this process: sender, proxy and reader. */
async function cpuPerMB(server: Server): Promise<number> {
  let bytes = 0;
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1)
    bytes += (await (await ask(server, "fast")).arrayBuffer()).byteLength;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (bytes / 1e6);
}

const rows: string[] = [];
const at = (sorted: readonly number[], part: number): string =>
  (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0);
const proxies = [
  ["a bare proxy", await proxy(false)],
  ["one with masker and tool-call reader", await proxy(true)],
  ["the whole gateway", whole.server],
] as const;
for (const [, server] of proxies) await cpuPerMB(server);
for (const [name, server] of proxies) {
  const sorted = await latencies(server);
  const cpu = await cpuPerMB(server);
  rows.push(`| ${name} | ${at(sorted, 0.5)} µs | ${at(sorted, 0.99)} µs | ${cpu.toFixed(1)} ms |`);
}
process.stdout.write(
  [
    "| a model's answer through | per event p50 | p99 | CPU per MB |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
    "",
    `${events} events of one word, one each 2 ms; CPU is that of the whole chain (sender, proxy, reader), ${rounds} answers at full speed.`,
    "An event whose last letters may begin a secret waits for the next one; that wait is in the p99.",
    "",
  ].join("\n"),
);
await rm(dataDir, { recursive: true, force: true });
process.exit(0);
