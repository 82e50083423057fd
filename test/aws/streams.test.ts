// Long answers through Lambda's response stream: a large clone, and events that come one by one.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import type { SessionView } from "../../lambda/model/api.ts";
import { checkedToken, stars } from "../mask/samples.ts";
import { startAwsGateway, type AwsGateway } from "../stand-ins/aws/gateway.ts";
import { discard } from "../stand-ins/gateway.ts";
import { clone, remoteUrl } from "../stand-ins/git.ts";

const megabyte = 1024 * 1024;
const session = "ses-streams";
const path = "/repos/acme/app/events";
let gateway: AwsGateway;
/** What GitHub is in the middle of saying. */
let speaking: ServerResponse | undefined;

beforeAll(async () => {
  gateway = await startAwsGateway({
    detour: (request, response) => {
      if (request.url !== `/api/v3${path}` && request.url !== "/capi/chat/completions") return false;
      speaking = response;
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      response.write("data: one\n\n");
      return true;
    },
  });
});
afterAll(() => discard(gateway));

describe("an answer of events", () => {
  it("arrives event by event while GitHub still holds the rest, and ends after its outcome", async () => {
    const token = await gateway.token("alice", { session });
    const answer = await fetch(`${gateway.gateway}/api/v3${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const heard = async (text: string): Promise<void> => {
      let all = "";
      while (!all.includes(text)) {
        const step = await reader?.read();
        if (step?.value === undefined) throw new Error(`the stream ended after ${all}`);
        all += step.value;
      }
    };
    await heard("data: one\n\n");
    expect(await outcome()).toBeUndefined();
    for (const event of ["two", "three"]) {
      speaking?.write(`data: ${event}\n\n`);
      await heard(`data: ${event}\n\n`);
    }
    speaking?.end();
    expect((await reader?.read())?.done).toBe(true);
    expect(await outcome()).toBe("answered");
  });

  it("of a model arrives in the same way, with a secret in it masked", async () => {
    const answer = await fetch(`${gateway.gateway}/capi/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await gateway.token("alice", { session })}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ model: "gpt-5.4", stream: true, messages: [] }),
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let all = "";
    const heard = async (text: string): Promise<void> => {
      while (!all.includes(text)) {
        const step = await reader?.read();
        if (step?.value === undefined) throw new Error(`the stream ended after ${all}`);
        all += step.value;
      }
    };
    const says = (content: string): boolean | undefined =>
      speaking?.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
    await heard("data: one\n\n");
    says(`It is ${checkedToken("ghp_", 7)} and `);
    await heard(stars(36));
    says("that is all. ");
    await heard("that is all.");
    speaking?.end("data: [DONE]\n\n");
    await heard("data: [DONE]\n\n");
    expect(all).not.toContain(checkedToken("ghp_", 7).slice(4, 14));
  });

  async function outcome(): Promise<string | undefined> {
    const { entries } = (await gateway.review("erin", "GET", `/sessions/${session}`)).json as SessionView;
    return entries.find(({ intent }) => intent.request.path.endsWith(path))?.outcome?.result;
  }
});

describe("a clone of 24 MB", () => {
  it("passes whole, object by object as it was pushed", async () => {
    const token = await gateway.token("alice", { session });
    const url = remoteUrl(gateway.gateway, "alice", token, "acme/app");
    const work = await clone(url);
    const bare = join(gateway.dataDir, "sandbox-github/repositories/acme/app.git");
    const noise = Object.fromEntries(
      Array.from({ length: 3 }, (_, at) => [`noise/${at}.bin`, randomBytes(8 * megabyte)]),
    );
    const commit = await work.commit(noise, "24 MB of noise");
    expect((await work.git("push", "--quiet", bare, "HEAD:refs/heads/feature/huge")).code).toBe(0);
    const cloned = await clone(url, "--branch", "feature/huge", "--single-branch");
    expect((await cloned.git("rev-parse", "HEAD")).stdout.trim()).toBe(commit);
    expect((await cloned.git("fsck", "--full")).code).toBe(0);
  });
});
