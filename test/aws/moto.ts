// moto's server as a child process, from where `.ci/install-moto` put it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Moto {
  readonly url: string;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "../../.cache/moto/bin/moto_server");

export async function startMoto(): Promise<Moto> {
  if (!existsSync(program)) throw new Error("moto is not installed: run .ci/install-moto");
  // Port 0: the system chooses, and Werkzeug says which.
  const child = spawn(program, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    void ended.then(() => {
      reject(new Error(`moto ended before it listened: ${said.slice(-2_000)}`));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    url,
    async close() {
      child.kill();
      await ended;
    },
  };
}
