// Two environments that take turns: a sign-in that one of them began is finished by the other, and large files pass both.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signIn, type Kept } from "../../bin/cli/account.ts";
import type { Talk } from "../../bin/cli/sign-in.ts";
import { startAwsGateway, type AwsGateway } from "../stand-ins/aws/gateway.ts";
import { discard } from "../stand-ins/gateway.ts";
import { ledTo, WebPerson } from "../stand-ins/web-person.ts";

let gateway: AwsGateway;
let home: string;

beforeAll(async () => {
  gateway = await startAwsGateway({ instances: 2 });
  home = await mkdtemp(join(tmpdir(), "gatehouse-home-"));
});
afterAll(async () => {
  await discard(gateway);
  await rm(home, { recursive: true });
});

function signsIn(
  by: "device" | "browser",
  act: (person: WebPerson, said: string) => Promise<unknown>,
): Promise<Kept> {
  const person = new WebPerson("alice", gateway);
  const lines: string[] = [];
  const talk: Talk = {
    say: (line) => lines.push(line),
    sleep: async () => {
      await act(person, lines.join("\n"));
    },
    now: () => Date.now(),
    open: async (address) => {
      await act(person, address);
      return true;
    },
  };
  return signIn(gateway.gateway, by, { HOME: home, GATEHOUSE_TOKEN_STORE: "file" }, talk);
}

const byDevice = (): Promise<Kept> =>
  signsIn("device", (person, said) => person.confirms(/Your code: (\S+)/.exec(said)?.[1] ?? ""));

describe("a sign-in over two environments", () => {
  it("comes to a token by device flow", async () => {
    expect(await byDevice()).toMatchObject({ login: "alice" });
    const used = gateway.functions.gateway.environments().map((one) => one.invocations());
    expect(used).toHaveLength(2);
    expect(Math.min(...used)).toBeGreaterThan(1);
  });

  it("comes to a token by the browser", async () => {
    const kept = await signsIn("browser", async (person, address) => {
      const confirmation = await person.throughCompany(await person.get(address));
      await person.get(ledTo(await person.decides(confirmation, "allow")));
    });
    expect(kept).toMatchObject({ login: "alice" });
  });

  it("is over for both of them once the person signs out", async () => {
    const { token } = await byDevice();
    const asked = async (): Promise<number> => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${gateway.gateway}/api/v3/repos/acme/app`, { headers })).status;
    };
    expect([await asked(), await asked()]).toEqual([200, 200]);
    const body = new URLSearchParams({ token });
    expect((await fetch(`${gateway.gateway}/login/oauth/revoke`, { method: "POST", body })).status).toBe(200);
    expect([await asked(), await asked()]).toEqual([403, 403]);
  });
});

describe("a file in Git LFS", () => {
  const mediaType = "application/vnd.git-lfs+json";
  interface Offered {
    readonly actions?: Record<string, { href: string; header?: Record<string, string> }>;
  }

  async function offered(operation: "upload" | "download", content: Buffer): Promise<Offered> {
    const objects = [{ oid: createHash("sha256").update(content).digest("hex"), size: content.length }];
    const ref = { name: "refs/heads/feature/lfs" };
    const answer = await fetch(`${gateway.gateway}/acme/app.git/info/lfs/objects/batch`, {
      method: "POST",
      headers: { authorization: await basic(), accept: mediaType, "content-type": mediaType },
      body: JSON.stringify({ operation, transfers: ["basic"], objects, ref }),
    });
    expect(answer.status).toBe(200);
    const [first] = ((await answer.json()) as { objects: Offered[] }).objects;
    return first ?? {};
  }

  const basic = async (): Promise<string> => `Basic ${btoa(`alice:${await gateway.token("alice")}`)}`;

  async function upload(content: Buffer): Promise<Response> {
    const { actions } = await offered("upload", content);
    return fetch(actions?.upload?.href ?? "", {
      method: "PUT",
      headers: { authorization: await basic(), "content-type": "application/octet-stream" },
      body: new Uint8Array(content),
    });
  }

  it("of 1 MB goes up and comes down as it is", async () => {
    const content = randomBytes(1024 * 1024);
    expect((await upload(content)).status).toBe(200);
    const { actions } = await offered("download", content);
    const answer = await fetch(actions?.download?.href ?? "", {
      headers: { authorization: await basic() },
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  });

  it("of 5 MB is refused by API Gateway, and GitHub's store has nothing of it", async () => {
    const content = randomBytes(5 * 1024 * 1024);
    expect((await upload(content)).status).toBe(413);
    expect((await offered("download", content)).actions).toBeUndefined();
  });
});
