// GraphQL mutations: each root field is named by the table, and its input moves into a variable of its own.
import type { FieldNode } from "graphql";
import type { Action, MutationField } from "../model/action.ts";
import { GateError } from "../model/errors.ts";
import { argumentsOf, rootFields, type Reading } from "./graphql-document.ts";
import { stays } from "./graphql-reads.ts";
import { rewritten } from "./graphql-rewrite.ts";
import { mutationEffect } from "./mutation-conditions.ts";
import { mutations, type Mutation } from "./mutations.ts";
import { isGraver } from "./operations.ts";

/** More than a client needs, and few enough to read for a reviewer. */
const maxFields = 20;
const maxNodeIds = 100;

/** Throws GH_UNKNOWN_OPERATION for a mutation, or a key of its input, that nobody classified. */
export function mutationAction(reading: Reading): Omit<Action, "send"> {
  const nodes = rootFields(reading).filter(({ name }) => name.value !== "__typename");
  if (nodes.length === 0) refuse("it asks for nothing");
  if (nodes.length > maxFields) refuse(`it holds more than ${maxFields} mutations`);
  const names = variableNames(reading);
  const variableOf = new Map<FieldNode, string>();
  const fields: MutationField[] = [];
  for (const node of nodes) {
    const field = readField(node, reading, names.next().value);
    // The same field in two fragments is one field to GitHub, so it must stay one.
    const same = fields.find((one) => isSame(one, field));
    variableOf.set(node, same?.variable ?? field.variable);
    if (same === undefined) fields.push(field);
    else if (field.readsMany) fields[fields.indexOf(same)] = { ...same, readsMany: true };
  }
  if (new Set(fields.flatMap(({ nodeIds }) => nodeIds)).size > maxNodeIds)
    refuse(`it names more than ${maxNodeIds} nodes`);
  const [first] = fields;
  const [gravest = "admin"] = fields.map(({ effect }) => effect).sort((a, b) => (isGraver(a, b) ? -1 : 1));
  const isOne = fields.length === 1;
  const list = fields.map(({ name }) => name).join(", ");
  return {
    surface: "graphql",
    operation: isOne ? `graphql/${first?.name ?? ""}` : "graphql/several",
    title: isOne ? (first?.title ?? "") : `${fields.length} GraphQL mutations: ${list}`.slice(0, 200),
    effect: gravest,
    branches: { from: "none" },
    paths: [],
    parameters: { mutations: list },
    graphql: { is: "mutation", fields },
    json: rewritten(reading, variableOf, fields),
  };
}

function readField(node: FieldNode, { variables, fragments }: Reading, variable: string): MutationField {
  const name = node.name.value;
  const mutation = mutations.get(name);
  if (mutation === undefined) throw unknownOperation(name);
  const { input, ...others } = argumentsOf(node, variables);
  if (Object.keys(others).length > 0) refuse(`${name} takes one argument, input`);
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return refuse(`the input of ${name} is not an object`);
  const values = input as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(values)) {
    // A key that nobody looked at could name a branch, or set an agent to work.
    if (!mutation.keys.has(key))
      throw unknownOperation(`${name} with ${key.replace(/\W/g, "?").slice(0, 50)}`);
  }
  return {
    name,
    title: mutation.title,
    effect: mutationEffect(name, mutation.effect, values),
    answerKey: node.alias?.value ?? name,
    input: values,
    variable,
    nodeIds: [...new Set(nodeIdsIn(values, mutation))],
    readsMany: !stays("Payload", node.selectionSet, fragments),
  };
}

function nodeIdsIn(values: Readonly<Record<string, unknown>>, mutation: Mutation): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined || value === null) return [];
    if (mutation.keys.get(key) === true) return (Array.isArray(value) ? value : [value]).map(nodeId);
    // Below the first level no input of the table has ids but branch.id; others would be missed otherwise.
    return typeof value === "object" ? nestedIds(value) : [];
  });
}

function nestedIds(value: object): string[] {
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, inner]) => {
    // optionId and iterationId are plain strings of a project's field.
    const isId = /^ids?$|Ids?$/.test(key) && !/(?:ption|teration)Id$/.test(key);
    if (typeof inner === "string") return isId ? [nodeId(inner)] : [];
    if (isId && Array.isArray(inner)) return inner.map(nodeId);
    return typeof inner === "object" && inner !== null ? nestedIds(inner) : [];
  });
}

function nodeId(value: unknown): string {
  if (typeof value !== "string" || !/^[A-Za-z0-9+/=_:-]{1,300}$/.test(value))
    return refuse("an id is not one that GitHub gives");
  return value;
}

function isSame(a: MutationField, b: MutationField): boolean {
  return (
    a.name === b.name && a.answerKey === b.answerKey && JSON.stringify(a.input) === JSON.stringify(b.input)
  );
}

function* variableNames({ variables, operation }: Reading): Generator<string, never> {
  const taken = new Set([
    ...Object.keys(variables),
    ...(operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
  ]);
  for (let index = 0; ; index += 1) if (!taken.has(`input${index}`)) yield `input${index}`;
}

function unknownOperation(name: string): GateError {
  return new GateError("GH_UNKNOWN_OPERATION", { method: "GraphQL mutation", path: name });
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
