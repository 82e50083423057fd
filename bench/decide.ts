// What naming and judging one request costs, in microseconds: classify, then Cedar, then Cedar asked the same again.
import type { RefChange, Repository } from "../lambda/model/action.ts";
import { parseConfig } from "../lambda/model/config.ts";
import { streamOf, type GatewayRequest } from "../lambda/model/http.ts";
import { decide, type PolicyInput } from "../lambda/policy/decide.ts";
import { loadPolicies } from "../lambda/policy/policies.ts";
import { readPolicies } from "../lambda/policy/source.ts";

const rounds = 2_000;
const mib = 2 ** 20;

/** What it takes to load, in milliseconds, and what stays of it, in MiB of heap. */
async function loaded<T>(load: () => Promise<T>): Promise<readonly [T, string]> {
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const value = await load();
  const ms = (performance.now() - started).toFixed(0);
  return [value, `${ms} ms and ${((process.memoryUsage().heapUsed - before) / mib).toFixed(0)} MiB of heap`];
}

const [{ classify }, tables] = await loaded(() => import("../lambda/classify/classify.ts"));
const text = new TextEncoder();
const signal = new AbortController().signal;
const { limits } = parseConfig("bench", {
  upstream: { api: "http://api.test", git: "http://git.test" },
  gateway: { url: "http://gw.test" },
  console: { url: "http://console.test", issuer: "http://issuer.test", clientId: "console" },
  issuers: [{ issuer: "http://issuer.test", audience: "gatehouse" }],
});
const repository: Repository = {
  id: 1296269,
  owner: "acme",
  name: "app",
  fullName: "acme/app",
  defaultBranch: "main",
  isPrivate: true,
};

interface Case {
  readonly name: string;
  readonly request: () => GatewayRequest;
  readonly refs: readonly RefChange[];
}

function asked(method: string, target: string, type = "", body = ""): GatewayRequest {
  const headers = type === "" ? [] : ([["Content-Type", type]] as const);
  const stream = body === "" ? streamOf() : streamOf(text.encode(body));
  return { method, target, host: "gw.test", headers, body: stream, remoteAddress: "192.0.2.1", signal };
}

const oid = (seed: number): string => seed.toString(16).padStart(40, "0");

function changes(count: number): RefChange[] {
  return Array.from({ length: count }, (_, i) => ({
    ref: `refs/heads/topic-${i}`,
    change: "update",
    old: oid(i + 1),
    new: oid(i + 100_001),
    force: "no",
  }));
}

function pushOf(count: number): GatewayRequest {
  const lines = changes(count).map(({ old, new: next, ref }, i) => {
    const line = `${String(old)} ${String(next)} ${ref}${i === 0 ? "\0report-status atomic object-format=sha1" : ""}`;
    return (line.length + 4).toString(16).padStart(4, "0") + line;
  });
  const type = "application/x-git-receive-pack-request";
  // Twelve bytes of an empty pack are enough: classify leaves the pack a stream.
  const packStart = "PACK\0\0\0\u0002\0\0\0\0";
  return asked("POST", "/acme/app.git/git-receive-pack", type, `${lines.join("")}0000${packStart}`);
}

const query = JSON.stringify({
  query: `query($n: Int!) { repository(owner: "acme", name: "app") { issue(number: $n) { title body comments(first: 20) { nodes { body } } } } }`,
  variables: { n: 7 },
});
const merge = JSON.stringify({ base: "topic-0", head: "dev", commit_message: "Merge" });
const cases: readonly Case[] = [
  {
    name: "REST read",
    request: () => asked("GET", "/api/v3/repos/acme/app/contents/README.md?ref=main"),
    refs: [],
  },
  {
    name: "GraphQL query",
    request: () => asked("POST", "/api/graphql", "application/json", query),
    refs: [],
  },
  {
    name: "REST merge",
    request: () => asked("POST", "/api/v3/repos/acme/app/merges", "application/json", merge),
    refs: changes(1),
  },
  { name: "push of 1 ref", request: () => pushOf(1), refs: changes(1) },
  { name: "push of 500 refs", request: () => pushOf(500), refs: changes(500) },
];

function percentiles(samples: number[]): string {
  samples.sort((a, b) => a - b);
  const at = (share: number): string => (samples[Math.floor(samples.length * share)] ?? 0).toFixed(1);
  return `${at(0.5)} | ${at(0.99)}`;
}

async function measure(work: (round: number) => unknown): Promise<string> {
  const samples: number[] = [];
  for (let round = -200; round < rounds; round += 1) {
    const start = process.hrtime.bigint();
    await work(round);
    if (round >= 0) samples.push(Number(process.hrtime.bigint() - start) / 1000);
  }
  return percentiles(samples);
}

const before = process.memoryUsage();
const [policies, rules] = await loaded(async () => loadPolicies(await readPolicies("policies")));

console.log("| request | classify p50 | p99 | decide, new p50 | p99 | decide, as before p50 | p99 |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const { name, request, refs } of cases) {
  const action = await classify(request(), { gatewayHost: "gw.test", limits });
  const input = (round: number): PolicyInput => ({
    caller: { subject: `https://idp.example#${round}`, teams: ["engineering"] },
    action,
    repository,
    refs,
    protection: refs.map(({ ref }) => ({ ref, isProtected: false, isDefault: false, because: "bench" })),
    touchesAllBranches: false,
    touchesWorkflows: false,
    paths: [],
    access: { readers: ["engineering"], writers: ["engineering"] },
    readMany: { acme: ["security-team"] },
  });
  const same = input(-1);
  const verdict = decide(policies, same);
  if (verdict.is !== "allow") throw new Error(`${name} is to be allowed: ${verdict.reason}`);
  const named = await measure(() => classify(request(), { gatewayHost: "gw.test", limits }));
  const fresh = await measure((round) => decide(policies, input(round)));
  const again = await measure(() => decide(policies, same));
  console.log(`| ${name} | ${named} | ${fresh} | ${again} |`);
}
console.log(
  `\nMicroseconds, ${rounds} rounds. The tables of operations load in ${tables}, the policies in ${rules}, all checks included. Heap and wasm grow by ${(
    (process.memoryUsage().rss - before.rss) /
    mib
  ).toFixed(0)} MiB over the whole run.`,
);
