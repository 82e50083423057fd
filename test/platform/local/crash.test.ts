// The gateway's process killed in the middle of its writing: what was acknowledged is there, what was not is not half there.
import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openLocalPlatform } from "../../../lambda/platform/local/platform.ts";
import { verifyChain } from "../../../lambda/record/verify-chain.ts";
import { collected } from "../contract/escrow-store.ts";
import { scratchFolder } from "./scratch.ts";

const program = join(import.meta.dirname, "writer-process.ts");

/** Kills the process once it has acknowledged this many steps; resolves with the lines it printed. */
function killedAfter(lines: number, folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--no-warnings", program, folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.split("\n").length > lines) child.kill("SIGKILL");
    });
    child.on("error", reject).on("close", () => {
      resolve(text.split("\n").slice(0, -1));
    });
  });
}

describe("a gateway killed with SIGKILL", () => {
  it.each([1, 40, 150])(
    "after %d steps keeps all it acknowledged, in sound chains, with no half escrow",
    async (steps) => {
      const folder = await scratchFolder();
      const acknowledged = await killedAfter(steps, folder);
      expect(acknowledged.length).toBeGreaterThanOrEqual(steps);
      const platform = await openLocalPlatform(folder, {
        onDue: () => Promise.resolve(undefined),
        onApproved: () => Promise.resolve(),
        onGivenUp: () => undefined,
      });
      for (const line of acknowledged) {
        const [what = "", entry = ""] = line.split(" ");
        const kinds = (await platform.records.entry(entry)).map(({ record }) => record.kind);
        expect(kinds).toContain(what === "intent" ? "intent" : "outcome");
        if (what === "outcome") await expect(platform.bodies.get(`${entry}/response`)).resolves.toBeDefined();
        if (what === "escrow") await expect(platform.escrow.open(entry)).resolves.toBeDefined();
      }
      for (const writer of await platform.records.writers()) {
        const { faults } = await verifyChain(platform.records.chain(writer));
        expect(faults).toEqual([]);
      }
      for (const id of await platform.escrow.list()) {
        const object = await platform.escrow.open(id);
        expect(object && (await collected(object.stream())).length).toBe(3 * 64 * 1024);
      }
      for (const entry of await platform.records.orphans(Number.MAX_SAFE_INTEGER, 100)) {
        const kinds = (await platform.records.entry(entry)).map(({ record }) => record.kind);
        expect(kinds).toEqual(["intent"]);
      }
      await platform.close();
      await rm(folder, { recursive: true });
    },
  );
});

describe("a disk that fills up in the middle of a body", () => {
  it("refuses the body with an error of the catalogue and keeps nothing of it", async () => {
    const folder = await scratchFolder();
    const script = 'ulimit -f 2048 && exec "$0" --no-warnings "$1" "$2" escrow';
    const output = await new Promise<string>((resolve, reject) => {
      const child = spawn("bash", ["-c", script, process.execPath, program, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      child.on("error", reject).on("close", () => {
        resolve(text);
      });
    });
    expect(output).toBe("GH_ESCROW_UNAVAILABLE 0\n");
    await expect(readdir(join(folder, "escrow", "partial"))).resolves.toEqual([]);
    await rm(folder, { recursive: true });
  });
});
