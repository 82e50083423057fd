// Why a policy folder was not accepted: every problem with its file and line, so that an admin can go there and fix it.

export class PolicyError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The policies were not accepted:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "PolicyError";
    this.problems = problems;
  }
}

/** Cedar counts UTF-8 bytes; people count lines. The first line is 1. */
export function lineAt(text: string, byteOffset: number): number {
  const before = Buffer.from(text, "utf8").subarray(0, byteOffset);
  return before.reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1);
}
