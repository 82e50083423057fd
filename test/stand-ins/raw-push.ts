// Push bodies byte by byte, with a real pack, for what no git client would send.
import { execFileSync } from "node:child_process";

export const zero = "0".repeat(40);
export const capabilities = "report-status side-band-64k object-format=sha1 agent=git/2.39.5";
export const pushType = "application/x-git-receive-pack-request";

export function pkt(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

/** The objects that `want` reaches and `have` does not. */
export function packBetween(dir: string, want: string, have: string): Buffer {
  return execFileSync("git", ["pack-objects", "--revs", "--stdout", "-q", "--delta-base-offset"], {
    cwd: dir,
    input: `${want}\n^${have}\n`,
  });
}

/** Lines as they are, a flush, and the pack; the first line gets our capabilities unless it has a NUL. */
export function pushBody(lines: readonly string[], pack: Buffer): Buffer {
  const [first = "", ...rest] = lines;
  const named = first.includes("\0") ? first : `${first}\0 ${capabilities}`;
  return Buffer.concat([Buffer.from(`${[named, ...rest].map(pkt).join("")}0000`), pack]);
}

export interface PushAnswer {
  readonly status: number;
  readonly text: string;
}

export async function sendPush(
  url: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<PushAnswer> {
  const { username, password, origin, pathname, search } = new URL(url);
  const answer = await fetch(`${origin}${pathname}${search}`, {
    method: "POST",
    redirect: "manual",
    headers: {
      authorization: `Basic ${btoa(`${username}:${password}`)}`,
      "content-type": pushType,
      ...headers,
    },
    body: Buffer.from(body),
  });
  return { status: answer.status, text: await answer.text() };
}
