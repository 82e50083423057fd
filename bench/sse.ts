// What masking adds to a model's streamed answer: a bare proxy, and the same one with the masker and the tool-call reader.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import { masked } from "../lambda/flow/bodies.ts";
import { createMasker } from "../lambda/mask/masker.ts";
import { ToolCallReader } from "../lambda/record/tool-calls.ts";

const events = 3_000;
const rounds = 8;
const words = "The function reads each line, keeps what it needs and returns the rest to its caller. ".split(
  " ",
);
const masker = createMasker({ literals: [["the", "gateway's", "own"].join("-").padEnd(40, "x")] });

const event = (content: string): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content } }] })}\n\n`;

async function listening(answer: (path: string, response: ServerResponse) => Promise<void>): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request.url ?? "/", response).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** `/paced` sends an event each 2 ms that says when it was sent; `/fast` sends all at once. */
const upstream = await listening(async (path, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let at = 0; at < events; at += 1) {
    const word = `${words[at % words.length] ?? ""} `;
    if (path === "/paced") {
      await pause(2);
      response.write(`: ${process.hrtime.bigint()}\n${event(word)}`);
    } else if (!response.write(event(word))) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end("data: [DONE]\n\n");
});

const pool = new Pool(urlOf(upstream));

async function proxy(isMasked: boolean): Promise<Server> {
  return listening(async (path, response) => {
    const { body } = await pool.request({ path, method: "GET" });
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

async function latencies(server: Server): Promise<number[]> {
  const answer = await fetch(`${urlOf(server)}/paced`);
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
    bytes += (await (await fetch(`${urlOf(server)}/fast`)).arrayBuffer()).byteLength;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (bytes / 1e6);
}

const rows: string[] = [];
const at = (sorted: readonly number[], part: number): string =>
  (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0);
const proxies = [
  ["a bare proxy", await proxy(false)],
  ["with masking and tool calls", await proxy(true)],
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
for (const [, server] of proxies) server.close();
upstream.close();
await pool.close();
process.exit(0);
