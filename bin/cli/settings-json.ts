// Settings in JSON that people write by hand: comments, order and spacing stay as they are.
import { applyEdits, modify, parse, type JSONPath, type ParseError } from "jsonc-parser";

/** The text with `value` at `path`; undefined removes it. Throws when the text is no JSON, with or without comments. */
export function withValue(file: string, text: string | undefined, path: JSONPath, value: unknown): string {
  const before = text === undefined || text.trim() === "" ? "{}\n" : text;
  const errors: ParseError[] = [];
  parse(before, errors, { allowTrailingComma: true });
  if (errors.length > 0)
    throw new Error(`${file} is not JSON, so it was not changed. Mend it, then run this again.`);
  const formattingOptions = {
    insertSpaces: !/^\t/m.test(before),
    tabSize: /^ {4}\S/m.test(before) ? 4 : 2,
    eol: "\n",
  };
  return applyEdits(before, modify(before, path, value, { formattingOptions }));
}
