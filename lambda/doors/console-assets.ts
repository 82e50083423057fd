// The console's page as it was built into the function's bundle.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Assets } from "./console.ts";

const index = z.array(
  z.strictObject({ path: z.string(), type: z.string(), file: z.string().regex(/^[\w.-]+$/) }),
);

/** `folder` is the bundle; its console/assets.json says which file answers which path. */
export async function bundledAssets(folder: string): Promise<Assets> {
  const home = join(folder, "console");
  const files = index.parse(JSON.parse(await readFile(join(home, "assets.json"), "utf8")));
  return new Map(
    await Promise.all(
      files.map(
        async ({ path, type, file }) => [path, { bytes: await readFile(join(home, file)), type }] as const,
      ),
    ),
  );
}
