// People link their GitHub accounts: whose token really leaves the gateway, for what, and what ends it.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { account } from "../../bin/cli/doctor.ts";
import { ownSession } from "../../bin/cli/gateway-call.ts";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";
import { mcpClient, post, textOf } from "../stand-ins/mcp.ts";

let gateway: LocalGateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { GATEHOUSE_SANDBOX_CONNECTOR: "linked" } });
});
afterAll(() => discard(gateway));

type Code = Readonly<Record<string, string>>;

const sittings = new Map<string, Promise<string>>();

/** One console session for each person: a link is finished in the one that began it. */
async function review(login: string, method: "GET" | "POST", path: string, body?: unknown) {
  const sitting = sittings.get(login) ?? gateway.token(login, { for: "console" });
  sittings.set(login, sitting);
  const answer = await fetch(`${gateway.console}/_gatehouse/api${path}`, {
    method,
    headers: { authorization: `Bearer ${await sitting}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

/** The way of the browser: to GitHub, yes as this account, and back to the console's page. */
async function returned(login: string, account: string): Promise<Code> {
  const started = await review(login, "POST", "/link/start", {});
  const { address } = started.json as { address: string };
  const page = await fetch(address);
  expect(await page.text()).toContain("act for you");
  const answer = await fetch(address, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ login: account }),
  });
  const back = new URL(answer.headers.get("location") ?? "");
  expect(`${back.origin}${back.pathname}`).toBe(`${gateway.console}/account`);
  return Object.fromEntries(back.searchParams);
}

const link = async (login: string, account: string) =>
  review(login, "POST", "/link/finish", await returned(login, account));

const chat = async (login: string, messages: unknown = [{ role: "user", content: "hello" }]) => {
  const answer = await fetch(`${gateway.gateway}/capi/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${await gateway.token(login)}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-5-mini", stream: false, messages }),
  });
  return { status: answer.status, text: await answer.text() };
};

/** Who GitHub took each of the last requests for. */
async function seenAs(from: number): Promise<string[]> {
  const items = (await gateway.upstream()) as readonly { path: string; as?: string }[];
  return items.slice(from).map(({ path, as = "nobody" }) => `${path.split("?", 1)[0] ?? ""} ${as}`);
}

const call = (tool: string, args: Record<string, unknown>) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: tool, arguments: args },
});

describe("a person who linked nothing", () => {
  it("is refused by the model API with where to link, and nothing is sent", async () => {
    const before = (await gateway.upstream()).length;
    const answer = await chat("bob");
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ gatehouse: { code: "GH_NOT_LINKED" } });
    expect(answer.text).toContain(`${gateway.console}/account`);
    expect((await seenAs(before)).filter((line) => line.includes("/capi"))).toEqual([]);
  });

  it("gets the same as the result of a tool call, which the model can read", async () => {
    const args = { method: "get", owner: "acme", repo: "app", path: "README.md" };
    const answer = await post(gateway, "bob", call("get_file_contents", args));
    expect(answer.status).toBe(200);
    expect(answer.message.result).toMatchObject({ isError: true });
    expect(answer.text).toContain("GH_NOT_LINKED");
  });

  it("asks nobody to approve what would be refused then", async () => {
    const args = { owner: "acme", repo: "app", branch: "main", path: "x.md", content: "x", message: "x" };
    const answer = await post(gateway, "bob", call("create_or_update_file", args));
    expect(answer.text).toContain("GH_NOT_LINKED");
    const waiting = await review("carol", "GET", "/approvals?state=pending");
    expect(waiting.json).toMatchObject({ items: [] });
  });

  it("hears of it from the command as well", async () => {
    const told = async (login: string): Promise<unknown> => {
      const who = await ownSession(gateway.gateway, await gateway.token(login));
      return "refusal" in who ? who : account(who.githubAccount);
    };
    await expect(told("bob")).resolves.toMatchObject([
      { is: "problem", mend: expect.stringContaining(`${gateway.console}/account`) },
    ]);
    await link("erin", "erin");
    await expect(told("erin")).resolves.toMatchObject([{ is: "ok", seen: "linked to erin at GitHub" }]);
  });

  it("reads and writes repositories all the same, as the App's installation", async () => {
    const before = (await gateway.upstream()).length;
    expect((await gateway.api("bob", "GET", "/repos/acme/app")).status).toBe(200);
    expect(new Set((await seenAs(before)).map((line) => line.split(" ")[1]))).toEqual(
      new Set(["installation"]),
    );
  });
});

describe("a person who linked their account", () => {
  it("calls models, MCP and GET /user as that account, and everything else as the installation", async () => {
    await expect(link("alice", "alice")).resolves.toMatchObject({
      status: 200,
      json: { is: "linked", account: { login: "alice" } },
    });
    const before = (await gateway.upstream()).length;
    expect((await chat("alice")).status).toBe(200);
    const user = await gateway.api("alice", "GET", "/user");
    expect(user.json).toMatchObject({ login: "alice" });
    const args = { owner: "acme", repo: "app", path: "README.md" };
    const client = await mcpClient(gateway, "alice");
    const read = await client.callTool({ name: "get_file_contents", arguments: args });
    await client.close();
    expect(textOf(read)).toContain("#");
    expect((await gateway.api("alice", "GET", "/repos/acme/app/branches")).status).toBe(200);
    const seen = await seenAs(before);
    expect(seen).toEqual(
      expect.arrayContaining([
        "/capi/chat/completions alice",
        "/api/v3/user alice",
        "/mcp/ alice",
        "/api/v3/repos/acme/app/branches installation",
      ]),
    );
    const others = seen.filter((line) => line.endsWith(" alice") && !/\/(capi|mcp|user )/.test(line));
    expect(others).toEqual([]);
  });

  it("does not lend it to anybody else", async () => {
    expect((await chat("bob")).status).toBe(403);
    await link("carol", "carol");
    const before = (await gateway.upstream()).length;
    await Promise.all([chat("alice"), chat("carol"), chat("alice"), chat("carol")]);
    expect((await seenAs(before)).filter((line) => line.includes("/capi")).sort()).toEqual([
      "/capi/chat/completions alice",
      "/capi/chat/completions alice",
      "/capi/chat/completions carol",
      "/capi/chat/completions carol",
    ]);
  });

  it("keeps it from everybody else, who are told whose it is not", async () => {
    const answer = await link("dave", "alice");
    expect(answer).toMatchObject({ status: 409, json: { code: "GH_LINK_TAKEN" } });
    await expect(review("dave", "GET", "/link")).resolves.toMatchObject({ json: { is: "none" } });
    expect((await chat("alice")).status).toBe(200);
  });

  it("cannot be linked by an address that somebody else began", async () => {
    const planted = await returned("mallory", "mallory");
    await expect(review("bob", "POST", "/link/finish", planted)).resolves.toMatchObject({
      status: 400,
      json: { code: "GH_LINK_FAILED" },
    });
    await expect(review("bob", "GET", "/link")).resolves.toMatchObject({ json: { is: "none" } });
  });

  it("leaves no token in the record, the store, the answers or the log", async () => {
    const grants = await readFile(join(gateway.dataDir, "sandbox-grants.json"), "utf8");
    const tokens = [...grants.matchAll(/gh[urs]_[0-9a-f]{48}/g)].map(([token]) => token);
    expect(tokens.length).toBeGreaterThan(4);
    const places = [...(await gateway.stored()), Buffer.from(gateway.stderr())];
    for (const token of tokens) expect(places.some((bytes) => bytes.includes(token.slice(4)))).toBe(false);
    const echoed = await chat("alice", [{ role: "user", content: tokens.join(" ") }]);
    for (const token of tokens.filter((one) => grants.includes(`"access":"${one}"`)))
      expect(echoed.text).not.toContain(token);
  });

  it("is told to link again once they revoked the App at GitHub, and can", async () => {
    await fetch(`${gateway.github}/_sandbox/grants/carol`, { method: "DELETE" });
    const refused = await chat("carol");
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("GH_LINK_BROKEN");
    await expect(review("carol", "GET", "/link")).resolves.toMatchObject({ json: { is: "broken" } });
    await link("carol", "carol");
    expect((await chat("carol")).status).toBe(200);
  });

  it("stays linked over a restart, until they unlink", async () => {
    const { dataDir } = gateway;
    await gateway.stop();
    gateway = await startGateway({ dataDir, env: { GATEHOUSE_SANDBOX_CONNECTOR: "linked" } });
    expect((await chat("alice")).status).toBe(200);
    await expect(review("alice", "POST", "/link/unlink", {})).resolves.toMatchObject({
      json: { is: "none" },
    });
    expect((await chat("alice")).text).toContain("GH_NOT_LINKED");
    const grants = await readFile(join(dataDir, "sandbox-grants.json"), "utf8");
    expect(grants).not.toContain('"login":"alice"');
  });
});
