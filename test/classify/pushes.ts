// Push bodies in git's own spelling, for the tests of the push reader.

export const a = "a".repeat(40);
export const b = "b".repeat(40);
export const zero = "0".repeat(40);
export const caps = " report-status-v2 side-band-64k quiet object-format=sha1 agent=git/2.39.5";
export const pack = `PACK\0\0\0\x02${"x".repeat(30)}`;

export function pkt(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

export function body(...lines: string[]): string {
  return `${lines.map(pkt).join("")}0000${pack}`;
}

export const first = `${a} ${b} refs/heads/dev\0${caps}`;
