// Where the command keeps what it knows, and what it needs of the machine around it.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { projectRoot } from "../local/paths.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** The folder for this person's settings of Gatehouse (XDG Base Directory Specification). */
export function configFolder(env: Env): string {
  return join(xdgConfig(env), "gatehouse");
}

export function xdgConfig(env: Env): string {
  const set = env.XDG_CONFIG_HOME ?? "";
  return set.startsWith("/") ? set : join(homeOf(env), ".config");
}

export function homeOf(env: Env): string {
  const home = env.HOME ?? "";
  return home === "" ? homedir() : resolve(home);
}

/** Whether a file or folder was not there. */
export function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/** This command as a shell would start it, whatever the PATH of whoever starts it. */
export function ownCommand(): string {
  return [process.execPath, join(projectRoot, "bin/cli.ts")].map(quoted).join(" ");
}

/** One word for sh. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
