// The patterns of the configuration: `*` stands for anything within one path segment, `**` for anything at all, as in
// GitHub's own branch rules ("release/*" is release/2.0 and not release/2.0/fix). A lone `*` means everything. Patterns
// are anchored at both ends; every other character stands for itself.

type Token =
  { readonly is: "text"; readonly char: string } | { readonly is: "star"; readonly crosses: boolean };

/** Whether the whole name matches. Time is pattern length times name length, whatever the two are. */
export function globMatches(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern);
  // The set of token positions that the text read so far can have reached.
  let reached = withStars(tokens, new Set([0]));
  for (const char of name) {
    const next = new Set<number>();
    for (const at of reached) {
      const token = tokens[at];
      if (token === undefined) continue;
      if (token.is === "text") {
        if (token.char === char) next.add(at + 1);
      } else if (token.crosses || char !== "/") next.add(at);
    }
    if (next.size === 0) return false;
    reached = withStars(tokens, next);
  }
  return reached.has(tokens.length);
}

/** A star may also stand for nothing. */
function withStars(tokens: readonly Token[], positions: Set<number>): Set<number> {
  // A Set visits what is added while it is walked.
  for (const at of positions) if (tokens[at]?.is === "star") positions.add(at + 1);
  return positions;
}

function tokensOf(pattern: string): readonly Token[] {
  if (pattern === "*") return [{ is: "star", crosses: true }];
  const tokens: Token[] = [];
  for (const [part] of pattern.matchAll(/\*+|[^*]/gu))
    tokens.push(part.startsWith("*") ? { is: "star", crosses: part.length > 1 } : { is: "text", char: part });
  return tokens;
}
