// What the Lambda doors cost: size, cold start under the real runtime, warm overhead, memory of a long answer.
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { entries } from "../lib/bundle.ts";
import { builtFunctions } from "../test/stand-ins/aws/built.ts";
import { startAwsGateway, type AwsGateway } from "../test/stand-ins/aws/gateway.ts";
import { startFunction, type LambdaFunction } from "../test/stand-ins/aws/runtime-api.ts";
import { discard } from "../test/stand-ins/gateway.ts";
import { clone, remoteUrl, workTree } from "../test/stand-ins/git.ts";
import "../test/stand-ins/aws/build.ts";

const megabyte = 1024 * 1024;
const starts = 9;
const warmCalls = 300;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** As a zip would hold it: every file deflated by itself. */
async function zippedBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const item of await readdir(folder, { recursive: true })) {
    const file = join(folder, item);
    if ((await stat(file)).isFile()) bytes += deflateRawSync(await readFile(file), { level: 9 }).length + 100;
  }
  return bytes;
}

/** An API Gateway event for the health check, which needs the whole world and no GitHub. */
const health = {
  httpMethod: "GET",
  path: "/_gatehouse/health",
  headers: {},
  multiValueHeaders: {},
  multiValueQueryStringParameters: null,
  requestContext: { identity: { sourceIp: "127.0.0.1" } },
  body: null,
  isBase64Encoded: false,
};

async function callMs(target: LambdaFunction): Promise<number> {
  const beganAtMs = performance.now();
  const { body, trouble } = await target.invoke(health);
  for await (const chunk of body) if (chunk.length === 0) continue;
  if (trouble() !== undefined) throw new Error(`the function failed: ${trouble() ?? ""}`);
  return performance.now() - beganAtMs;
}

type Start = () => LambdaFunction;

interface ColdStart {
  /** Until the runtime asks for its first event. */
  readonly readyMs: number;
  /** Until the first answer is complete. */
  readonly answeredMs: number;
  /** What the process's main thread computed until then: unlike the times it hardly moves when the machine is busy. */
  readonly computedMs: number;
}

async function coldStart(start: Start): Promise<ColdStart> {
  const fresh = start();
  const answeredMs = await callMs(fresh);
  const [environment] = fresh.environments();
  const computedMs = await mainThreadMs(environment?.pid ?? 0);
  await fresh.close();
  return { readyMs: environment?.startedInMs() ?? Number.NaN, answeredMs, computedMs };
}

/** Medians of both, started in turn, so that whatever else the machine does meets both alike. */
async function coldStarts(own: Start, none: Start): Promise<readonly [ColdStart, ColdStart]> {
  const all: [ColdStart, ColdStart][] = [];
  for (let count = 0; count < starts; count += 1) all.push([await coldStart(own), await coldStart(none)]);
  const middle = (side: 0 | 1): ColdStart => ({
    readyMs: median(all.map((pair) => pair[side].readyMs)),
    answeredMs: median(all.map((pair) => pair[side].answeredMs)),
    computedMs: median(all.map((pair) => pair[side].computedMs)),
  });
  return [middle(0), middle(1)];
}

async function mainThreadMs(pid: number): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, "utf8")).split(" ");
  return Number(nanoseconds) / 1e6;
}

async function warmMs(start: Start): Promise<number> {
  const target = start();
  for (let count = 0; count < 30; count += 1) await callMs(target);
  const all: number[] = [];
  for (let count = 0; count < warmCalls; count += 1) all.push(await callMs(target));
  await target.close();
  return median(all);
}

/** The least that a streaming function can be: what is left of a figure is ours. */
async function emptyFunction(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `{"type":"commonjs"}\n`);
  await writeFile(
    join(folder, "index.js"),
    `exports.handler = awslambda.streamifyResponse(async (event, sink) => {
       const out = awslambda.HttpResponseStream.from(sink, { statusCode: 200 });
       out.write("ok");
       out.end();
     });\n`,
  );
}

async function memoryMb(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
}

async function longAnswer(gateway: AwsGateway): Promise<void> {
  const bare = join(gateway.dataDir, "sandbox-github/repositories/acme/app.git");
  const url = remoteUrl(gateway.gateway, "alice", await gateway.token("alice"), "acme/app");
  const work = await clone(url);
  for (const repository of [work.dir, bare])
    for (const [name, value] of [
      ["core.compression", "0"],
      ["pack.window", "0"],
      ["core.bigFileThreshold", "1m"],
    ] as const)
      await work.git("-C", repository, "config", name, value);
  await work.commit(
    Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`${at}.bin`, randomBytes(10 * megabyte)])),
    "150 MB of noise",
  );
  await work.git("push", "--quiet", bare, "HEAD:refs/heads/feature/huge");
  const pids = gateway.functions.gateway.environments().map(({ pid }) => pid);
  const before = Math.max(...(await Promise.all(pids.map((pid) => memoryMb(pid, "VmRSS")))));
  const beganAtMs = performance.now();
  const cloned = await clone(url, "--branch", "feature/huge", "--single-branch");
  const seconds = (performance.now() - beganAtMs) / 1_000;
  const peak = Math.max(...(await Promise.all(pids.map((pid) => memoryMb(pid, "VmHWM")))));
  print(
    `A clone of 150 MB: ${before.toFixed(0)} MB resident before, ${peak.toFixed(0)} MB at most, ${seconds.toFixed(1)} s.`,
  );
  for (const dir of [work.dir, cloned.dir]) await rm(join(workTree(dir).dir, ".."), { recursive: true });
}

const gateway = await startAwsGateway();
const empty = await mkdtemp(join(tmpdir(), "gatehouse-empty-"));
await emptyFunction(empty);
try {
  print("| function | zipped | script |");
  print("| --- | ---: | ---: |");
  for (const name of Object.keys(entries)) {
    const folder = join(builtFunctions, name);
    const script = (await stat(join(folder, "index.js"))).size;
    print(
      `| ${name} | ${((await zippedBytes(folder)) / 1e6).toFixed(2)} MB | ${(script / 1e6).toFixed(2)} MB |`,
    );
  }
  const own: Start = () => gateway.functions.gateway.another();
  const none: Start = () => startFunction({ ...gateway.functions.gateway.options, folder: empty });
  const [ours, theirs] = await coldStarts(own, none);
  const row = (name: string, { readyMs, answeredMs, computedMs }: ColdStart): void => {
    const cells = [readyMs, answeredMs, computedMs].map((ms) => `${ms.toFixed(0)} ms`);
    print(`| ${[name, ...cells].join(" | ")} |`);
  };
  print("");
  print(`| cold start, median of ${starts} | runtime ready | first answer | computed |`);
  print("| --- | ---: | ---: | ---: |");
  row("gateway", ours);
  row("an empty function", theirs);
  row("**ours alone**", {
    readyMs: ours.readyMs - theirs.readyMs,
    answeredMs: ours.answeredMs - theirs.answeredMs,
    computedMs: ours.computedMs - theirs.computedMs,
  });
  const [warm, warmEmpty] = [await warmMs(own), await warmMs(none)];
  print("");
  print(
    `Warm, median of ${warmCalls}: ${warm.toFixed(2)} ms for the health check, ${warmEmpty.toFixed(2)} ms for an empty function: the door adds ${(warm - warmEmpty).toFixed(2)} ms.`,
  );
  await longAnswer(gateway);
} finally {
  await discard(gateway);
  await rm(empty, { recursive: true, force: true });
}
process.exit(0);
