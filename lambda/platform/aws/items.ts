// Reads and writes of the one table in plain values: every read consistent, every write a single item.
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../model/ports.ts";
import { attributes, condition, plain, wireItem } from "./expressions.ts";
import type { Condition, Item, Value } from "./expressions.ts";
import { indexes, table } from "./table.ts";
import type { IndexName, ItemKey } from "./table.ts";

export interface Items {
  get(key: ItemKey): Promise<Item | undefined>;
  /** Those that exist, in any order. */
  getAll(keys: readonly ItemKey[]): Promise<readonly Item[]>;
  /**
   * False when the condition does not hold. A write that was acknowledged to nobody is tried again and then fails its
   * own condition: callers for whom that matters look at what is stored.
   */
  put(item: Item & ItemKey, when?: Condition): Promise<boolean>;
  /** The item as it is then, or undefined when the condition does not hold. */
  update(key: ItemKey, change: Change, when?: Condition): Promise<Item | undefined>;
  /** What was deleted, if anything. */
  remove(key: ItemKey, when?: Condition): Promise<Item | undefined>;
  query(query: ItemQuery): Promise<readonly Item[]>;
}

export interface Change {
  readonly set?: Item;
  /** Kept as it is when it is there already. */
  readonly setOnce?: Item;
  readonly remove?: readonly string[];
}

export interface ItemQuery {
  /** Absent: the table itself. Indexes hold keys only and may be a moment late. */
  readonly index?: IndexName;
  readonly partition: string;
  readonly above?: Value;
  readonly below?: Value;
  readonly isDescending?: boolean;
  readonly limit: number;
}

/** BatchGetItem takes this many keys (API reference). */
const maxBatch = 100;
const maxBatchRounds = 8;
const firstPauseMs = 20;

export function createItems(client: DynamoDBClient, tableName: string, clock: Pick<Clock, "sleep">): Items {
  /** What a round leaves unprocessed (throttling, 16 MB) is asked for again, a little later each time. */
  async function getBatch(keys: readonly ItemKey[]): Promise<Item[]> {
    const found: Item[] = [];
    let left: Record<string, AttributeValue>[] = keys.map((key) => wireItem(key));
    for (let round = 0; left.length > 0; round += 1) {
      if (round === maxBatchRounds)
        throw new Error(`${left.length} items could not be read: the table is busy`);
      if (round > 0) await clock.sleep(firstPauseMs * 2 ** round);
      const answer = await client.send(
        new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: left, ConsistentRead: true } } }),
      );
      found.push(...(answer.Responses?.[tableName] ?? []).map(plain));
      left = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
    return found;
  }

  return {
    async get(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: wireItem(key), ConsistentRead: true }),
      );
      return Item && plain(Item);
    },
    async getAll(keys) {
      const distinct = [...new Map(keys.map((key) => [JSON.stringify([key.pk, key.sk]), key])).values()];
      const found: Item[] = [];
      for (let at = 0; at < distinct.length; at += maxBatch) {
        found.push(...(await getBatch(distinct.slice(at, at + maxBatch))));
      }
      return found;
    },
    async put(item, when) {
      const command = new PutItemCommand({ TableName: tableName, Item: wireItem(item), ...condition(when) });
      return (await held(client.send(command))) !== undefined;
    },
    async update(key, { set = {}, setOnce = {}, remove = [] }, when) {
      const sets = [
        ...Object.keys(set).map((name) => `#${name} = :set_${name}`),
        ...Object.keys(setOnce).map((name) => `#${name} = if_not_exists(#${name}, :once_${name})`),
      ];
      const expression = [
        sets.length === 0 ? "" : `SET ${sets.join(", ")}`,
        remove.length === 0 ? "" : `REMOVE ${remove.map((name) => `#${name}`).join(", ")}`,
      ].join(" ");
      const values = Object.fromEntries([
        ...Object.entries(set).map(([name, value]) => [`set_${name}`, value] as const),
        ...Object.entries(setOnce).map(([name, value]) => [`once_${name}`, value] as const),
      ]);
      const command = new UpdateItemCommand({
        TableName: tableName,
        Key: wireItem(key),
        UpdateExpression: expression,
        ...(when === undefined ? {} : { ConditionExpression: when.expression }),
        ...attributes(`${expression} ${when?.expression ?? ""}`, { ...values, ...when?.values }),
        ReturnValues: "ALL_NEW",
      });
      const answer = await held(client.send(command));
      return answer && plain(answer.Attributes ?? {});
    },
    async remove(key, when) {
      const command = new DeleteItemCommand({
        TableName: tableName,
        Key: wireItem(key),
        ...condition(when),
        ReturnValues: "ALL_OLD",
      });
      const old = (await held(client.send(command)))?.Attributes;
      return old && plain(old);
    },
    async query({ index, partition, above, below, isDescending = false, limit }) {
      const [partitionName, sortName] = index
        ? [indexes[index].partition, indexes[index].sort]
        : [table.partitionKey, table.sortKey];
      const expression = [
        `#${partitionName} = :partition`,
        above === undefined ? "" : ` AND #${sortName} > :bound`,
        below === undefined ? "" : ` AND #${sortName} < :bound`,
      ].join("");
      const bound = above ?? below;
      const found: Item[] = [];
      let start: Record<string, AttributeValue> | undefined;
      do {
        const answer = await client.send(
          new QueryCommand({
            TableName: tableName,
            ...(index === undefined ? { ConsistentRead: true } : { IndexName: indexes[index].name }),
            KeyConditionExpression: expression,
            ...attributes(expression, { partition, ...(bound === undefined ? {} : { bound }) }),
            ScanIndexForward: !isDescending,
            Limit: limit - found.length,
            ExclusiveStartKey: start,
          }),
        );
        found.push(...(answer.Items ?? []).map(plain));
        start = answer.LastEvaluatedKey;
      } while (start !== undefined && found.length < limit);
      return found;
    },
  };
}

/** Undefined when the condition of a write did not hold. */
async function held<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

export type { Condition, Item, Value };
