// DynamoDB imitated by dynalite, in a process of its own: an internal error of it ends that process, not the tests.
import { spawn } from "node:child_process";
import { join } from "node:path";
import {
  CreateTableCommand,
  DescribeTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { indexes, table } from "../../../lambda/platform/aws/table.ts";

export interface Dynalite {
  readonly url: string;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "dynalite-process.ts");

export function startDynalite(): Promise<Dynalite> {
  const child = spawn(process.execPath, ["--no-warnings", program], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      resolve();
    });
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    void ended.then(() => {
      reject(new Error("dynalite ended before it listened"));
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const [, port] = /^port (\d+)$/m.exec(output) ?? [];
      if (port === undefined) return;
      resolve({
        url: `http://127.0.0.1:${port}`,
        async close() {
          child.kill();
          await ended;
        },
      });
    });
  });
}

/** The gateway's table as the deployment makes it. */
export function tableInput(name: string): CreateTableCommandInput {
  const attributes = new Map<string, "S" | "N">([
    [table.partitionKey, "S"],
    [table.sortKey, "S"],
  ]);
  for (const { partition, sort, sortType } of Object.values(indexes)) {
    attributes.set(partition, "S");
    attributes.set(sort, sortType);
  }
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(table.partitionKey, table.sortKey),
    GlobalSecondaryIndexes: Object.values(indexes).map((index) => ({
      IndexName: index.name,
      KeySchema: keySchema(index.partition, index.sort),
      Projection: { ProjectionType: "KEYS_ONLY" as const },
    })),
  };
}

export async function createGatewayTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(new CreateTableCommand(tableInput(name)));
  for (let tries = 0; tries < 100; tries += 1) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === "ACTIVE") return;
  }
  throw new Error(`table ${name} did not become active`);
}

function keySchema(partition: string, sort: string): CreateTableCommandInput["KeySchema"] {
  return [
    { AttributeName: partition, KeyType: "HASH" },
    { AttributeName: sort, KeyType: "RANGE" },
  ];
}
