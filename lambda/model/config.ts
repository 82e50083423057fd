// The one configuration file, its schema and its messages.
import * as z from "zod";
import { noticesSchema, secretName } from "./notice-config.ts";

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));
const glob = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9._*/-]+$/, "letters, digits, . _ - / and * only");
const team = z.string().min(1).max(100);

const issuer = z.strictObject({
  /** The `iss` claim, compared exactly. */
  issuer: z.url(),
  /** Where the keys are; default: OIDC discovery. */
  jwksUri: z.url().optional(),
  /** `aud` must be exactly this. */
  audience: z.string().min(1),
  /** Client ids that may ask for tokens (`azp` or `client_id`); empty: any. */
  clients: z.array(z.string()).default([]),
  loginClaim: z.string().default("preferred_username"),
  teamsClaim: z.string().default("groups"),
  /** Maps what the issuer calls a group (often an id) to a team of the policies. Without it names are taken as they are. */
  teams: z.record(z.string(), team).optional(),
  /** Teams by `sub`, besides those of the claim: the first reviewers, and people of an issuer without groups. */
  people: z.record(z.string().min(1), z.array(team).max(50)).optional(),
});

export const configSchema = z.strictObject({
  upstream: z.strictObject({
    api: url,
    git: url,
    uploads: url.optional(),
    raw: url.optional(),
    capi: url.optional(),
    mcp: url.optional(),
    /** Hosts whose redirects a read may follow, without credentials. */
    redirectHosts: z.array(z.string()).default([]),
  }),
  gateway: z.strictObject({ url }),
  console: z.strictObject({
    url,
    /** OIDC client for the console's sign-in; its issuer is one of `issuers`. */
    issuer: z.url(),
    clientId: z.string().min(1),
    clientSecret: z.string().optional(),
  }),
  issuers: z.array(issuer).min(1),
  /** Who may read and write which repositories. The first matching line of each repository counts. */
  access: z
    .array(z.strictObject({ repository: glob, readers: z.array(team), writers: z.array(team) }))
    .default([]),
  /** Teams that may read everything in an organisation, and so may use operations that span repositories. */
  readMany: z.record(z.string(), z.array(team)).default({}),
  /** Protected besides what GitHub says; the default branch always is. */
  protectedBranches: z.array(z.strictObject({ repository: glob, branches: z.array(glob) })).default([]),
  /** Reviewer and security roles at the console. */
  roles: z
    .strictObject({ auditors: z.array(team).default([]), stoppers: z.array(team).default([]) })
    .prefault({}),
  hold: z
    .strictObject({
      /** How long a REST answer waits before it becomes 409, milliseconds. */
      restWaitMs: z.number().int().min(0).max(600_000).default(25_000),
      /** How long an MCP tool call waits that is not told of progress, milliseconds. Copilot gives up after 180 s. */
      mcpWaitMs: z.number().int().min(0).max(600_000).default(150_000),
      /** How long a connection of a waiting push, or of a tool call that is told of progress, stays open, milliseconds. */
      pushWaitMs: z.number().int().min(1_000).max(86_400_000).default(3_600_000),
      perCaller: z.number().int().min(1).max(1000).default(20),
    })
    .prefault({}),
  notices: noticesSchema.prefault({}),
  events: z
    .strictObject({
      /** Whether verdicts that let a request through are events too: one for each call. */
      allowed: z.boolean().default(false),
    })
    .prefault({}),
  hooks: z
    .strictObject({
      /** Name of the secret that GitHub signs its webhooks with; without it none are taken. */
      githubSecretName: secretName.optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      jsonBytes: z
        .number()
        .int()
        .min(1024)
        .default(8 * 1024 * 1024),
      /** Of a call to a model: a prompt carries whole files. */
      promptBytes: z
        .number()
        .int()
        .min(1024)
        .default(16 * 1024 * 1024),
      packBytes: z
        .number()
        .int()
        .min(1024)
        .default(2 * 1024 * 1024 * 1024),
      packObjects: z.number().int().min(1).default(500_000),
      pushCommands: z.number().int().min(1).default(1_000),
      recordedBodyBytes: z
        .number()
        .int()
        .min(0)
        .default(4 * 1024 * 1024),
      upstreamHeadersMs: z.number().int().min(100).default(60_000),
      upstreamIdleMs: z.number().int().min(100).default(120_000),
    })
    .prefault({}),
  /** Folder with guardrails.cedar, approvals.cedar and schema.cedarschema. */
  policies: z.string().default("policies"),
  isSandbox: z.boolean().default(false),
});

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type IssuerConfig = Config["issuers"][number];

/** Every problem in one message: key, value, what is allowed. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[]) {
    super(`${source} was not accepted:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Parses what was read from `source` (a file name, for the message). Throws ConfigError. */
export function parseConfig(source: string, value: unknown): Config {
  const parsed = configSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    source,
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top level)"}: ${issue.message}`),
  );
}
