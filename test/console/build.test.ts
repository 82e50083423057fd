import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { buildConsole, type ConsoleAsset } from "../../lib/console-build.ts";

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

describe("the built console", () => {
  it("names its assets by their content, and its page names only them", async () => {
    const assets = await buildConsole();
    const html = text(assets.get("/index.html")?.bytes);
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    const scripts = scriptsFrom(
      assets,
      named.find((path) => path?.endsWith(".js")) ?? "",
      /"\.\/([\w-]+\.js)"/g,
    );
    const reached = new Set([...named, ...scripts.keys()]);
    expect([...reached].sort()).toEqual([...assets.keys()].filter((path) => path !== "/index.html").sort());
    expect(
      [...reached].every((path) => /^\/assets\/[a-z-]+-[A-Z0-9]{8}\.(?:js|css|svg)$/.test(path ?? "")),
    ).toBe(true);
  });

  it("is the same for the same sources", async () => {
    const [first, second] = [await buildConsole(), await buildConsole()];
    expect([...second.keys()]).toEqual([...first.keys()]);
  });

  it("holds no inline script or style that its own policy would refuse", async () => {
    const html = text((await buildConsole()).get("/index.html")?.bytes);
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/);
  });

  it("has no HTML string sink and no evaluated code in use", async () => {
    const scripts = [...(await buildConsole())].filter(([path]) => path.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(1);
    for (const [, { bytes }] of scripts)
      expect(text(bytes)).not.toMatch(/\beval\(|new Function|insertAdjacentHTML|outerHTML|document\.write/);
  });

  it("stays below 30 kB gzip until a replay is opened, and below 40 kB with it", async () => {
    const assets = await buildConsole();
    const main = [...assets.keys()].find((path) => path.startsWith("/assets/main-")) ?? "";
    const sizeOf = (scripts: ReadonlyMap<string, Uint8Array>): number =>
      [...scripts.values()].reduce((sum, bytes) => sum + gzipSync(bytes).byteLength, 0);
    const first = sizeOf(scriptsFrom(assets, main, /(?:from|import)"\.\/([\w-]+\.js)"/g));
    const all = sizeOf(scriptsFrom(assets, main, /"\.\/([\w-]+\.js)"/g));
    expect(first).toBeGreaterThan(10_000);
    expect(first).toBeLessThan(30_000);
    expect(all).toBeLessThan(40_000);
  });
});

/** A script and all that it names in this way, and those again. */
function scriptsFrom(
  assets: ReadonlyMap<string, ConsoleAsset>,
  start: string,
  names: RegExp,
): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const bytes = assets.get(path)?.bytes;
    if (bytes === undefined || found.has(path)) continue;
    found.set(path, bytes);
    for (const [, name] of text(bytes).matchAll(names)) waiting.push(`/assets/${name ?? ""}`);
  }
  return found;
}
