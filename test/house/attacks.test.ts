// Every attack of test/attacks/cases.json has a test that names it, or stands in the list of areas still open.
import { describe, expect, it } from "@jest/globals";
import { filesBelow, textOf } from "./source.ts";

interface Case {
  readonly id: string;
  readonly area: string;
  readonly attack: string;
  readonly request: string;
  readonly expect: string;
}

/** Areas that wait for what they attack, and ids without a test so far; the list may only become shorter. */
const open: readonly string[] = ["mcp"];

const cases = JSON.parse(textOf("test/attacks/cases.json")) as readonly Case[];
const tests = filesBelow("test", /\.ts$/).filter((file) => file !== "test/house/attacks.test.ts");
const named = new Set(tests.flatMap((file) => idsIn(textOf(file))));

/** `PATH-06 to PATH-10` names all five. */
function idsIn(text: string): string[] {
  const ranges = [...text.matchAll(/\b([A-Z]+)-(\d\d) to \1-(\d\d)\b/g)].flatMap(([, area = "", from, to]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) =>
      [area, String(Number(from) + index).padStart(2, "0")].join("-"),
    ),
  );
  return [...ranges, ...(text.match(/\b[A-Z]+-\d\d\b/g) ?? [])];
}

describe("the list of attacks", () => {
  it("has each of them once, with what is sent and what must come of it", () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(156);
    expect(cases.filter((one) => one.attack === "" || one.request === "" || one.expect === "")).toEqual([]);
  });

  it("has a test that names each of them", () => {
    const missing = cases.filter(({ id, area }) => !named.has(id) && !open.includes(area));
    expect(missing.map(({ id, attack }) => `${id}: ${attack}`)).toEqual([]);
  });

  it("is what tests refer to: no test names an attack that is not in it", () => {
    const areas = new Set(cases.map(({ id }) => id.replace(/-\d\d$/, "")));
    const known = new Set(cases.map(({ id }) => id));
    const strangers = [...named].filter((id) => areas.has(id.replace(/-\d\d$/, "")) && !known.has(id));
    expect(strangers).toEqual([]);
  });
});
