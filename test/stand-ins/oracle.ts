// What must hold after any attack, looked at from outside: what left, what was recorded, and what leaked.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EntryView, SessionView } from "../../lambda/model/api.ts";
import { eventually } from "./eventually.ts";
import type { GatewayUnderTest } from "./gateway.ts";

/** Writes that GitHub received. */
export async function writesAtGitHub(gateway: GatewayUnderTest): Promise<string[]> {
  const all = await gateway.upstream();
  return all
    .filter(({ method, path }) => method !== "GET" && method !== "HEAD" && !path.endsWith("/git-upload-pack"))
    .map(({ method, path }) => `${method} ${path}`);
}

export async function entriesOf(gateway: GatewayUnderTest, session: string): Promise<EntryView[]> {
  const answer = await gateway.review("erin", "GET", `/sessions/${session}?limit=500`);
  return [...((answer.json as Partial<SessionView>).entries ?? [])];
}

/** Resolves when this many requests of a session have their outcome. */
export async function settled(
  gateway: GatewayUnderTest,
  session: string,
  count: number,
): Promise<EntryView[]> {
  return eventually(`${count} recorded requests of ${session}`, async () => {
    const entries = await entriesOf(gateway, session);
    const isDone = entries.length >= count && entries.every(({ outcome }) => outcome !== undefined);
    return isDone ? entries : undefined;
  });
}

/** Files of the data folder, and what the gateway logged, that hold the text. */
export async function placesWith(gateway: GatewayUnderTest, text: string): Promise<string[]> {
  const items = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true });
  const found = gateway.stderr().includes(text) ? ["standard error"] : [];
  for (const item of items) {
    // The sandbox's own GitHub has its repositories and its token there.
    if (!item.isFile() || `${item.parentPath}/${item.name}`.includes("/sandbox-")) continue;
    const bytes = await readFile(join(item.parentPath, item.name)).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(item.name);
  }
  return found;
}
