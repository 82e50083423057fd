// A real Chromium: the system's own where there is one, else the one that comes as a package.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const system = "/usr/bin/chromium";

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: existsSync(system) ? system : await packaged() });
}

async function packaged(): Promise<string> {
  const folder = join(import.meta.dirname, "..", "..", ".cache", "chromium-153");
  mkdirSync(folder, { recursive: true });
  // Both are read when the package is imported: where it unpacks, and that it brings the libraries NSS needs.
  process.env.TMPDIR = folder;
  process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs24.x";
  process.env.FONTCONFIG_FILE = fontsIn(folder);
  const { default: sparticuz } = await import("@sparticuz/chromium");
  return sparticuz.executablePath();
}

/** The package's own file names folders of Lambda only; without a font no text has a size. */
function fontsIn(folder: string): string {
  const file = join(folder, "fonts-here.conf");
  const folders = [join(folder, "fonts"), "/usr/share/fonts"].map((path) => `<dir>${path}</dir>`).join("");
  const cache = `<cachedir>${join(folder, "fonts-cache")}</cachedir>`;
  writeFileSync(file, `<?xml version="1.0"?><fontconfig>${folders}${cache}</fontconfig>`);
  return file;
}
