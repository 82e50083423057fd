// Leaves out of the bundles what libraries bring and no function uses: a start costs time for every kilobyte.
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** What the gateway uses of undici; the whole has a second HTTP client, caches and WebSockets, and does not shake. */
const undici = `
  Object.assign(require("./lib/dispatcher/dispatcher.js").prototype, require("./lib/api"));
  exports.Pool = require("./lib/dispatcher/pool.js");
  exports.Agent = require("./lib/dispatcher/agent.js");
  exports.errors = require("./lib/core/errors.js");
`;

export function leanImports(projectRoot: string): Plugin {
  return {
    name: "lean-imports",
    setup(build) {
      build.onLoad({ filter: /[\\/]node_modules[\\/]undici[\\/]index\.js$/ }, ({ path }) => ({
        contents: undici,
        resolveDir: join(path, ".."),
      }));
      // Messages in forty languages; errors here are English, by a file of its own.
      build.onLoad({ filter: /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
        contents: 'export { default as en } from "./en.js";',
        resolveDir: join(projectRoot, "node_modules/zod/v4/locales"),
      }));
    },
  };
}
