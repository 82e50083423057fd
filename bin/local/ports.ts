// Which ports to use: as asked, or, for `--port 0`, those of the last run on this data folder, so that links stay valid.
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

export interface Ports {
  readonly gateway: number;
  readonly console: number;
  readonly issuer: number;
  readonly github: number;
  /** Keeps what was really used. */
  remember(
    gateway: number,
    console: number,
    sandbox: { issuer: number; github: number } | undefined,
  ): Promise<void>;
}

type Kept = Record<"gateway" | "console" | "issuer" | "github", number>;

export async function choosePorts(dataDir: string, asked: number): Promise<Ports> {
  const file = join(dataDir, "ports.json");
  const kept: Kept =
    asked === 0
      ? await lastPorts(file)
      : { gateway: asked, console: asked + 1, issuer: asked + 2, github: asked + 3 };
  return {
    ...kept,
    remember: async (gateway, console, sandbox) => {
      const used: Kept = { gateway, console, issuer: sandbox?.issuer ?? 0, github: sandbox?.github ?? 0 };
      await writeFile(file, JSON.stringify(used), { mode: 0o600 });
    },
  };
}

async function lastPorts(file: string): Promise<Kept> {
  const none: Kept = { gateway: 0, console: 0, issuer: 0, github: 0 };
  try {
    const kept = { ...none, ...(JSON.parse(await readFile(file, "utf8")) as Partial<Kept>) };
    const areFree = await Promise.all([
      isFree(kept.gateway, "127.0.0.1"),
      isFree(kept.console, "localhost"),
      isFree(kept.issuer, "127.0.0.1"),
      isFree(kept.github, "127.0.0.1"),
    ]);
    return areFree.every(Boolean) ? kept : none;
  } catch {
    return none;
  }
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen(port, host, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
