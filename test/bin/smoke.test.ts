// The first-deploy script against the edition of one machine, and against a server that says yes to everything.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { checks, type Asked } from "../../bin/smoke/checks.ts";
import { run } from "../../bin/smoke/run.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";

async function smoke(asked: Asked): Promise<{ isSound: boolean; lines: readonly string[] }> {
  const lines: string[] = [];
  const isSound = await run(checks, asked, (line) => lines.push(line));
  return { isSound, lines };
}

describe("the smoke script", () => {
  let gateway: GatewayUnderTest;
  let yes: Server;
  beforeAll(async () => {
    gateway = await startGateway();
    yes = createServer((_, answer) => answer.end('{"keys":[]}'));
    yes.listen(0, "127.0.0.1");
    await once(yes, "listening");
  });
  afterAll(async () => {
    yes.close();
    await discard(gateway);
  });

  it("finds everything as promised at a gateway on this machine, and skips only what needs a deployment", async () => {
    const { isSound, lines } = await smoke({
      gateway: gateway.gateway,
      console: gateway.console,
      repository: "acme/app",
      token: await gateway.token("alice"),
    });
    expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
    expect(isSound).toBe(true);
    expect(lines.filter((line) => line.startsWith("skipped"))).toHaveLength(1);
  });

  it("skips what needs a token when there is none, and says so", async () => {
    const { isSound, lines } = await smoke({ gateway: gateway.gateway });
    expect(isSound).toBe(true);
    expect(lines.join("\n")).toContain("(needs GW_TOKEN, --repository)");
  });

  it("fails in every check at a server that says yes to everything", async () => {
    const at = `http://127.0.0.1:${(yes.address() as AddressInfo).port}`;
    const { isSound, lines } = await smoke({ gateway: at, console: at, repository: "a/b", token: "x" });
    expect(isSound).toBe(false);
    expect(lines.filter((line) => line.startsWith("ok"))).toEqual([]);
  });

  it("fails, with the reason, at an address where nobody answers", async () => {
    const { isSound, lines } = await smoke({ gateway: "http://127.0.0.1:9" });
    expect(isSound).toBe(false);
    expect(lines[0]).toMatch(/^FAILED .*: fetch failed/);
  });
});
