// Rebuilds the table of GraphQL mutations from GitHub's published schema and the effects that people gave to them:
//   npm pack @octokit/graphql-schema   (unpack it anywhere; the schema is no dependency)
//   node bin/generate-mutations.ts path/to/package/schema.graphql
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kind, parse, type FieldDefinitionNode, type InputValueDefinitionNode, type TypeNode } from "graphql";
import { effects, type Effect } from "../lambda/model/action.ts";

/** One line of the table. */
export interface MutationRow {
  readonly name: string;
  readonly effect: Effect;
  readonly title: string;
  /** All keys of its input but clientMutationId, comma-separated; a `#` marks those that hold node ids. */
  readonly keys: string;
}

export type MutationEffects = Readonly<Partial<Record<Effect, readonly string[]>>>;

/** Throws with every mutation that nobody has classified, and with every one that is classified twice. */
export function mutationTable(schema: string, handMade: MutationEffects): MutationRow[] {
  const known = new Map<string, Effect>();
  for (const effect of effects) {
    for (const name of handMade[effect] ?? []) {
      if (known.has(name)) throw new Error(`${name} has two effects`);
      known.set(name, effect);
    }
  }
  const { mutations, inputs } = definitionsIn(schema);
  const unclassified = mutations.filter(({ name }) => !known.has(name.value)).map(({ name }) => name.value);
  if (unclassified.length > 0)
    throw new Error(
      `give these an effect in lambda/classify/mutation-effects.json:\n${unclassified.join("\n")}`,
    );
  return mutations
    .map((field): MutationRow => {
      const name = field.name.value;
      const input = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
      const [argument, ...more] = field.arguments ?? [];
      // The gateway writes this type's name into what it sends.
      if (argument?.name.value !== "input" || more.length > 0 || typeName(argument.type) !== input)
        throw new Error(`${name} does not take one input of the type ${input}`);
      return {
        name,
        effect: known.get(name) ?? "admin",
        title: titleOf(field),
        keys: (inputs.get(input) ?? []).flatMap(keyOf).sort().join(","),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function definitionsIn(schema: string): {
  mutations: readonly FieldDefinitionNode[];
  inputs: ReadonlyMap<string, readonly InputValueDefinitionNode[]>;
} {
  const inputs = new Map<string, readonly InputValueDefinitionNode[]>();
  let mutations: readonly FieldDefinitionNode[] = [];
  for (const definition of parse(schema, { noLocation: true }).definitions) {
    if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
      inputs.set(definition.name.value, definition.fields ?? []);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === "Mutation")
      mutations = definition.fields ?? [];
  }
  return { mutations, inputs };
}

function keyOf({ name, type }: InputValueDefinitionNode): string[] {
  if (name.value === "clientMutationId") return [];
  return [typeName(type) === "ID" ? `${name.value}#` : name.value];
}

function typeName(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : typeName(type.type);
}

/** The description's first sentence. */
function titleOf({ description, name }: FieldDefinitionNode): string {
  const [sentence = ""] = (description?.value ?? name.value)
    .replace(/\s+/g, " ")
    .trim()
    .split(/\.(?: |$)/, 1);
  return sentence.slice(0, 120);
}

if (import.meta.main) {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error("name the file schema.graphql");
  const room = join(import.meta.dirname, "../lambda/classify");
  const handMade = JSON.parse(readFileSync(join(room, "mutation-effects.json"), "utf8")) as MutationEffects;
  const rows = mutationTable(readFileSync(file, "utf8"), handMade);
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  writeFileSync(join(room, "mutations.generated.json"), `[\n${lines}\n]\n`);
  process.stdout.write(`${rows.length} mutations\n`);
}
