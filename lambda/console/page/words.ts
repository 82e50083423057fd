// Numbers and times as a person would say them.

/** "41 min left", "2 h 05 min left", "48 s left", "expired". */
export function timeLeft(untilMs: number, nowMs: number): string {
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  if (seconds <= 0) return "expired";
  if (seconds < 60) return `${seconds} s left`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes} min ${pad(seconds % 60)} s left`;
  if (minutes < 60) return `${minutes} min left`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${pad(minutes % 60)} min left`;
  return `${Math.floor(hours / 24)} days left`;
}

/** How much of the waiting time is left, 0 to 1. */
export function shareLeft(fromMs: number, untilMs: number, nowMs: number): number {
  if (untilMs <= fromMs) return 0;
  return Math.min(1, Math.max(0, (untilMs - nowMs) / (untilMs - fromMs)));
}

/** "0.4 ms", "87 ms", "1.2 s", "3 min 05 s". */
export function duration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Math.round(ms / 100) / 10} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
}

/** "just now", "5 min ago", "3 h ago", "4 days ago". */
export function ago(atMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - atMs) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

export function byteSize(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  if (bytes < 1_000_000) return `${Math.round(bytes / 100) / 10} kB`;
  return `${Math.round(bytes / 100_000) / 10} MB`;
}

/** "1 file", "2 files", "10,000 files". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** Seven digits of an object id; all zeros say that there is nothing. */
export function shortOid(oid: string | undefined): string {
  if (oid === undefined) return "what GitHub makes of it";
  return /^0+$/.test(oid) ? "nothing" : oid.slice(0, 7);
}

/** "main" for refs/heads/main; other refs stay whole. */
export function shortRef(ref: string): string {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : ref;
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1) ?? ""}`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
