// docs/events.md tells of every event what its type has, field by field and value by value.
import { describe, expect, it } from "@jest/globals";
import { textOf } from "./source.ts";

const types = textOf("lambda/model/events.ts");
const page = textOf("docs/events.md");

const interfaces = [...types.matchAll(/^export interface \w+Event extends Common \{\n([\s\S]*?)^\}/gm)].map(
  ([, body]) => (body ?? "").replace(/\/\*\*.*?\*\//gs, ""),
);

function quoted(text: string | undefined): string[] {
  return [...(text ?? "").matchAll(/["`]([\w?-]+)["`]/g)].map(([, word]) => word ?? "");
}

describe("docs/events.md", () => {
  it("has a line for every event, with the fields of its type in their order", () => {
    const expected = interfaces.map((body) => {
      const [, type] = /readonly type: "([\w-]+)"/.exec(body) ?? [];
      const fields = [...body.matchAll(/readonly (\w+\??):/g)].map(([, name]) => name);
      return [type, fields.filter((name) => name !== "type")];
    });
    const rows = [
      ...page.matchAll(/^\| `([\w-]+)` +\| [^|`]*(?:`events.allowed`)?[^|`]* \| (.+?) +\|$/gm),
    ].map(([, type, fields]) => [type, quoted(fields)]);
    expect(expected).toHaveLength(8);
    expect(rows).toEqual(expected);
  });

  it.each(["is", "step", "result", "what", "channel", "outcome", "flow"])(
    "lists the values of %s",
    (field) => {
      const [, union] =
        interfaces
          .map((body) => new RegExp(`readonly ${field}:([^;]+);`).exec(body))
          .find((found) => found !== null) ?? [];
      const [, row] = new RegExp(`^\\| \`${field}\` +\\| (.+?) +\\|$`, "m").exec(page) ?? [];
      expect(quoted(row)).toEqual(quoted(union));
      expect(quoted(row).length).toBeGreaterThan(1);
    },
  );
});
