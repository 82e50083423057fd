// `npm run bench`: runs every bench and writes what it measured to bench/RESULTS.md, with the machine and the command.
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const folder = import.meta.dirname;
const benches = (await readdir(folder)).filter((name) => name.endsWith(".ts") && name !== "run.ts").sort();
const machine = `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;

const sections: string[] = [];
for (const name of benches) {
  process.stdout.write(`${name} …\n`);
  const { stdout } = await run(process.execPath, ["--no-warnings", join(folder, name)], {
    maxBuffer: 2 ** 24,
  });
  sections.push(`## ${name}\n\n\`npx node bench/${name}\`\n\n${stdout.trim()}\n`);
}
await writeFile(
  join(folder, "RESULTS.md"),
  `# What was measured\n\nOn ${new Date().toISOString().slice(0, 10)}: ${machine}. Absolute numbers move with the machine; compare within a table.\n\n${sections.join("\n")}`,
);
