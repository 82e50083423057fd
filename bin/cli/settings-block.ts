// A part of a text file that is ours, between two lines that say so: the rest is never touched.

/** The text with this part in it, at the end or where it was. */
export function withBlock(text: string | undefined, name: string, lines: readonly string[]): string {
  const rest = withoutBlock(text ?? "", name);
  const gap = rest === "" || rest.endsWith("\n") ? "" : "\n";
  return `${rest}${gap}${[opening(name), ...lines, closing(name)].join("\n")}\n`;
}

export function withoutBlock(text: string, name: string): string {
  const from = text.indexOf(opening(name));
  const end = closing(name);
  const to = from < 0 ? -1 : text.indexOf(end, from);
  if (to < 0) return text;
  return text.slice(0, from) + text.slice(to + end.length).replace(/^\n/, "");
}

function opening(name: string): string {
  return `# >>> gatehouse ${name}: written by gatehouse setup, removed by gatehouse setup --undo`;
}

function closing(name: string): string {
  return `# <<< gatehouse ${name}`;
}
