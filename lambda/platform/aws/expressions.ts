// DynamoDB's spelling of plain values, names and conditions.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type Value = string | number | boolean | Uint8Array;
export type Item = Readonly<Record<string, Value>>;

/** `#name` stands for the attribute of that name, `:name` for a value: no name can be a reserved word by accident. */
export interface Condition {
  readonly expression: string;
  readonly values?: Item;
}

export const isNew: Condition = { expression: "attribute_not_exists(#pk)" };

export function wireValue(value: Value): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  return { B: value };
}

export function wireItem(item: Item): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, wireValue(value)]));
}

/** Attributes of kinds that the gateway never writes are left out. */
export function plain(item: Readonly<Record<string, AttributeValue>>): Item {
  const values: Record<string, Value> = {};
  for (const [name, { S, N, BOOL, B }] of Object.entries(item)) {
    const value = S ?? BOOL ?? B ?? (N === undefined ? undefined : Number(N));
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** The names and values that an expression uses; DynamoDB refuses any that it does not. */
export function attributes(
  expression: string,
  values: Item,
): {
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
} {
  const names = Object.fromEntries(
    [...expression.matchAll(/#(\w+)/g)].map(([sign, name = ""]) => [sign, name]),
  );
  const given = Object.entries(values).map(([name, value]) => [`:${name}`, wireValue(value)] as const);
  return {
    ExpressionAttributeNames: names,
    ...(given.length === 0 ? {} : { ExpressionAttributeValues: Object.fromEntries(given) }),
  };
}

export function condition(
  when: Condition | undefined,
): Partial<ReturnType<typeof attributes>> & { ConditionExpression?: string } {
  if (when === undefined) return {};
  return { ConditionExpression: when.expression, ...attributes(when.expression, when.values ?? {}) };
}

export function textIn(item: Item, name: string): string {
  const value = item[name];
  if (typeof value !== "string") throw new TypeError(`attribute ${name} holds no text`);
  return value;
}

/** 0 when there is none. */
export function numberIn(item: Item, name: string): number {
  const value = item[name];
  return typeof value === "number" ? value : 0;
}
