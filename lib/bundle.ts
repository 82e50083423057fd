// The one recipe by which every Lambda function is built: one script, and beside it what it reads at start.
import { copyFile, cp, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { buildConsole } from "./console-build.ts";
import { sealedFile, sealPolicies } from "../lambda/policy/sealed.ts";
import { readPolicies } from "../lambda/policy/source.ts";
import { leanImports } from "./lean-imports.ts";

const projectRoot = resolve(import.meta.dirname, "..");
const wasm = join(projectRoot, "node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm");

/** What lies where in a function's folder; names are relative to it (`LAMBDA_TASK_ROOT`, or `__dirname`). */
export const bundleFiles = {
  script: "index.js",
  policies: "policies",
  config: "gatehouse.config.json",
  /** `[{ path, type, file }]`, `file` relative to this folder. */
  consoleIndex: "console/assets.json",
} as const;

/** Deployed functions by name: where each starts. All export `handler`. */
export const entries = {
  gateway: "lambda/doors/lambda-gateway.ts",
  console: "lambda/doors/lambda-console.ts",
  approval: "lambda/doors/lambda-approval.ts",
  sweep: "lambda/doors/lambda-sweep.ts",
  authorizer: "lambda/doors/lambda-authorizer.ts",
} as const;

export type FunctionName = keyof typeof entries;

export interface BuildExtras {
  /** Written as gatehouse.config.json; without it the function needs one from elsewhere. */
  readonly config?: unknown;
  /** Default: the project's own. */
  readonly policies?: string;
  /** Default: only where the entry is the console's. */
  readonly hasConsole?: boolean;
}

/**
 * CommonJS, because cedar-wasm finds its wasm by `__dirname` and because it starts a third faster than the same as ESM;
 * `module` before `main`, because the SDK's CommonJS builds do not shake.
 */
export function bundleOptions(entry: string): BuildOptions {
  return {
    entryPoints: [resolve(projectRoot, entry)],
    absWorkingDir: projectRoot,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
    minify: true,
    // Class names are error names in logs, and what the SDK tells errors apart by.
    keepNames: true,
    legalComments: "none",
    sourcemap: false,
    external: [],
    plugins: [leanImports()],
    logLevel: "silent",
  };
}

/** Builds one function into `outDir` (emptied first), which is then what CDK uploads. The same input gives the same bytes. */
export async function buildFunction(entry: string, outDir: string, extras: BuildExtras = {}): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    ...bundleOptions(entry),
    outfile: join(outDir, bundleFiles.script),
    metafile: true,
  });
  // The nearest package.json decides what `.js` means: none above this folder may turn it into ESM.
  await writeFile(join(outDir, "package.json"), `{"type":"commonjs"}\n`);
  const policies = join(outDir, bundleFiles.policies);
  await cp(extras.policies ?? join(projectRoot, "policies"), policies, {
    recursive: true,
    // The cases beside the policies are tests: nothing that runs reads them.
    filter: (source) => !source.endsWith(".json"),
  });
  if (Object.keys(metafile.inputs).some((input) => input.includes("cedar-wasm/nodejs/"))) {
    await copyFile(wasm, join(outDir, basename(wasm)));
    await writeFile(join(policies, sealedFile), sealPolicies(await readPolicies(policies)));
  }
  if (extras.config !== undefined)
    await writeFile(join(outDir, bundleFiles.config), `${JSON.stringify(extras.config, null, 2)}\n`);
  if (extras.hasConsole ?? entry.endsWith(basename(entries.console))) await writeConsole(outDir);
}

async function writeConsole(outDir: string): Promise<void> {
  const folder = join(outDir, "console");
  await mkdir(folder, { recursive: true });
  const index = [];
  for (const [path, { bytes, type }] of [...(await buildConsole())].sort()) {
    await writeFile(join(folder, basename(path)), bytes);
    index.push({ path, type, file: basename(path) });
  }
  await writeFile(join(outDir, bundleFiles.consoleIndex), `${JSON.stringify(index, null, 2)}\n`);
}
