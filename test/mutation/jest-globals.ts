// Stands in for "@jest/globals" while mutants run: collects the tests of a file, so that one process can run them again and again.
import { createRequire } from "node:module";

// Jest's own assertions and mocks, from where Jest itself takes them.
const ofJest = createRequire(createRequire(import.meta.url).resolve("@jest/globals"));
const { jestExpect } = ofJest("@jest/expect") as { jestExpect: unknown };
const mocks = ofJest("jest-mock") as { fn: unknown; spyOn: unknown };

export type Body = () => unknown;

export interface Collected {
  readonly id: string;
  readonly file: string;
  readonly before: readonly Body[];
  readonly body: Body;
  readonly after: readonly Body[];
}

interface Scope {
  readonly title: string;
  readonly before: Body[];
  readonly after: Body[];
}

let file = "";
let scopes: Scope[] = [];
let collected: Collected[] = [];

/** The tests of one file, which `load` imports. */
export async function collect(name: string, load: () => Promise<unknown>): Promise<Collected[]> {
  file = name;
  scopes = [{ title: name, before: [], after: [] }];
  collected = [];
  await load();
  return collected;
}

export function describe(title: string, body: () => void): void {
  scopes.push({ title, before: [], after: [] });
  body();
  scopes.pop();
}

export function it(title: string, body: Body): void {
  const open = [...scopes];
  const names = [...open.map((scope) => scope.title), title];
  const like = collected.filter(({ id }) => id.startsWith(names.join(" > "))).length;
  collected.push({
    id: `${names.join(" > ")}${like === 0 ? "" : ` #${like + 1}`}`,
    file,
    // Read when the test runs: a hook may stand below it.
    get before() {
      return open.flatMap((scope) => scope.before);
    },
    get after() {
      return open.flatMap((scope) => scope.after).reverse();
    },
    body,
  });
}

it.each = (rows: readonly unknown[]) => (title: string, body: (...row: unknown[]) => unknown) => {
  for (const row of rows) it(title, () => body(...(Array.isArray(row) ? (row as unknown[]) : [row])));
};

export function beforeEach(body: Body): void {
  scopes.at(-1)?.before.push(body);
}

export function afterEach(body: Body): void {
  scopes.at(-1)?.after.push(body);
}

export const expect = jestExpect;
export const jest = { fn: mocks.fn, spyOn: mocks.spyOn };
