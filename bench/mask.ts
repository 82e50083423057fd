// How fast the mask engine is, next to gunzip of the same bytes in the same run. Prints rows of a Markdown table.
import { gunzipSync, gzipSync } from "node:zlib";
import { tokenChecksum } from "../lambda/mask/checksum.ts";
import { createMasker } from "../lambda/mask/masker.ts";

const chunkBytes = 65_536;
const totalBytes = 8_000_000;
const rounds = 5;

/** Small deterministic generator: the same corpus in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

const random = numbers(7);
const hex = (length: number): string =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join("");
const words =
  "merge branch update fix the request of review for when pull commit add remove handler and".split(" ");
const sentence = (count: number): string =>
  Array.from({ length: count }, () => words[Math.floor(random() * words.length)] ?? "").join(" ");

function commit(): object {
  const sha = hex(40);
  const url = `https://api.github.com/repos/acme/app/commits/${sha}`;
  const login = words[Math.floor(random() * words.length)] ?? "octocat";
  const user = {
    login,
    id: Math.floor(random() * 1e7),
    node_id: Buffer.from(`04:User${hex(6)}`).toString("base64"),
    avatar_url: `https://avatars.githubusercontent.com/u/${hex(6)}?v=4`,
    type: "User",
    site_admin: false,
  };
  const author = { name: sentence(2), email: `${login}@example.com`, date: "2026-01-01T00:00:00Z" };
  const verification = { verified: false, reason: "unsigned", signature: null, payload: null };
  const detail = {
    author,
    committer: author,
    message: `${sentence(9)}\n\n${sentence(20)}`,
    comment_count: 0,
  };
  return {
    sha,
    url,
    html_url: url,
    commit: { ...detail, verification },
    author: user,
    parents: [{ sha: hex(40), url }],
  };
}

function repeated(make: () => string): Buffer {
  const parts: string[] = [];
  let length = 0;
  while (length < totalBytes) {
    const part = make();
    parts.push(part);
    length += part.length;
  }
  return Buffer.from(parts.join(""));
}

function secret(): string {
  const entropy = hex(30);
  return `ghp_${entropy}${tokenChecksum(entropy)}`;
}

const json = (): string => `${JSON.stringify([commit(), commit(), commit(), commit()])}\n`;
const source = (): string =>
  `export async function ${sentence(1)}_${hex(4)}(request: Request, options = { retries: 3 }): Promise<string> {\n` +
  `  // ${sentence(9)}\n  const answer = await fetch(\`/items/\${options.retries}\`, { signal: request.signal });\n` +
  `  if (!answer.ok) throw new Error("failed: " + answer.status);\n  return (await answer.json()).map((one) => one["id"] ?? 0);\n}\n\n`;
const secrets = (): string => {
  let text = "";
  while (text.length < 10_000) text += JSON.stringify(commit());
  return `${JSON.stringify({ text, note: `token ${secret()} end` })}\n`;
};
const contents = (): string => {
  const content = Buffer.from(source().repeat(300)).toString("base64").replace(/.{60}/g, "$&\n");
  return `${JSON.stringify({ name: "a.ts", sha: hex(40), content, encoding: "base64" })}\n`;
};

const jwtHeader = `${Buffer.from(JSON.stringify({ alg: "HS256" })).toString("base64url")}.`;
const awsKeys = (): string =>
  `AKIAABCDEFGH23456723 ${Buffer.from(Array.from({ length: 30 }, () => Math.floor(random() * 256))).toString("base64")} `;

const corpora: readonly (readonly [name: string, kind: "json" | "text", data: Buffer])[] = [
  ["clean API JSON", "json", repeated(json)],
  ["source text", "text", repeated(source)],
  ["JSON, a secret every 10 kB", "json", repeated(secrets)],
  ["contents API, wrapped base64", "json", repeated(contents)],
  [
    "hostile: JWT headers without end",
    "json",
    repeated(() => `${JSON.stringify({ a: jwtHeader.repeat(200) })}\n`),
  ],
  [
    "hostile: AWS keys without end",
    "json",
    repeated(() => `${JSON.stringify({ a: awsKeys().repeat(60) })}\n`),
  ],
];

const masker = createMasker({ literals: [`bench-credential-${hex(24)}`] });

function mask(kind: "json" | "text", data: Buffer): number {
  const stream = masker.stream(kind);
  let length = 0;
  for (let at = 0; at < data.length; at += chunkBytes) {
    length += stream.push(data.subarray(at, at + chunkBytes)).length;
  }
  return length + stream.end().length;
}

function gunzip(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, chunk) => sum + gunzipSync(chunk).length, 0);
}

function megabytesPerSecond(bytes: number, work: () => number): number {
  // CPU time, not wall time: neighbours on the machine must not decide the ratio.
  const start = process.cpuUsage();
  if (work() !== bytes) throw new Error("The length changed.");
  const { user, system } = process.cpuUsage(start);
  return bytes / (user + system);
}

console.log("| data | mask MB/s | gunzip MB/s | mask ÷ gunzip |");
console.log("| --- | ---: | ---: | ---: |");
for (const [name, kind, data] of corpora) {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; at += chunkBytes)
    chunks.push(gzipSync(data.subarray(at, at + chunkBytes)));
  let masked = 0;
  let unzipped = 0;
  for (let round = 0; round < rounds; round++) {
    masked = Math.max(
      masked,
      megabytesPerSecond(data.length, () => mask(kind, data)),
    );
    unzipped = Math.max(
      unzipped,
      megabytesPerSecond(data.length, () => gunzip(chunks)),
    );
  }
  console.log(
    `| ${name} | ${masked.toFixed(0)} | ${unzipped.toFixed(0)} | ${(masked / unzipped).toFixed(2)} |`,
  );
}
