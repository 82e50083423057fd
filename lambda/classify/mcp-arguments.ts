// Arguments of MCP tools that end up in a path or name a place: each must have one reading.
import { GateError } from "../model/errors.ts";
import type { Arguments } from "./mcp-tools.ts";

/** Ids of GraphQL nodes among the arguments: they may lie in another repository than the one that is named. */
export function nodeIdsIn(values: unknown): readonly string[] {
  return Object.entries((values ?? {}) as Arguments).flatMap(([key, value]) =>
    typeof value === "string" &&
    value !== "" &&
    /(?:node|thread|comment|discussion)_?id$/i.test(key) &&
    !/^\d+$/.test(value)
      ? [value]
      : [],
  );
}

/** Arguments that GitHub's server puts into a path of the REST API, some of them as they are. */
const places = [
  "path",
  "ref",
  "sha",
  "tag",
  "tree_sha",
  "base",
  "head",
  "branch",
  "from_branch",
  "workflow_id",
];
const names = [
  "gist_id",
  "org",
  "organization",
  "team_slug",
  "username",
  "user",
  "notificationID",
  "threadID",
];

/** "../../other/repo" in a path would be a request for another repository. */
export function checkPlaces(values: Arguments): void {
  for (const key of [...places, ...names]) checkPlace(key, values[key], key === "path");
  const { files } = values;
  if (files === undefined) return;
  if (!Array.isArray(files)) throw bad("files is not a list");
  for (const file of files as unknown[]) {
    const path = typeof file === "object" && file !== null ? (file as Arguments).path : undefined;
    if (typeof path !== "string" || path === "") throw bad("a file has no path");
    checkPlace("path", path, true);
  }
}

function checkPlace(key: string, value: unknown, isPath: boolean): void {
  if (typeof value === "number" && Number.isSafeInteger(value)) return;
  if (value === undefined || value === null || value === "" || (isPath && value === "/")) return;
  if (typeof value !== "string") throw bad(`${key} is not a string`);
  if (/[\\?#%\p{Cc}]/u.test(value)) throw bad(`${key} holds one of \\ ? # % or a control character`);
  const parts = value.replace(/\/$/, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".."))
    throw bad(`${key} has an empty part, or one that is . or ..`);
}

export function pathsOf({ path, files }: Arguments): readonly string[] {
  const listed = Array.isArray(files) ? (files as readonly Arguments[]).map((file) => file.path) : [];
  return [path, ...listed].filter((one): one is string => typeof one === "string" && one !== "");
}

/** Short values that say what happens; contents and messages are in the recorded body. */
const shownKeys = [
  "method",
  "path",
  "branch",
  "from_branch",
  "pullNumber",
  "issue_number",
  "ref",
  "workflow_id",
  "run_id",
  "merge_method",
  "base",
  "head",
];

export function shown(values: Arguments): Record<string, string> {
  return Object.fromEntries(
    shownKeys.flatMap((key) => {
      const value = values[key];
      return typeof value === "string" || typeof value === "number"
        ? [[key, String(value).slice(0, 1_024)]]
        : [];
    }),
  );
}

function bad(why: string): GateError {
  return new GateError("GH_BAD_BODY", { why });
}
