// Finds the operation that a path names: a trie of segments, literal before parameter before multi-segment parameter.
import { isGraver, operations, type Operation } from "./operations.ts";

export interface Match {
  readonly operation: Operation;
  /** Decoded path parameters; a multi-segment one holds plain slashes. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The path again, one decoded segment each: what goes upstream. */
  readonly segments: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  readonly parameters: Map<string, Node>;
  readonly multi: Map<string, Node>;
  /** By method. */
  readonly leaves: Map<string, Operation[]>;
}

/** `{base}...{head}`: GitHub's older spelling of basehead, the one parameter that is not a whole segment. */
const compareTemplate = "{base}...{head}";
const accountName = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})$/;
const repositoryName = /^(?!\.\.?$)(?!.*\.(?:git|wiki)$)[A-Za-z0-9._-]{1,100}$/i;

const root = emptyNode();
for (const operation of operations) insert(operation);

/** All templates that fit, most specific first. */
export function matches(method: string, segments: readonly string[]): Match[] {
  const found: Match[] = [];
  walk(root, method, segments, 0, [], found);
  return found;
}

/** The gravest of all that fit; among equals the most specific. HEAD is the GET of the same path. */
export function route(method: string, segments: readonly string[]): Match | undefined {
  let best: Match | undefined;
  for (const match of matches(method === "HEAD" ? "GET" : method, segments)) {
    if (!best || isGraver(match.operation.effect, best.operation.effect)) best = match;
  }
  return best;
}

/** Whether a string can be the owner (account) of a repository: ASCII, no leading dot or underscore. */
export function isAccountName(text: string): boolean {
  return accountName.test(text);
}

export function isRepositoryName(text: string): boolean {
  return repositoryName.test(text);
}

function insert(operation: Operation): void {
  let node = root;
  for (const segment of operation.path.split("/").slice(1)) {
    if (segment === "" && operation.path === "/") continue;
    const parsed = /^\{([^:}]+)(?::(integer|segments))?\}$/.exec(segment);
    if (segment === compareTemplate) node = child(node.parameters, "basehead");
    else if (!parsed) node = child(node.literals, segment);
    else if (parsed[2] === "segments") node = child(node.multi, parsed[1] ?? "");
    else node = child(node.parameters, segment.slice(1, -1));
  }
  addLeaf(node, operation);
  // The root folder has an empty path: Octokit and gh ask for `contents/`.
  if (operation.id === "repos/get-content") {
    addLeaf(nodeOf(operation.path.replace(/\/\{path:segments\}$/, "")), operation);
  }
}

function nodeOf(path: string): Node {
  let node = root;
  for (const segment of path.split("/").slice(1)) {
    node = segment.startsWith("{")
      ? child(node.parameters, segment.slice(1, -1))
      : child(node.literals, segment);
  }
  return node;
}

function addLeaf(node: Node, operation: Operation): void {
  node.leaves.set(operation.method, [...(node.leaves.get(operation.method) ?? []), operation]);
}

type Bound = readonly (readonly [name: string, value: string])[];

/** Depth is bounded by the longest template, width by 64 segments; no template has two multi-segment parameters. */
function walk(
  node: Node,
  method: string,
  segments: readonly string[],
  at: number,
  bound: Bound,
  found: Match[],
): void {
  const segment = segments[at];
  if (segment === undefined) {
    for (const operation of node.leaves.get(method) ?? []) {
      found.push({ operation, parameters: Object.fromEntries(bound), segments: flat(segments) });
    }
    return;
  }
  const literal = node.literals.get(segment);
  if (literal) walk(literal, method, segments, at + 1, bound, found);
  for (const [spec, next] of node.parameters) {
    const [name = "", kind] = spec.split(":");
    if (fits(name, kind, segment)) walk(next, method, segments, at + 1, [...bound, [name, segment]], found);
  }
  for (const [name, next] of node.multi) {
    for (let end = segments.length; end > at; end -= 1) {
      const value = segments.slice(at, end).join("/");
      walk(next, method, segments, end, [...bound, [name, value]], found);
    }
  }
}

/** `;` starts matrix parameters in some servers: only file paths and refs may hold one. */
function fits(name: string, kind: string | undefined, segment: string): boolean {
  if (segment.includes("/") || segment.includes(";")) return false;
  if (kind === "integer") return /^[0-9]{1,19}$/.test(segment);
  if (name === "owner" || name === "org") return isAccountName(segment);
  if (name === "repo") return isRepositoryName(segment);
  return true;
}

function flat(segments: readonly string[]): string[] {
  return segments.flatMap((segment) => segment.split("/"));
}

function child(map: Map<string, Node>, key: string): Node {
  const existing = map.get(key);
  if (existing) return existing;
  const made = emptyNode();
  map.set(key, made);
  return made;
}

function emptyNode(): Node {
  return { literals: new Map(), parameters: new Map(), multi: new Map(), leaves: new Map() };
}
