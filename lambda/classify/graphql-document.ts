// Reads a GraphQL document so that there is one way to understand it: one operation, nothing twice, bounded work.
import {
  Kind,
  Lexer,
  OperationTypeNode,
  parse,
  Source,
  TokenKind,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { GateError } from "../model/errors.ts";

const maxQueryBytes = 100 * 1024;
const maxTokens = 5_000;
/** graphql-js throws RangeError at some thousand nested braces; nobody's query comes near this. */
const maxDepth = 30;

export type Variables = Readonly<Record<string, unknown>>;

export interface Reading {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Every declared variable's value: the one given, else its default. What nobody declared is not kept. */
  readonly variables: Variables;
}

/** Throws GH_BAD_BODY for what is not one plain query or mutation. */
export function readDocument(query: string, operationName: unknown, given: Variables): Reading {
  checkSize(query);
  const document = parsed(query);
  refuseDoubles(document);
  const operations: OperationDefinitionNode[] = [];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      if (fragments.has(definition.name.value)) refuse("two fragments have the same name");
      fragments.set(definition.name.value, definition);
    } else refuse("it defines something else than a query, a mutation or a fragment");
  }
  const [only, ...more] = operations;
  if (only === undefined || more.length > 0)
    return refuse("it must hold exactly one operation; send each in a request of its own");
  if (only.operation === OperationTypeNode.SUBSCRIPTION) refuse("subscriptions are not served");
  const isNamed = operationName !== undefined && operationName !== null && operationName !== "";
  if (isNamed && operationName !== only.name?.value)
    refuse("operationName is not the name of its one operation");
  return { document, operation: only, fragments, variables: valuesOf(only, given) };
}

/** The fields at the top, fragments opened, aliases and directives ignored: a field that may be skipped counts. */
export function rootFields({ operation, fragments }: Reading): FieldNode[] {
  const fields: FieldNode[] = [];
  const seen = new Set<string>();
  const open = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) fields.push(selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) open(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        open(fragmentOf(fragments, selection.name.value).selectionSet);
      }
    }
  };
  open(operation.selectionSet);
  return fields;
}

export function fragmentOf(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  name: string,
): FragmentDefinitionNode {
  const fragment = fragments.get(name);
  if (fragment === undefined)
    throw new GateError("GH_BAD_BODY", { why: "it uses a fragment that it does not define" });
  return fragment;
}

/** A field's arguments as plain values. */
export function argumentsOf(field: FieldNode, variables: Variables): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    (field.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]),
  );
}

function checkSize(query: string): void {
  if (Buffer.byteLength(query) > maxQueryBytes)
    refuse(`its query is longer than ${maxQueryBytes} bytes; put large values into variables`);
  const lexer = new Lexer(new Source(query));
  let tokens = 0;
  let depth = 0;
  for (;;) {
    const { kind } = token(lexer);
    if (kind === TokenKind.EOF) return;
    tokens += 1;
    if (tokens > maxTokens) refuse(`its query has more than ${maxTokens} tokens`);
    if (kind === TokenKind.BRACE_L || kind === TokenKind.PAREN_L || kind === TokenKind.BRACKET_L) depth += 1;
    if (kind === TokenKind.BRACE_R || kind === TokenKind.PAREN_R || kind === TokenKind.BRACKET_R) depth -= 1;
    if (depth > maxDepth) refuse(`its query is nested more than ${maxDepth} levels deep`);
  }
}

function token(lexer: Lexer): { readonly kind: TokenKind } {
  try {
    return lexer.advance();
  } catch (error) {
    throw notGraphQL(error);
  }
}

function parsed(query: string): DocumentNode {
  try {
    return parse(query, { noLocation: true, maxTokens });
  } catch (error) {
    // A RangeError would be the parser's stack: the depth above was not enough then.
    throw notGraphQL(error);
  }
}

function notGraphQL(cause: unknown): GateError {
  return new GateError("GH_BAD_BODY", { why: "its query is not one valid GraphQL document" }, { cause });
}

const knownDirectives = new Set(["include", "skip"]);

/** The grammar allows names twice, and two readers could take two different ones. */
function refuseDoubles(document: DocumentNode): void {
  visit(document, {
    Field: ({ arguments: list }) => {
      once(list, "an argument");
    },
    Directive: ({ name, arguments: list }) => {
      if (!knownDirectives.has(name.value)) refuse("it uses another directive than @include and @skip");
      once(list, "an argument");
    },
    ObjectValue: ({ fields }) => {
      once(fields, "a key");
    },
    OperationDefinition: ({ variableDefinitions }) => {
      once(
        variableDefinitions?.map(({ variable }) => variable),
        "a variable",
      );
    },
    IntValue: ({ value }) => {
      if (!Number.isSafeInteger(Number(value))) refuse("a number is beyond 2^53 - 1");
    },
  });
}

function once(
  nodes: readonly { readonly name: { readonly value: string } }[] | undefined,
  what: string,
): void {
  const names = nodes?.map(({ name }) => name.value) ?? [];
  if (new Set(names).size < names.length) refuse(`${what} stands twice`);
  if (names.includes("__proto__")) refuse(`${what} has a name that programs confuse with their own`);
}

function valuesOf({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }): [string, unknown][] => {
      const name = variable.name.value;
      if (Object.hasOwn(given, name)) return [[name, given[name]]];
      return defaultValue === undefined ? [] : [[name, valueFromASTUntyped(defaultValue)]];
    }),
  );
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
