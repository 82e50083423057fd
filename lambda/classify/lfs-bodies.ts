// The bodies of Git LFS calls, read strictly and written anew: a key that nobody looked at does not leave.
import { GateError } from "../model/errors.ts";
import { refProblem } from "./ref-name.ts";
import { unrepeated } from "./query.ts";
import type { QueryPairs } from "./target.ts";

const maxObjects = 1_000;
const maxPath = 4_096;

type Fields = Readonly<Record<string, unknown>>;

export interface Batch {
  readonly operation: "upload" | "download";
  readonly json: { readonly objects: readonly { readonly oid: string; readonly size: number }[] };
  /** For display and for rules; LFS objects belong to no ref. */
  readonly ref: { readonly ref?: string };
}

/** Throws GH_BAD_BODY. */
export function batchOf(body: unknown): Batch {
  const { operation, transfers, objects, hash_algo: algorithm = "sha256", ref } = fieldsOf(body);
  if (operation !== "upload" && operation !== "download")
    return refuse("operation is neither upload nor download");
  // The other ways of transfer would go around the gateway.
  if (transfers !== undefined && !(Array.isArray(transfers) && transfers.includes("basic")))
    refuse("transfers does not offer basic, the one way that is served here");
  if (algorithm !== "sha256") refuse("hash_algo is not sha256");
  if (!Array.isArray(objects)) return refuse("objects is not a list");
  if (objects.length > maxObjects) refuse(`it names more than ${maxObjects} files`);
  const files = objects.map((one: unknown) => {
    const { oid, size } = fieldsOf(one);
    if (typeof oid !== "string" || !/^[0-9a-f]{64}$/.test(oid))
      return refuse("an oid is not a SHA-256 of 64 lower-case hex digits");
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0 || size > 99_999_999_999_999)
      return refuse("a size is not a number of bytes");
    return { oid, size };
  });
  const named = refOf(ref);
  const json = { operation, transfers: ["basic"], ...named.json, objects: files, hash_algo: "sha256" };
  return { operation, json, ref: named.parameters };
}

export function lockOf(body: unknown): { json: unknown; parameters: Readonly<Record<string, string>> } {
  const { path, ref } = fieldsOf(body);
  if (typeof path !== "string" || path === "" || path.length > maxPath || /\p{Cc}/u.test(path))
    return refuse("path is not the path of a file");
  const { json, parameters } = refOf(ref);
  return { json: { path, ...json }, parameters: { path, ...parameters } };
}

export function lockVerificationOf(body: unknown): unknown {
  const { cursor, limit, ref } = body === undefined ? {} : fieldsOf(body);
  if (cursor !== undefined && (typeof cursor !== "string" || cursor.length > 500))
    refuse("cursor is not a short text");
  if (limit !== undefined && !(typeof limit === "number" && Number.isSafeInteger(limit) && limit >= 0))
    refuse("limit is not a count");
  return {
    ...(cursor === undefined ? {} : { cursor }),
    ...(limit === undefined ? {} : { limit }),
    ...refOf(ref).json,
  };
}

export function unlockOf(body: unknown): { json: unknown; isForced: boolean } {
  const { force = false, ref } = body === undefined ? {} : fieldsOf(body);
  if (typeof force !== "boolean") return refuse("force is neither true nor false");
  return { json: { force, ...refOf(ref).json }, isForced: force };
}

const lockParameters = new Set(["path", "id", "cursor", "limit", "refspec"]);

/** Throws GH_BAD_QUERY. */
export function lockQuery(query: QueryPairs): QueryPairs {
  for (const [name] of query)
    if (!lockParameters.has(name))
      throw new GateError("GH_BAD_QUERY", { why: `Git LFS describes no parameter ${name} for locks` });
  return unrepeated(query);
}

function refOf(ref: unknown): { json: Fields; parameters: { ref?: string } } {
  if (ref === undefined || ref === null) return { json: {}, parameters: {} };
  const { name } = fieldsOf(ref);
  if (typeof name !== "string") return refuse("ref has no name");
  const problem = refProblem(name);
  if (problem !== undefined) return refuse(problem);
  return { json: { ref: { name } }, parameters: { ref: name } };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  return refuse("it does not have the form that Git LFS describes");
}

function refuse(why: string): never {
  throw new GateError("GH_BAD_BODY", { why });
}
