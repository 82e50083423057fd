// Installation tokens against a stand-in of GitHub's App API on loopback: what was asked for, and with which proof.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { jwtVerify } from "jose";
import { createCredentials } from "../../lambda/forward/credentials.ts";
import type { Effect } from "../../lambda/model/action.ts";
import type { Credential, Credentials } from "../../lambda/model/ports.ts";
import { createIds } from "../../lambda/platform/ids.ts";
import { createLockbox } from "../../lambda/platform/local/lockbox.ts";
import { MemoryStore } from "../identity/fixtures.ts";

const hour = 60 * 60_000;
const granted = { contents: "write", metadata: "read", administration: "write", workflows: "write" };
const app = { owner: "acme", name: "app" };

interface Minted {
  readonly installation: string;
  readonly repositories?: readonly string[];
  readonly permissions: Readonly<Record<string, string>>;
}

let server: Server;
let minted: Minted[];
let lookedUp: number;
let failing: number | undefined;
let publicKey: KeyObject;
let pem: string;
let clockMs: number;

beforeEach(async () => {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  publicKey = createPublicKey(pair.publicKey);
  pem = pair.privateKey;
  minted = [];
  lookedUp = 0;
  failing = undefined;
  clockMs = Date.now();
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      answer(incoming.method ?? "", incoming.url ?? "", incoming.headers.authorization ?? "", chunks).then(
        ({ status, json }) => {
          outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
        },
        (error: unknown) => {
          outgoing.writeHead(401).end(String(error));
        },
      );
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function answer(method: string, url: string, authorization: string, chunks: readonly Buffer[]) {
  const proof = authorization.replace(/^bearer /i, "");
  const { payload } = await jwtVerify(proof, publicKey, { algorithms: ["RS256"] });
  if (String(payload.iss) !== "12") throw new Error("another App");
  if ((payload.exp ?? 0) - (payload.iat ?? 0) > 660) throw new Error("GitHub takes ten minutes at most");
  if (failing !== undefined) return { status: failing, json: { message: "it echoes secrets" } };
  const [, , , installation = ""] = url.split("/");
  if (method === "GET" && url === `/app/installations/${installation}`) {
    lookedUp += 1;
    return { status: 200, json: { id: Number(installation), permissions: granted } };
  }
  if (method !== "POST" || url !== `/app/installations/${installation}/access_tokens`)
    return { status: 404, json: {} };
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Minted, "installation">;
  minted.push({ installation, ...body });
  const token = ["ghs", `${String(minted.length).padStart(3, "0")}${"m".repeat(33)}`].join("_");
  return {
    status: 201,
    json: { token, expires_at: new Date(clockMs + hour).toISOString(), permissions: body.permissions },
  };
}

function connect(installations: Record<string, number> = { Acme: 7 }): Promise<Credentials> {
  const { port } = server.address() as AddressInfo;
  const text = JSON.stringify({ kind: "app", appId: 12, privateKey: pem, installations });
  return createCredentials(text, "github", {
    clock: { now: () => clockMs, sleep: () => Promise.resolve() },
    keyed: new MemoryStore(),
    lockbox: createLockbox(new Uint8Array(32), createIds()),
    api: `http://127.0.0.1:${port}`,
    git: `http://127.0.0.1:${port}`,
    console: "http://localhost:4401",
  });
}

const get = (credentials: Credentials, effect: Effect, subject = "alice"): Promise<Credential> =>
  credentials.credential({ subject }, effect, app, "gateway");

describe("The App connector", () => {
  it("reads with a token that can only read, and only this repository", async () => {
    const credential = await get(await connect(), "read");
    expect(credential.kind).toBe("app");
    expect(credential.authorization("api")).toMatch(/^Bearer ghs_001m/);
    expect(minted).toEqual([
      {
        installation: "7",
        repositories: ["app"],
        permissions: { contents: "read", metadata: "read", administration: "read" },
      },
    ]);
  });

  it.each(["write", "branch-write", "indirect"] as const)(
    "mints another token for %s, without what agents never need",
    async (effect) => {
      const credentials = await connect();
      await get(credentials, "read");
      await get(credentials, effect);
      expect(minted.at(-1)?.permissions).toEqual({
        contents: "write",
        metadata: "read",
        administration: "read",
        workflows: "write",
      });
    },
  );

  it("uses what the App was granted for what policy or a person allowed beyond that", async () => {
    await get(await connect(), "admin");
    expect(minted.at(-1)?.permissions).toEqual(granted);
  });

  it("narrows nothing it cannot name: a call without a repository reads with the whole installation", async () => {
    await (await connect()).credential({ subject: "gatehouse" }, "read", undefined, "gateway");
    expect(minted.at(-1)).not.toHaveProperty("repositories");
  });

  it("keeps a token until five minutes before it ends", async () => {
    const credentials = await connect();
    const first = (await get(credentials, "read")).authorization("api");
    clockMs += hour - 5 * 60_000 - 1;
    expect((await get(credentials, "read")).authorization("api")).toBe(first);
    clockMs += 1;
    expect((await get(credentials, "read")).authorization("api")).not.toBe(first);
    expect(minted).toHaveLength(2);
  });

  it("asks once for calls that come in the same moment", async () => {
    const credentials = await connect();
    await get(credentials, "read");
    await Promise.all(Array.from({ length: 20 }, () => get(credentials, "branch-write")));
    expect(minted).toHaveLength(2);
    expect(lookedUp).toBe(1);
  });

  it("refuses an account that it is not installed for", async () => {
    const credentials = await connect();
    await expect(
      credentials.credential({ subject: "a" }, "read", { owner: "other", name: "app" }, "gateway"),
    ).rejects.toMatchObject({ code: "GH_NOT_INSTALLED", message: expect.stringContaining("for other.") });
    expect(minted).toEqual([]);
  });

  it("refuses a call without a repository when several installations could be meant", async () => {
    const credentials = await connect({ acme: 7, beta: 8 });
    await expect(
      credentials.credential({ subject: "a" }, "read", undefined, "gateway"),
    ).rejects.toMatchObject({
      code: "GH_NOT_INSTALLED",
    });
  });

  it.each([401, 404, 422, 500])(
    "is out of service while GitHub answers %i, and repeats nothing of it",
    async (status) => {
      const credentials = await connect();
      failing = status;
      const error: unknown = await get(credentials, "read").catch((failure: unknown) => failure);
      expect(error).toMatchObject({
        code: "GH_CREDENTIAL_UNAVAILABLE",
        message: expect.stringContaining(`GitHub answered ${status} when asked`),
      });
      expect(inspect(error, { depth: null })).not.toMatch(/it echoes secrets|eyJ/);
    },
  );

  it("is in service again when GitHub is", async () => {
    const credentials = await connect();
    failing = 500;
    await expect(get(credentials, "read")).rejects.toThrow();
    failing = undefined;
    expect((await get(credentials, "read")).kind).toBe("app");
  });

  it("names the private key as what must never appear", async () => {
    const [secret = ""] = await (await connect()).secrets();
    expect(secret.length).toBeGreaterThan(39);
    expect(pem).toContain(secret);
  });

  it("holds a caller to its share of what is left, and nobody else", async () => {
    const credentials = await connect();
    const bob = await get(credentials, "read", "bob");
    await get(credentials, "read", "alice");
    bob.heard?.([
      ["x-ratelimit-limit", "5000"],
      ["x-ratelimit-remaining", "4"],
      ["x-ratelimit-reset", String(Math.ceil(clockMs / 1000) + 600)],
    ]);
    await get(credentials, "read", "bob");
    await get(credentials, "read", "bob");
    await expect(get(credentials, "read", "bob")).rejects.toMatchObject({
      code: "GH_RATE_SHARE",
      status: 429,
    });
    expect((await get(credentials, "read", "alice")).kind).toBe("app");
  });
});
