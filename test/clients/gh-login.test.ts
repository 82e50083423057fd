// `gh auth login` as it is, against `npm start -- --tls`: a person types its code at the gateway, and gh keeps a token of ours.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discard, startGateway, type LocalGateway } from "../stand-ins/gateway.ts";
import { namedHost, type NamedHost } from "../stand-ins/named-host.ts";
import { WebPerson } from "../stand-ins/web-person.ts";

let gateway: LocalGateway;
let named: NamedHost;
let home: string;

beforeAll(async () => {
  gateway = await startGateway({ port: 443, args: ["--tls"] });
  named = await namedHost(gateway);
  home = await mkdtemp(join(tmpdir(), "gatehouse-gh-"));
});
afterAll(async () => {
  await named.close();
  await discard(gateway);
  await rm(home, { recursive: true, force: true });
});

async function gh(
  args: readonly string[],
  heard: (output: string) => void = () => undefined,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn("gh", args, {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      NO_COLOR: "1",
      SSL_CERT_FILE: gateway.caFile,
      // Where there is a browser gh opens it; here a person reads the code.
      BROWSER: "true",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      heard(output);
    });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

it("gh signs in by device flow, and calls the gateway by what it was given", async () => {
  const alice = new WebPerson("alice", gateway, named.ask);
  let confirmed: Promise<unknown> | undefined;
  const login = ["auth", "login", "--hostname", "localhost", "--git-protocol", "https", "--web"];
  const signedIn = await gh(login, (output) => {
    const code = /one-time code: ([A-Z]{4}-[A-Z]{4})/.exec(output)?.[1];
    if (code !== undefined) confirmed ??= alice.confirms(code);
  });
  await confirmed;
  expect(signedIn).toEqual({ code: 0, output: expect.stringContaining("Logged in as") });
  const kept = await readFile(join(home, ".config/gh/hosts.yml"), "utf8");
  expect(kept).toContain("oauth_token: gho_");
  expect(kept).not.toContain(await gateway.upstreamToken());
  const { code, output } = await gh([
    "api",
    "--hostname",
    "localhost",
    "repos/acme/app",
    "--jq",
    ".full_name",
  ]);
  expect([code, output]).toEqual([0, "acme/app\n"]);
}, 100_000);
