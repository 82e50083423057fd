// Makes text from outside safe to print: a name must not move the cursor, colour the terminal, or read backwards.
// https://www.unicode.org/reports/tr36/ (bidirectional and invisible characters)

/** Controls, bidirectional and other invisible characters become their name, `<U+202E>`; line ends too. */
export function visible(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `<U+${code}>`;
  });
}

/** One visible line of at most this many characters. */
export function oneLine(text: string, maxLength: number): string {
  const line = visible(text.replace(/\s+/gu, " ").trim());
  return line.length > maxLength
    ? `${line
        .slice(0, maxLength - 1)
        .toWellFormed()
        .replace(/\uFFFD$/u, "")}…`
    : line;
}
