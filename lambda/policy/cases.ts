// Cases beside the policies: what an admin expects of the rules, checked before anybody relies on them.
import * as z from "zod";
import { effects, type RefChange } from "../model/action.ts";
import type { Verdict } from "../model/verdict.ts";
import { decide } from "./decide.ts";
import type { Policies } from "./policies.ts";
import { PolicyError } from "./policy-error.ts";
import type { PolicyInput } from "./questions.ts";

const teams = z.array(z.string().min(1));

const ref = z.strictObject({
  /** "main" is short for refs/heads/main. */
  ref: z.string().min(1),
  change: z.enum(["create", "update", "delete"]).default("update"),
  force: z.enum(["yes", "no", "unknown"]).default("no"),
  isProtected: z.boolean().default(false),
});

const circumstances = {
  teams: teams.optional(),
  repository: z
    .string()
    .regex(/^[^/\s]+\/[^/\s]+$/, "owner/name")
    .nullable()
    .optional(),
  defaultBranch: z.string().optional(),
  isPrivate: z.boolean().optional(),
  readers: teams.optional(),
  writers: teams.optional(),
  readMany: z.record(z.string(), teams).optional(),
};

const policyCase = z.strictObject({
  name: z.string().min(1),
  ...circumstances,
  effect: z.enum(effects),
  operation: z.string().default("git/receive-pack"),
  surface: z.enum(["git", "rest", "graphql", "mcp", "copilot", "lfs", "uploads", "raw"]).default("git"),
  organization: z.string().optional(),
  /** Of a call to a model. */
  model: z.string().optional(),
  refs: z.array(ref).default([]),
  touchesAllBranches: z.boolean().default(false),
  touchesWorkflows: z.boolean().default(false),
  paths: z.array(z.string()).default([]),
  /** Approval rules that were lifted. */
  approved: z.array(z.string()).default([]),
  expect: z.strictObject({
    verdict: z.enum(["allow", "hold", "deny"]),
    /** All rules that decide, in any order; not compared unless given. */
    rules: z.array(z.string()).optional(),
    /** All teams that may approve. */
    reviewers: teams.optional(),
  }),
});

const casesFile = z.strictObject({
  /** What holds for every case that does not say otherwise. */
  defaults: z.strictObject(circumstances).prefault({}),
  cases: z.array(policyCase).min(1),
});

export interface PolicyCase {
  readonly name: string;
  readonly input: PolicyInput;
  readonly expected: z.output<typeof policyCase>["expect"];
}

export interface CaseResult {
  readonly name: string;
  readonly isMet: boolean;
  readonly input: PolicyInput;
  readonly verdict: Verdict;
  /** Expected and actual, one difference each. */
  readonly differences: readonly string[];
}

/** Throws PolicyError with every problem of the file. */
export function parseCases(file: string, text: string): readonly PolicyCase[] {
  const parsed = casesFile.safeParse(jsonOf(file, text));
  if (!parsed.success)
    throw new PolicyError(
      parsed.error.issues.map(
        ({ path, message }) => `${file}: ${path.join(".") || "(top level)"}: ${message}`,
      ),
    );
  const { defaults, cases } = parsed.data;
  const twice = cases.filter(({ name }, index) => cases.findIndex((one) => one.name === name) !== index);
  if (twice.length > 0)
    throw new PolicyError(twice.map(({ name }) => `${file}: the case "${name}" exists twice.`));
  return cases.map((one) => ({
    name: one.name,
    input: inputOf({ ...defaults, ...one }),
    expected: one.expect,
  }));
}

export function runCases(policies: Policies, cases: readonly PolicyCase[]): readonly CaseResult[] {
  return cases.map(({ name, input, expected }) => {
    const verdict = decide(policies, input);
    const reviewers = verdict.is === "hold" ? verdict.demands.flatMap((demand) => demand.reviewers) : [];
    const differences = [
      ...(verdict.is === expected.verdict ? [] : [`expected ${expected.verdict}, got ${verdict.is}`]),
      ...difference("rules", expected.rules, verdict.rules),
      ...difference("reviewers", expected.reviewers, reviewers),
    ];
    return { name, input, verdict, differences, isMet: differences.length === 0 };
  });
}

function difference(
  what: string,
  expected: readonly string[] | undefined,
  actual: readonly string[],
): string[] {
  if (expected === undefined) return [];
  const [wanted, got] = [expected, actual].map((names) => [...new Set(names)].sort().join(", ") || "none");
  return wanted === got ? [] : [`expected ${what} ${wanted}, got ${got}`];
}

function jsonOf(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PolicyError([`${file}: not JSON (${cause instanceof Error ? cause.message : ""}).`]);
  }
}

type Parsed = z.output<typeof policyCase>;

function inputOf(one: Parsed): PolicyInput {
  const refs = one.refs.map(({ ref: name, change, force }): RefChange => ({
    ref: name.startsWith("refs/") ? name : `refs/heads/${name}`,
    change,
    force,
  }));
  const { effect, operation, surface, organization, model } = one;
  return {
    caller: { subject: "https://issuer.example#case", teams: one.teams ?? [] },
    action: {
      effect,
      operation,
      surface,
      ...(organization === undefined ? {} : { organization }),
      ...(model === undefined ? {} : { model }),
    },
    ...repositoryOf(one),
    refs,
    protection: refs.map((change, index) => ({
      ref: change.ref,
      isProtected: one.refs[index]?.isProtected ?? true,
      isDefault: false,
      because: "the case says so",
    })),
    touchesAllBranches: one.touchesAllBranches,
    touchesWorkflows: one.touchesWorkflows,
    paths: one.paths,
    access: { readers: one.readers ?? [], writers: one.writers ?? [] },
    readMany: one.readMany ?? {},
    approvedRules: one.approved,
  };
}

function repositoryOf(one: Parsed): Pick<PolicyInput, "repository"> {
  if (one.repository === undefined || one.repository === null) return {};
  const [owner = "", name = ""] = one.repository.split("/");
  const { defaultBranch = "main", isPrivate = true } = one;
  return { repository: { id: 1, owner, name, fullName: one.repository, defaultBranch, isPrivate } };
}
