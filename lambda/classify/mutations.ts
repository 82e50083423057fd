// The table of every GraphQL mutation that GitHub publishes, as bin/generate-mutations.ts wrote it.
import type { Effect } from "../model/action.ts";
import rows from "./mutations.generated.json" with { type: "json" };

export interface Mutation {
  readonly name: string;
  readonly effect: Effect;
  readonly title: string;
  /** All keys of its input; true for those that hold node ids. */
  readonly keys: ReadonlyMap<string, boolean>;
}

export const mutations: ReadonlyMap<string, Mutation> = new Map(
  rows.map(({ name, effect, title, keys }) => [
    name,
    {
      name,
      effect: effect as Effect,
      title,
      keys: new Map([
        ["clientMutationId", false],
        ...keys.split(",").map((key): [string, boolean] => [key.replace("#", ""), key.endsWith("#")]),
      ]),
    },
  ]),
);

/** GitHub names a mutation's input type after it; the generator checks that. */
export function inputType(mutation: string): string {
  return `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
}
