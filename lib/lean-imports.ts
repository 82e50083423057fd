// Leaves out of the bundles what libraries bring and no function uses: a start costs time for every kilobyte.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";

interface Replacement {
  /** Of the file's path; `/` stands for either slash. */
  readonly file: RegExp;
  readonly by: string;
}

const replacements: readonly Replacement[] = [
  {
    // What the gateway uses of undici; the whole has a second HTTP client, caches and WebSockets, and does not shake.
    file: /\/undici\/index\.js$/,
    by: `
      Object.assign(require("./lib/dispatcher/dispatcher.js").prototype, require("./lib/api"));
      exports.Pool = require("./lib/dispatcher/pool.js");
      exports.Agent = require("./lib/dispatcher/agent.js");
      exports.errors = require("./lib/core/errors.js");
    `,
  },
  {
    // HTTP/2, which is switched off wherever we connect, and the parsers for processors without SIMD and for an experiment.
    file: /\/undici\/lib\/(?:dispatcher\/client-h2|milo\/(?:no-)?simd|llhttp\/llhttp-wasm)\.js$/,
    by: `module.exports = () => { throw new Error("left out of this bundle"); };`,
  },
  {
    // Messages in forty languages; errors here are English, by a file of its own.
    file: /\/zod\/v4\/locales\/index\.js$/,
    by: `export { default as en } from "./en.js";`,
  },
  {
    // Lambda hands credentials over in the environment; the rest would look for files, log-ins and a metadata address.
    file: /\/@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
    by: `
      import { fromEnv } from "@aws-sdk/credential-provider-env";
      export const defaultProvider = fromEnv;
    `,
  },
];

export function leanImports(): Plugin {
  return {
    name: "lean-imports",
    setup(build) {
      for (const { file, by } of replacements)
        build.onLoad({ filter: eitherSlash(file) }, ({ path }) => ({
          contents: by,
          resolveDir: join(path, ".."),
        }));
      build.onLoad({ filter: /\.json$/ }, ({ path }) => parsedAtStart(path));
    },
  };
}

/** Patterns are written with slashes; Windows has others. */
function eitherSlash(pattern: RegExp): RegExp {
  return new RegExp(pattern.source.replaceAll("\\/", "[\\\\/]"));
}

/** V8 reads a long table twice as fast from a string as from an object that is written out. */
async function parsedAtStart(path: string): Promise<OnLoadResult> {
  const text = JSON.stringify(JSON.parse(await readFile(path, "utf8")));
  return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: "js" };
}
