// Plays pushes against our reader and against the real `git receive-pack`, and says where they differ.
import { zeroOid } from "../../lambda/model/action.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { streamOf, type Bytes } from "../../lambda/model/http.ts";
import { isWorkflowPath } from "../../lambda/model/workflow-path.ts";
import { readPush as readCommands } from "../../lambda/classify/git-push.ts";
import { requireDeletedHere } from "../../lambda/flow/scanned.ts";
import { readPush, type PushReading } from "../../lambda/scan/read-push.ts";
import { inMemory } from "../scan/escrow.ts";
import { fakeMasker } from "../scan/fake-masker.ts";
import { statuses } from "../scan/pushes.ts";
import { pushBody } from "../stand-ins/raw-push.ts";
import { edited, generate, type Base, type Generated } from "./generated.ts";
import { GitHub } from "./github.ts";
import { Workshop, type MadeCommit } from "./objects.ts";
import { dice } from "./random.ts";

export interface Tally {
  accepted: number;
  refused: number;
  /** Accepted and carried out by git, in full or in part. */
  landed: number;
  /** Refs whose files were compared. */
  compared: number;
  /** Damaged, and yet read and carried out in the same way by both. */
  agreed: number;
}

/** Throws with the seed and number of the first push about which the two do not agree. */
export async function comparePushes(seed: number, count: number, first = 0): Promise<Tally> {
  const github = await GitHub.create();
  const tally: Tally = { accepted: 0, refused: 0, landed: 0, compared: 0, agreed: 0 };
  try {
    const base = await prepared(github, seed);
    for (let id = first; id < first + count; id += 1) {
      const push = generate(dice(seed * 1_000_003 + id), base, id);
      const difference = await compared(push, base, github, tally);
      if (difference !== undefined) throw new Error(`push ${id} of seed ${seed}: ${difference}`);
    }
  } finally {
    await github.remove();
  }
  return tally;
}

/** A history of ten commits with three branches and a tag, pushed by git's own rules. */
async function prepared(github: GitHub, seed: number): Promise<Base> {
  const random = dice(seed);
  const shop = new Workshop(new Map());
  const start = new Map([
    ["README.md", { mode: "100644" as const, oid: shop.add("blob", "# App\n") }],
    [".github/workflows/ci.yml", { mode: "100644" as const, oid: shop.add("blob", "on: push\n") }],
    ["src/deep/er/b.ts", { mode: "100644" as const, oid: shop.add("blob", "export const b = 1;\n") }],
  ]);
  const commits: MadeCommit[] = [shop.commit(start, [], "Begin")];
  for (let at = 0; at < 9; at += 1) {
    const parent = at % 4 === 3 ? random.pick(commits) : commits.at(-1);
    if (parent === undefined) continue;
    commits.push(shop.commit(edited(random, parent.files, shop, `base-${at}`), [parent.oid], `Base ${at}`));
  }
  const [main, dev, old] = [commits.at(-1), commits.at(-3), commits.at(2)].map((one) => one?.oid ?? "");
  const refs = new Map([
    ["refs/heads/main", main ?? ""],
    ["refs/heads/dev", dev ?? ""],
    ["refs/heads/release/1.0", old ?? ""],
    ["refs/tags/v1", old ?? ""],
  ]);
  const lines = [...refs].map(([ref, oid]) => `${zeroOid} ${oid} ${ref}`);
  await github.received(pushBody(lines, shop.pack(random)), new Map());
  for (const [ref, oid] of refs) await github.set(ref, oid);
  const objects = new Map([...shop.made].map(([oid, { bytes }]) => [oid, bytes]));
  return { commits, refs, objects };
}

interface Reading {
  readonly commands: readonly string[];
  readonly forwarded: Bytes;
  readonly reading: PushReading;
}

async function ours(body: Bytes, base: Base, github: GitHub): Promise<Reading | GateError> {
  try {
    const push = await readCommands(streamOf(body), 1_000);
    await requireDeletedHere(push.commands, (ref) => Promise.resolve(base.refs.get(ref)));
    const chunks: Bytes[] = [];
    for await (const chunk of push.pack) chunks.push(chunk);
    const pack = Buffer.concat(chunks);
    const reading = await readPush({
      push,
      ...(push.commands.some((command) => command.new !== zeroOid) ? { pack: inMemory(pack) } : {}),
      objects: (kind, oid) => github.object(kind, oid),
      hasKnownWorkflows: () => Promise.resolve(true),
      masker: fakeMasker,
    });
    const commands = push.commands.map((one) => `${one.old} ${one.new} ${one.ref}`);
    return { commands, forwarded: Buffer.concat([push.preamble, pack]), reading };
  } catch (error) {
    if (error instanceof GateError && error.code !== "GH_INTERNAL") return error;
    throw error;
  }
}

async function compared(
  push: Generated,
  base: Base,
  github: GitHub,
  tally: Tally,
): Promise<string | undefined> {
  const read = await ours(push.body, base, github);
  if (read instanceof GateError) {
    tally.refused += 1;
    return push.isSound ? `a sound push is refused: ${read.message}` : undefined;
  }
  tally.accepted += 1;
  // What was written by the client, as if we had passed it on as it is, and what we pass on.
  const raw = await github.received(push.body, base.refs);
  const sent =
    Buffer.compare(push.body, read.forwarded) === 0 ? raw : await github.received(read.forwarded, base.refs);
  const unnamed = [...raw, ...sent].find((change) => !read.commands.includes(change));
  if (unnamed !== undefined) return `git did what was not read: ${unnamed}`;
  if (raw.join() !== sent.join()) return `git does another thing with what is passed on: ${sent.join()}`;
  if (push.isSound && sent.join() !== [...read.commands].sort().join())
    return `git did not do what was read: ${sent.join()}`;
  if (sent.length > 0) tally.landed += 1;
  if (sent.length > 0 && !push.isSound) tally.agreed += 1;
  return differingFiles(push, read.reading, sent, github, tally);
}

async function differingFiles(
  push: Generated,
  reading: PushReading,
  landed: readonly string[],
  github: GitHub,
  tally: Tally,
): Promise<string | undefined> {
  for (const diff of reading.refs) {
    const from = push.bases.get(diff.ref);
    if (from === undefined || !landed.some((line) => line.endsWith(` ${diff.ref}`))) continue;
    const real = await github.diff(diff.old === zeroOid ? from : diff.old, diff.new);
    const said = statuses(diff);
    if (real.join("\n") !== said.join("\n"))
      return `the files of ${diff.ref} differ:\n${real.join("\n")}\nbut was read as\n${said.join("\n")}`;
    const hasWorkflow = real.some((line) => isWorkflowPath(line.slice(2)));
    if (hasWorkflow && !reading.touchesWorkflows) return `a workflow file of ${diff.ref} went unseen`;
    tally.compared += 1;
  }
  return undefined;
}
