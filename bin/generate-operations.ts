// Rebuilds the operation table from GitHub's published descriptions and the effects that people gave to them:
//   npm pack @octokit/openapi   (unpack it anywhere; at 385 MB it is never a dependency)
//   node bin/generate-operations.ts path/to/package/generated
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { effects, type Effect } from "../lambda/model/action.ts";

export const editions = ["api.github.com", "ghec", "ghes-3.19", "ghes-3.18", "ghes-3.17"] as const;

interface Schema {
  readonly type?: string;
  readonly $ref?: string;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, unknown>>;
}
interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
  readonly "x-multi-segment"?: boolean;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}
export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: {
    readonly parameters?: Readonly<Record<string, Parameter>>;
    readonly schemas?: Readonly<Record<string, Schema>>;
  };
}

/** One line of the table. Path parameters carry their kind: `{path:segments}`, `{pull_number:integer}`. */
export interface Row {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly effect: Effect;
  readonly title: string;
  /** Comma-separated; a name that may repeat ends in `*`. */
  readonly query?: string;
  readonly body?: "json" | "text" | "binary";
  /** Body properties of a branch write: another way to name a branch must be looked at by a person. */
  readonly keys?: string;
}

export type HandMade = Readonly<Record<Effect, readonly string[]>>;

/** Unites the descriptions. Throws with every operation that nobody has classified. */
export function operationTable(descriptions: readonly Description[], handMade: HandMade): Row[] {
  const known = new Map<string, Effect>();
  for (const effect of effects) {
    for (const id of handMade[effect]) {
      if (known.has(id)) throw new Error(`${id} has two effects`);
      known.set(id, effect);
    }
  }
  const rows = new Map<string, Row>();
  const unclassified = new Set<string>();
  for (const description of descriptions) {
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (!/^(get|put|post|patch|delete)$/.test(method)) continue;
        const name = `${method.toUpperCase()} ${path}`;
        const effect = known.get(operation.operationId) ?? readEffect(method, path);
        if (effect === undefined) unclassified.add(`${name} (${operation.operationId})`);
        else rows.set(name, united(rows.get(name), row(description, method, path, operation, effect)));
      }
    }
  }
  if (unclassified.size > 0) {
    throw new Error(`give these an effect in lambda/classify/effects.json:\n${[...unclassified].join("\n")}`);
  }
  return [...rows.values()].sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

/** What nobody looked at: a GET below one repository reads it, any other GET may span several. */
function readEffect(method: string, path: string): Effect | undefined {
  if (method !== "get") return undefined;
  return path.includes("/{owner}/{repo}") ? "read" : "read-many";
}

function row(
  description: Description,
  method: string,
  path: string,
  operation: Operation,
  effect: Effect,
): Row {
  const parameters = (operation.parameters ?? []).map((one) => resolved(description, one));
  let template = path;
  for (const parameter of parameters.filter((one) => one.in === "path")) {
    const kind = kindOf(description, parameter);
    if (kind !== "") template = template.replace(`{${parameter.name}}`, `{${parameter.name}:${kind}}`);
  }
  const query = parameters
    .filter((one) => one.in === "query")
    .map((one) => one.name.replace(/\[\]$/, "") + (isArray(description, one.schema) ? "*" : ""));
  const content = Object.entries(operation.requestBody?.content ?? {});
  const body = content.map(([type]) => bodyKind(type))[0];
  const schema = schemaOf(description, content[0]?.[1].schema);
  return {
    method: method.toUpperCase(),
    path: template,
    id: operation.operationId,
    effect,
    title: operation.summary,
    ...(query.length > 0 ? { query: query.sort().join(",") } : {}),
    ...(body ? { body } : {}),
    ...(effect === "branch-write" && schema ? { keys: Object.keys(schema.properties ?? {}).join(",") } : {}),
  };
}

/** The first edition gives the words; query names and body keys are those of any edition. */
function united(old: Row | undefined, next: Row): Row {
  if (!old) return next;
  const names = (a: string | undefined, b: string | undefined): string =>
    [...new Set([a, b].flatMap((list) => (list ? list.split(",") : [])))].sort().join(",");
  const query = names(old.query, next.query);
  const keys = names(old.keys, next.keys);
  const body = old.body ?? next.body;
  return {
    method: old.method,
    path: old.path,
    id: old.id,
    effect: old.effect,
    title: old.title,
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    ...(keys ? { keys } : {}),
  };
}

function kindOf(description: Description, parameter: Parameter): "" | "integer" | "segments" {
  if (parameter["x-multi-segment"]) return "segments";
  return schemaOf(description, parameter.schema)?.type === "integer" ? "integer" : "";
}

function isArray(description: Description, schema: Schema | undefined): boolean {
  const found = schemaOf(description, schema);
  return (
    found?.type === "array" ||
    [...(found?.oneOf ?? []), ...(found?.anyOf ?? [])].some((one) => one.type === "array")
  );
}

function bodyKind(type: string): "json" | "text" | "binary" {
  if (type.includes("json")) return "json";
  return type.startsWith("text/") ? "text" : "binary";
}

function resolved(description: Description, parameter: Parameter): Parameter {
  if (parameter.$ref === undefined) return parameter;
  const found = description.components?.parameters?.[parameter.$ref.split("/").at(-1) ?? ""];
  if (!found) throw new Error(`${parameter.$ref} is not in the description`);
  return found;
}

function schemaOf(description: Description, schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref === undefined) return schema;
  return description.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined)
    throw new Error("name the folder that holds api.github.com.json and its neighbours");
  const room = join(import.meta.dirname, "../lambda/classify");
  const descriptions = editions.map(
    (edition) => JSON.parse(readFileSync(join(folder, `${edition}.json`), "utf8")) as Description,
  );
  const handMade = JSON.parse(readFileSync(join(room, "effects.json"), "utf8")) as HandMade;
  const rows = operationTable(descriptions, handMade);
  const lines = rows.map((one) => JSON.stringify(one)).join(",\n");
  writeFileSync(join(room, "operations.generated.json"), `[\n${lines}\n]\n`);
  process.stdout.write(`${rows.length} operations\n`);
}
