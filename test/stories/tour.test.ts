// The tour is what a new user sees first, so it is tested as they run it.
import { expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { resolve } from "node:path";

it("the tour plays to its end, and every step holds", async () => {
  const child = spawn(
    process.execPath,
    ["--no-warnings", resolve(import.meta.dirname, "../../bin/tour.ts")],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise((done) => child.once("close", done));
  expect(text).not.toContain("✗");
  expect(text).toContain("every step held");
  expect(code).toBe(0);
});
