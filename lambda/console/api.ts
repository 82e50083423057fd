// The reviewer API: every call of it, one line each in the table at the top.
import { GateError } from "../model/errors.ts";
import type { Answer, GatewayRequest } from "../model/http.ts";
import type { PlanState } from "../model/plan.ts";
import type { SessionFilter } from "../model/ports.ts";
import { json, recordedBody } from "./answers.ts";
import { decisionBody, draftBody, emptyBody, linkBody, readJson, revealBody, stopBody } from "./body.ts";
import type { Desk, PageRequest, SignedIn } from "./desk.ts";
import { parseId, parseLimit } from "./target.ts";

interface Call {
  readonly desk: Desk;
  readonly who: SignedIn;
  readonly request: GatewayRequest;
  /** What stands in the path where the table says `{id}`. */
  readonly id: string;
  readonly query: ReadonlyMap<string, string>;
}

interface ApiRoute {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: readonly string[];
  readonly answer: (call: Call) => Promise<Answer>;
}

const pageQuery = ["limit", "after"];
const sessionQuery = ["user", "repository", "day", "decision", ...pageQuery];

export const apiRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "me", answer: async ({ desk, who }) => json(await desk.me(who)) },
  { method: "GET", path: "sessions", query: sessionQuery, answer: sessions },
  { method: "GET", path: "sessions/{id}", query: pageQuery, answer: session },
  { method: "POST", path: "sessions/{id}/stop", answer: stop },
  {
    method: "GET",
    path: "entries/{id}",
    answer: async ({ desk, who, id }) => json(await desk.entry(who, id)),
  },
  {
    method: "GET",
    path: "entries/{id}/explanation",
    answer: async ({ desk, who, id }) => json(await desk.explanation(who, id)),
  },
  { method: "GET", path: "blame", query: ["repository", "commit"], answer: blame },
  { method: "GET", path: "entries/{id}/request", query: ["download"], answer: body("request") },
  { method: "GET", path: "entries/{id}/response", query: ["download"], answer: body("response") },
  { method: "GET", path: "entries/{id}/change", query: ["download"], answer: body("change") },
  { method: "GET", path: "approvals", query: ["state", ...pageQuery], answer: approvals },
  {
    method: "GET",
    path: "approvals/{id}",
    answer: async ({ desk, who, id }) => json(await desk.approval(who, id)),
  },
  { method: "POST", path: "explain", answer: explain },
  { method: "POST", path: "approvals/{id}/decision", answer: decide },
  { method: "POST", path: "approvals/{id}/reveal", answer: reveal },
  { method: "POST", path: "approvals/{id}/withdraw", answer: withdraw },
  { method: "GET", path: "link", answer: async ({ desk, who }) => json(await desk.link(who)) },
  { method: "POST", path: "link/start", answer: startLink },
  { method: "POST", path: "link/finish", answer: finishLink },
  { method: "POST", path: "link/unlink", answer: unlink },
  {
    method: "GET",
    path: "inbox",
    query: pageQuery,
    answer: async ({ desk, who, query }) => json(await desk.inbox(who, pageOf(query, 50, 100))),
  },
];

export interface FoundRoute {
  readonly id: string;
  readonly route: ApiRoute | undefined;
  /** Methods that this path takes. */
  readonly methods: readonly string[];
}

/** `segments` are those after `/_gatehouse/api`. */
export function findApiRoute(method: string, segments: readonly string[]): FoundRoute | undefined {
  const literal = apiRoutes.filter((route) => route.path === segments.join("/"));
  if (literal.length > 0) return found(literal, method, "");
  const [noun, id, ...rest] = segments;
  const template = [noun, ...(id === undefined ? [] : ["{id}"]), ...rest].join("/");
  const matching = apiRoutes.filter((route) => route.path === template);
  if (matching.length === 0) return undefined;
  return found(matching, method, id === undefined ? "" : parseId(id, nounOf(noun)));
}

function found(matching: readonly ApiRoute[], method: string, id: string): FoundRoute {
  return {
    id,
    route: matching.find((route) => route.method === method),
    methods: matching.map((route) => route.method),
  };
}

function nounOf(noun: string | undefined): string {
  return noun === "sessions" ? "session" : noun === "approvals" ? "approval" : "entry";
}

function pageOf(query: ReadonlyMap<string, string>, usual: number, most: number): PageRequest {
  const limit = parseLimit(query.get("limit"), usual, most);
  const after = query.get("after");
  if (after !== undefined && !/^[\x21-\x7e]{1,512}$/.test(after)) {
    throw new GateError("GH_BAD_QUERY", { why: "after must be what `next` said" });
  }
  return after === undefined ? { limit } : { limit, after };
}

async function sessions({ desk, who, query }: Call): Promise<Answer> {
  return json(await desk.sessions(who, sessionFilter(query), pageOf(query, 50, 200)));
}

function sessionFilter(query: ReadonlyMap<string, string>): SessionFilter {
  const user = text(query, "user");
  const repository = text(query, "repository");
  const day = query.get("day");
  const decision = query.get("decision");
  if (day !== undefined && !isDay(day)) {
    throw new GateError("GH_BAD_QUERY", { why: "day must be a date like 2026-01-31" });
  }
  if (decision !== undefined && decision !== "allow" && decision !== "hold" && decision !== "deny") {
    throw new GateError("GH_BAD_QUERY", { why: "decision must be allow, hold or deny" });
  }
  return {
    ...(user === undefined ? {} : { user }),
    ...(repository === undefined ? {} : { repository }),
    ...(day === undefined ? {} : { day }),
    ...(decision === undefined ? {} : { decision }),
  };
}

function text(query: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = query.get(name);
  if (value === undefined) return undefined;
  if (/^[^\p{Cc}]{1,200}$/u.test(value)) return value;
  throw new GateError("GH_BAD_QUERY", { why: `${name} must be 1 to 200 plain characters` });
}

function isDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return false;
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

async function session({ desk, who, id, query }: Call): Promise<Answer> {
  return json(await desk.session(who, id, pageOf(query, 200, 500)));
}

async function stop({ desk, who, id, request }: Call): Promise<Answer> {
  const { reason } = await readJson(request, stopBody);
  await desk.stop(who, id, reason);
  return json({ session: id, isStopped: true });
}

function body(which: "request" | "response" | "change"): ApiRoute["answer"] {
  return async ({ desk, who, id, query }) => {
    const download = query.get("download");
    if (download !== undefined && download !== "1") {
      throw new GateError("GH_BAD_QUERY", { why: "download must be 1" });
    }
    const found = await desk.body(who, id, which);
    if (found === undefined) throw new GateError("GH_NOT_FOUND", { what: `recorded ${which}` });
    return recordedBody(found, `${id}-${which}`, download === "1");
  };
}

/** Every state; the type makes a forgotten one a compile error. */
const planStates: Readonly<Record<PlanState, true>> = {
  pending: true,
  approved: true,
  executing: true,
  done: true,
  failed: true,
  unknown: true,
  denied: true,
  expired: true,
  withdrawn: true,
  superseded: true,
  void: true,
};

function isPlanState(text: string): text is PlanState {
  return Object.hasOwn(planStates, text);
}

async function approvals({ desk, who, query }: Call): Promise<Answer> {
  const wanted = query.get("state")?.split(",");
  const states = wanted?.filter(isPlanState);
  if (states?.length !== wanted?.length) {
    throw new GateError("GH_BAD_QUERY", { why: `state must be of ${Object.keys(planStates).join(", ")}` });
  }
  return json(await desk.approvals(who, states, pageOf(query, 50, 200)));
}

async function decide({ desk, who, id, request }: Call): Promise<Answer> {
  return json(await desk.decide(who, id, await readJson(request, decisionBody)));
}

async function reveal({ desk, who, id, request }: Call): Promise<Answer> {
  const { path, ref, line, reason } = await readJson(request, revealBody);
  const named = {
    ...(path === undefined ? {} : { path }),
    ...(ref === undefined ? {} : { ref }),
    ...(line === undefined ? {} : { line }),
  };
  return json(await desk.reveal(who, id, { ...named, reason }));
}

async function explain({ desk, who, request }: Call): Promise<Answer> {
  return json(await desk.explain(who, await readJson(request, draftBody)));
}

async function blame({ desk, who, query }: Call): Promise<Answer> {
  const repository = query.get("repository") ?? "";
  const commit = query.get("commit") ?? "";
  if (!/^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/.test(repository))
    throw new GateError("GH_BAD_QUERY", { why: "repository must be owner/name" });
  if (!/^[0-9a-f]{7,40}$/i.test(commit))
    throw new GateError("GH_BAD_QUERY", { why: "commit must be 7 to 40 hex digits of its id" });
  return json(await desk.blame(who, repository, commit.toLowerCase()));
}

async function withdraw({ desk, who, id, request }: Call): Promise<Answer> {
  await readJson(request, emptyBody);
  return json(await desk.withdraw(who, id));
}

async function startLink({ desk, who, request }: Call): Promise<Answer> {
  await readJson(request, emptyBody);
  return json(await desk.startLink(who));
}

async function finishLink({ desk, who, request }: Call): Promise<Answer> {
  return json(await desk.finishLink(who, await readJson(request, linkBody)));
}

async function unlink({ desk, who, request }: Call): Promise<Answer> {
  await readJson(request, emptyBody);
  return json(await desk.unlink(who));
}
