// What a person reads when the gateway does not start: what is wrong and what to do, never a stack trace.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startTrouble } from "../../../bin/local/trouble.ts";
import { sandboxToken } from "../../../bin/local/token.ts";
import { verifyFolder } from "../../../bin/local/verify.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-start-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function started(args: readonly string[], env: Record<string, string> = {}) {
  const local = resolve(import.meta.dirname, "../../../bin/local.ts");
  const child = spawn(process.execPath, ["--no-warnings", local, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

describe("npm start with something wrong", () => {
  it("names an unknown option and where the options are listed", async () => {
    const { code, said } = await started(["--bogus"]);
    expect(code).toBe(1);
    expect(said).toBe(
      "Gatehouse did not start. Unknown option '--bogus'. npm start -- --help lists the options.\n",
    );
  });

  it.each([
    [["--host", "gw.example.test"], "--host goes with --tls. Without it, clients use 127.0.0.1."],
    [
      ["--tls", "--host", "gw.example.test:443"],
      "--host gw.example.test:443 not accepted. Expected: a host name such as gw.example.com, without a port.",
    ],
    [
      ["--tls", "--host", "127.0.0.1"],
      "--host 127.0.0.1 not accepted. Expected: a host name such as gw.example.com, without a port.",
    ],
  ])("says what is wrong with %j", async (args, sentence) => {
    const { code, said } = await started([...args, "--data", join(folder, "data")]);
    expect({ code, said }).toEqual({ code: 1, said: `Gatehouse did not start. ${sentence}\n` });
  });

  it("refuses an upstream that it does not know, and does not start the sandbox in its place", async () => {
    const { code, said } = await started(["--port", "0", "--data", join(folder, "data")], {
      GATEHOUSE_UPSTREAM: "GitHub",
    });
    expect(code).toBe(1);
    expect(said).toBe(
      "Gatehouse did not start. GATEHOUSE_UPSTREAM=GitHub not accepted. Expected: github, or sandbox (the default).\n",
    );
  });

  it("does not start in front of GitHub with notices that it could not send", async () => {
    const config = join(folder, "silent.json");
    const issuer = "https://login.example.com";
    await writeFile(
      config,
      JSON.stringify({
        console: { issuer, clientId: "console" },
        issuers: [{ issuer, audience: "gatehouse" }],
        notices: { teams: { reviewers: [{ email: { to: ["a@example.com"], from: "g@example.com" } }] } },
      }),
    );
    const { code, said } = await started(
      ["--port", "0", "--data", join(folder, "data"), "--config", config],
      { GATEHOUSE_UPSTREAM: "github", GATEHOUSE_GITHUB_TOKEN: "none" },
    );
    expect(code).toBe(1);
    expect(said).toContain(
      "  - notices.teams.reviewers.0: e-mail needs a mail server on one machine; name it in notices.smtp",
    );
  });

  it("says which port is taken and how to choose another one", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const { code, said } = await started(["--port", port, "--data", join(folder, "data")]);
    other.close();
    expect(code).toBe(1);
    expect(said).toContain(
      `Port ${port} of 127.0.0.1 is in use by another program. Choose another port with --port`,
    );
    expect(said).not.toMatch(/\n\s+at /);
  });

  it("names the configuration file and the key that was not accepted", async () => {
    const config = join(folder, "my.json");
    await writeFile(config, JSON.stringify({ hold: { restWaitMs: "soon" } }));
    const { code, said } = await started(["--port", "0", "--data", join(folder, "data"), "--config", config]);
    expect(code).toBe(1);
    expect(said).toContain(`${config} was not accepted`);
    expect(said).toContain("hold.restWaitMs");
  });

  it("says that the data folder is not a folder", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const { code, said } = await started(["--port", "0", "--data", file]);
    expect(code).toBe(1);
    expect(said).toBe(`Gatehouse did not start. ${file} is not a folder. Choose another one with --data.\n`);
  });

  it.each([
    ["is missing", undefined, "could not be read (ENOENT)"],
    ["is not JSON", "{", "is not JSON"],
  ])("names a configuration file that %s", async (_, text, expected) => {
    const config = join(folder, "config.json");
    if (text !== undefined) await writeFile(config, text);
    const { code, said } = await started(["--port", "0", "--data", join(folder, "d"), "--config", config]);
    expect(code).toBe(1);
    expect(said).toContain(config);
    expect(said).toContain(expected);
    expect(said).not.toMatch(/\n\s+at /);
  });
});

describe("trouble of the operating system", () => {
  const failed = (code: string, more: object): Error => Object.assign(new Error(code), { code, ...more });

  it.each([
    [
      "a folder of somebody else",
      failed("EACCES", { path: "/x/d" }),
      "This user may not write to /x/d (EACCES).",
    ],
    [
      "a privileged port",
      failed("EACCES", { address: "127.0.0.1", port: 80 }),
      "This user may not listen on Port 80",
    ],
    ["a full disk", failed("ENOSPC", {}), "The disk is full at /data."],
    [
      "a read-only disk",
      failed("EROFS", { path: "/x" }),
      "/x is on a file system that cannot be written to.",
    ],
    ["a damaged database", failed("ERR_SQLITE_ERROR", {}), "The record in /data could not be opened"],
  ])("%s is told with what to do", (_, error, expected) => {
    expect(startTrouble(error, "/data")).toContain(expected);
    expect(startTrouble(error, "/data")).toMatch(/--data|--port/);
  });

  it("leaves the gateway's own sentences as they are", () => {
    expect(startTrouble(new Error("policies/x.cedar:1: no"), "/data")).toBe("policies/x.cedar:1: no");
  });
});

describe("gatehouse verify", () => {
  it("says of a damaged record that it could not be read, and does not call it sound", async () => {
    await writeFile(join(folder, "gatehouse.db"), "this is no database");
    await expect(verifyFolder({ data: folder })).rejects.toThrow(
      `the record in ${folder} could not be read (file is not a database), so nothing about it is proven.`,
    );
  });

  it("says of a folder without a record that it is none", async () => {
    await expect(verifyFolder({ data: folder })).rejects.toThrow(/is not the data folder of a gateway/);
  });
});

describe("gatehouse token", () => {
  it("gives no token for a gateway that ended without saying so", async () => {
    const ended = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(ended, "exit");
    const running = {
      gateway: "http://127.0.0.1:1",
      issuer: "http://127.0.0.1:2",
      isSandbox: true,
      pid: ended.pid,
    };
    await writeFile(join(folder, "running.json"), JSON.stringify(running));
    await expect(sandboxToken({ as: "alice", for: "road", data: folder })).rejects.toThrow(
      /no gateway is running/,
    );
  });
});
