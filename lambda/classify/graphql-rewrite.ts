// Prints a mutation anew, with each input in a variable of its own: GitHub reads the very values that were decided on.
import {
  Kind,
  print,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  type VariableNode,
} from "graphql";
import type { MutationField } from "../model/action.ts";
import { fragmentOf, type Reading, type Variables } from "./graphql-document.ts";
import { inputType } from "./mutations.ts";

export interface Sent {
  readonly query: string;
  readonly variables: Variables;
}

/** `variableOf`: for each root field the variable that its input moves to. */
export function rewritten(
  reading: Reading,
  variableOf: ReadonlyMap<FieldNode, string>,
  fields: readonly MutationField[],
): Sent {
  const document = visit(reading.document, {
    Field: (node) => {
      const name = variableOf.get(node);
      return name === undefined ? undefined : { ...node, arguments: [inputArgument(name)] };
    },
  });
  const { variables, fragments } = usedIn(document, reading);
  // GitHub refuses a document that declares what it does not use.
  const kept = (reading.operation.variableDefinitions ?? []).filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  const variableDefinitions = [...fields.map(inputDefinition), ...kept];
  const definitions = document.definitions.filter(
    (one) => one.kind !== Kind.FRAGMENT_DEFINITION || fragments.has(one.name.value),
  );
  return {
    query: print({
      ...document,
      definitions: definitions.map((one) =>
        one.kind === Kind.OPERATION_DEFINITION ? { ...one, variableDefinitions } : one,
      ),
    }),
    variables: {
      ...Object.fromEntries(
        kept.flatMap(({ variable: { name } }) =>
          Object.hasOwn(reading.variables, name.value) ? [[name.value, reading.variables[name.value]]] : [],
        ),
      ),
      ...Object.fromEntries(fields.map(({ variable, input }) => [variable, input])),
    },
  };
}

/** What the operation reaches, through fragments. */
function usedIn(
  document: DocumentNode,
  reading: Reading,
): { readonly variables: ReadonlySet<string>; readonly fragments: ReadonlySet<string> } {
  const variables = new Set<string>();
  const fragments = new Set<string>();
  const changed = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [],
    ),
  );
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const open: (OperationDefinitionNode["selectionSet"] | undefined)[] = [operation?.selectionSet];
  for (const selectionSet of open) {
    if (selectionSet === undefined) continue;
    visit(selectionSet, {
      Variable: ({ name }) => {
        variables.add(name.value);
      },
      FragmentSpread: ({ name }) => {
        if (fragments.has(name.value)) return;
        fragments.add(name.value);
        fragmentOf(reading.fragments, name.value);
        open.push(changed.get(name.value)?.selectionSet);
      },
    });
  }
  return { variables, fragments };
}

function inputArgument(variable: string) {
  return {
    kind: Kind.ARGUMENT as const,
    name: { kind: Kind.NAME as const, value: "input" },
    value: variableNode(variable),
  };
}

function inputDefinition({ name, variable }: MutationField): VariableDefinitionNode {
  const type = { kind: Kind.NAMED_TYPE as const, name: { kind: Kind.NAME as const, value: inputType(name) } };
  return {
    kind: Kind.VARIABLE_DEFINITION,
    variable: variableNode(variable),
    type: { kind: Kind.NON_NULL_TYPE, type },
  };
}

function variableNode(name: string): VariableNode {
  return { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } };
}
