// Large files lie behind signed addresses that would lead around the gateway, and locks can be taken away by force. Here
// every byte of them passes the gateway, is decided on and recorded, and no signed address reaches a client.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest, type UpstreamRequest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";
import { entriesOf, placesWith, settled } from "../stand-ins/oracle.ts";
import { policiesWith } from "../stand-ins/policies.ts";

let gateway: GatewayUnderTest;
let sent = 0;
const session = "ses-attack-lfs";
const mediaType = "application/vnd.git-lfs+json";

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  try {
    expect(await settled(gateway, session, sent)).toHaveLength(sent);
    // Nobody but the store itself saw what it signs.
    expect(await placesWith(gateway, "signature=")).toEqual([]);
  } finally {
    await discard(gateway);
  }
});

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
const file = (content: Buffer): { oid: string; size: number } => ({
  oid: sha256(content),
  size: content.length,
});

interface Shown {
  readonly status: number;
  readonly bytes: Buffer;
  readonly json: Record<string, unknown>;
}

async function lfs(
  login: string,
  method: string,
  path: string,
  body?: unknown,
  repository = "acme/app",
): Promise<Shown> {
  sent += 1;
  const isBytes = body instanceof Buffer;
  const address = path.startsWith("http") ? path : `${gateway.gateway}/${repository}.git/info/lfs/${path}`;
  const answer = await fetch(address, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${login}:${await gateway.token(login, { session })}`)}`,
      accept: mediaType,
      ...(body === undefined ? {} : { "content-type": isBytes ? "application/octet-stream" : mediaType }),
    },
    ...(body === undefined ? {} : { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  return {
    status: answer.status,
    bytes,
    json: isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {},
  };
}

const code = ({ json }: Shown): string | undefined => (json.gatehouse as { code?: string } | undefined)?.code;

interface Offered {
  readonly actions?: Record<string, { href: string; header?: unknown }>;
  readonly error?: { code: number };
}

async function batch(operation: string, content: Buffer, login = "alice"): Promise<Offered> {
  const body = {
    operation,
    transfers: ["basic"],
    objects: [file(content)],
    ref: { name: "refs/heads/main" },
  };
  const { status, json } = await lfs(login, "POST", "objects/batch", body);
  expect(status).toBe(200);
  return (json.objects as Offered[])[0] ?? {};
}

/** Puts a file there as a client does. */
async function upload(content: Buffer): Promise<Shown> {
  const href = (await batch("upload", content)).actions?.upload?.href ?? "";
  return lfs("alice", "PUT", href, content);
}

async function stored(): Promise<readonly UpstreamRequest[]> {
  return (await gateway.upstream()).filter(({ path }) => path.startsWith("/_storage/"));
}

describe("a large file", () => {
  const content = Buffer.from(`not masked, not changed: ${"x".repeat(300_000)}`);

  it("goes up and comes down through the gateway, which shows no other address", async () => {
    const up = await batch("upload", content);
    expect(Object.keys(up.actions ?? {})).toEqual(["upload"]);
    const { oid, size } = file(content);
    const href = `${gateway.gateway}/acme/app.git/info/lfs/objects/${oid}/${size}`;
    expect(up.actions?.upload).toEqual({ href });
    expect((await lfs("alice", "PUT", href, content)).status).toBe(200);
    // What the store wants to hear afterwards, it heard from the gateway.
    expect((await stored()).map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`)).toEqual([
      `PUT /_storage/710001/${oid}`,
      `POST /_storage/710001/${oid}/verify`,
    ]);
    expect((await batch("upload", content)).actions).toBeUndefined();
    const down = await batch("download", content);
    expect(down.actions).toEqual({ download: { href } });
    const got = await lfs("alice", "GET", href);
    expect([got.status, got.bytes.equals(content)]).toEqual([200, true]);
  });

  it("is taken a second time without being sent to the store again", async () => {
    const before = (await stored()).length;
    const { oid, size } = file(content);
    expect((await lfs("alice", "PUT", `objects/${oid}/${size}`, content)).status).toBe(200);
    expect(await stored()).toHaveLength(before);
  });

  it("keeps a secret-looking part as it is: its hash is its name", async () => {
    const secret = Buffer.from(`key = ghp_${"A1b2".repeat(9)}\n`);
    expect((await upload(secret)).status).toBe(200);
    const { oid, size } = file(secret);
    expect((await lfs("bob", "GET", `objects/${oid}/${size}`)).bytes.equals(secret)).toBe(true);
  });

  it("may be empty", async () => {
    const empty = Buffer.alloc(0);
    expect((await upload(empty)).status).toBe(200);
    expect((await lfs("alice", "GET", `objects/${sha256("")}/0`)).bytes).toHaveLength(0);
  });

  it("that GitHub does not have is GitHub's 404", async () => {
    expect((await batch("download", Buffer.from("nowhere"))).error?.code).toBe(404);
    const answer = await lfs("alice", "GET", `objects/${"0".repeat(64)}/1`);
    expect([answer.status, answer.json.message]).toEqual([404, "Object does not exist on the server"]);
  });

  it("leaves its id and size in the record, and no copy of its content", async () => {
    const entries = await entriesOf(gateway, session);
    const up = entries.find(({ intent }) => intent.action.operation === "lfs/upload");
    expect(up?.intent.action).toMatchObject({
      effect: "write",
      repository: "acme/app",
      refs: [],
      parameters: { oid: sha256(content), size: String(content.length) },
    });
    expect(await placesWith(gateway, "not masked, not changed")).toEqual([]);
  });
});

describe("content that is not what its id says", () => {
  it.each<[string, (content: Buffer) => Buffer]>([
    ["other bytes of the same length", (content) => Buffer.alloc(content.length, "y")],
    ["bytes behind it", (content) => Buffer.concat([content, Buffer.from("more")])],
    ["half of it", (content) => content.subarray(0, content.length / 2)],
  ])("is not stored: %s", async (what, change) => {
    const content = Buffer.from(`${what} ${"z".repeat(100_000)}`);
    const { oid, size } = file(content);
    const answer = await lfs("alice", "PUT", `objects/${oid}/${size}`, change(content));
    expect(code(answer)).toBe("GH_LARGE_FILE");
    expect((await batch("download", content)).error?.code).toBe(404);
  });
});

describe("whoever may not", () => {
  const object = { oid: sha256("x"), size: 1 };

  it.each<[string, string, string, string, unknown]>([
    ["read", "alice", "POST", "objects/batch", { operation: "download", objects: [object] }],
    ["read a file", "alice", "GET", `objects/${object.oid}/1`, undefined],
    ["write a file", "alice", "PUT", `objects/${object.oid}/1`, Buffer.from("x")],
    ["see locks", "alice", "GET", "locks", undefined],
  ])(
    "%s another team's repository is refused, and GitHub hears nothing",
    async (_what, login, method, path, body) => {
      const before = (await gateway.upstream()).filter((one) => one.path.includes("/info/lfs/")).length;
      expect(code(await lfs(login, method, path, body, "acme/vault"))).toBe("GH_DENIED");
      const after = (await gateway.upstream()).filter((one) => one.path.includes("/info/lfs/")).length;
      expect(after).toBe(before);
    },
  );

  it.each<[string, string, unknown]>([
    ["POST", "objects/batch", { operation: "upload", objects: [object] }],
    ["PUT", `objects/${object.oid}/1`, Buffer.from("x")],
    ["POST", "locks", { path: "a.psd" }],
    ["POST", "locks/verify", {}],
  ])("belongs to no team is refused: %s %s", async (method, path, body) => {
    expect(code(await lfs("mallory", method, path, body))).toBe("GH_DENIED");
  });
});

describe("a lock", () => {
  it("is taken, seen and given back, but not taken away by force [LFS-01]", async () => {
    const taken = await lfs("alice", "POST", "locks", { path: "art/logo.psd" });
    expect(taken.status).toBe(201);
    const { id } = taken.json.lock as { id: string };
    expect((await lfs("bob", "GET", "locks")).json).toMatchObject({ locks: [{ path: "art/logo.psd" }] });
    const force = await lfs("bob", "POST", `locks/${id}/unlock`, { force: true });
    expect([force.status, code(force)]).toEqual([403, "GH_DENIED"]);
    expect((await lfs("alice", "POST", "locks/verify", {})).json).toMatchObject({ ours: [{ id }] });
    expect((await lfs("alice", "POST", `locks/${id}/unlock`, {})).status).toBe(200);
    expect((await lfs("alice", "GET", "locks")).json).toEqual({ locks: [] });
  });
});

describe("a client that is pointed at another server", () => {
  it("is told to be out of reach where limits are listed [LFS-02]", async () => {
    const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toMatch(/`lfs\.url`/);
  });
});

describe("a wiki", () => {
  it("is read as its repository is, and never written [GIT-13]", async () => {
    const url = async (login: string): Promise<string> =>
      remoteUrl(gateway.gateway, login, await gateway.token(login), "acme/app.wiki");
    const work = await clone(await url("alice"));
    expect((await work.git("show", "HEAD:Home.md")).stdout).toContain("The order service");
    await work.commit({ "Home.md": "changed\n" }, "Change the wiki");
    const push = await work.git("push", "origin", "HEAD:main");
    expect([push.code, push.stderr]).toEqual([128, expect.stringContaining("A wiki can be read")]);
    await expect(clone(await url("mallory"))).rejects.toThrow("no rule lets you read acme/app");
  });
});

describe("a rule that would hold large files", () => {
  const rule = `
@id("large-files") @reviewers("platform-team") @ttl("1h")
forbid (principal, action == Gatehouse::Action::"ordinaryWrite", resource) when { context.surface == "lfs" };
`;

  it("refuses them, because nobody could carry out the rest later, and names itself", async () => {
    const policies = await policiesWith({}, rule);
    const strict = await startGateway({ config: { policies: policies.folder } });
    try {
      const content = Buffer.from("held");
      const asked = { operation: "upload", transfers: ["basic"], objects: [file(content)] };
      const answer = await fetch(`${strict.gateway}/acme/app.git/info/lfs/objects/batch`, {
        method: "POST",
        headers: {
          authorization: `Basic ${btoa(`alice:${await strict.token("alice", { session })}`)}`,
          accept: mediaType,
          "content-type": mediaType,
        },
        body: JSON.stringify(asked),
      });
      const { message } = (await answer.json()) as { message: string };
      expect([answer.status, message]).toEqual([
        403,
        expect.stringContaining("approve this (large-files), and a call of Git LFS cannot wait for one"),
      ]);
      const [entry] = await settled(strict, session, 1);
      expect([entry?.intent.verdict.is, entry?.outcome?.error]).toEqual(["hold", "GH_CANNOT_WAIT"]);
      expect((await strict.upstream()).filter(({ path }) => path.includes("/info/lfs/"))).toEqual([]);
    } finally {
      await discard(strict);
      await policies.remove();
    }
  });
});
