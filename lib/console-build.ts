// Builds the console page in memory: the script and what it loads when needed, one stylesheet, one icon, and the HTML.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { build } from "esbuild";

export interface ConsoleAsset {
  readonly bytes: Uint8Array;
  readonly type: string;
}

const pageFolder = join(import.meta.dirname, "..", "lambda", "console", "page");

/** By path on the console's host: "/index.html", and "/assets/…" under names that carry a hash of the content. */
export async function buildConsole(): Promise<ReadonlyMap<string, ConsoleAsset>> {
  const [built, html, icon] = await Promise.all([
    bundle(),
    readFile(join(pageFolder, "index.html"), "utf8"),
    readFile(join(pageFolder, "mark.svg")),
  ]);
  const assets = new Map<string, ConsoleAsset>();
  const iconPath = hashedName("mark", ".svg", icon);
  assets.set(iconPath, { bytes: icon, type: "image/svg+xml" });
  for (const file of built) assets.set(file.path, { bytes: file.bytes, type: file.type });
  const filled = html
    .replace("%icon%", iconPath)
    .replace("%style%", pathOf(built, /^\/assets\/style-.*\.css$/))
    .replace("%script%", pathOf(built, /^\/assets\/main-.*\.js$/));
  assets.set("/index.html", { bytes: new TextEncoder().encode(filled), type: "text/html; charset=utf-8" });
  return assets;
}

interface BuiltFile extends ConsoleAsset {
  readonly path: string;
}

async function bundle(): Promise<BuiltFile[]> {
  const result = await build({
    entryPoints: [join(pageFolder, "main.tsx"), join(pageFolder, "style.css")],
    outdir: "/assets",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    sourcemap: false,
    write: false,
    logLevel: "silent",
  });
  return result.outputFiles.map((file) => ({
    path: `/assets/${basename(file.path)}`,
    bytes: file.contents,
    type: extname(file.path) === ".css" ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8",
  }));
}

function hashedName(name: string, extension: string, bytes: Uint8Array): string {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase();
  return `/assets/${name}-${hash}${extension}`;
}

function pathOf(built: readonly BuiltFile[], name: RegExp): string {
  const found = built.find((file) => name.test(file.path));
  if (found === undefined) throw new Error(`the console build made no ${name.source}`);
  return found.path;
}
