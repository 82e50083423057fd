import { describe, expect, it } from "@jest/globals";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { buildConsole } from "../../lib/console-build.ts";

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");

describe("the built console", () => {
  it("names its assets by their content, and its page names only them", async () => {
    const assets = await buildConsole();
    const html = text(assets.get("/index.html")?.bytes);
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(named.sort()).toEqual([...assets.keys()].filter((path) => path !== "/index.html").sort());
    expect(named.every((path) => /^\/assets\/[a-z]+-[A-Z0-9]{8}\.(?:js|css|svg)$/.test(path ?? ""))).toBe(
      true,
    );
  });

  it("is the same for the same sources", async () => {
    const [first, second] = [await buildConsole(), await buildConsole()];
    expect([...second.keys()]).toEqual([...first.keys()]);
  });

  it("holds no inline script or style that its own policy would refuse", async () => {
    const html = text((await buildConsole()).get("/index.html")?.bytes);
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/);
  });

  it("has no HTML string sink and no evaluated code in use, and stays below 30 kB gzip", async () => {
    const assets = await buildConsole();
    const script = [...assets].find(([path]) => path.endsWith(".js"))?.[1].bytes ?? new Uint8Array();
    expect(text(script)).not.toMatch(/\beval\(|new Function|insertAdjacentHTML|outerHTML|document\.write/);
    expect(script.byteLength).toBeGreaterThan(10_000);
    expect(gzipSync(script).byteLength).toBeLessThan(30_000);
  });
});
