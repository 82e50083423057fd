// What a deployment is asked to be: `gatehouse.deploy.json`, typed, checked, every problem named at once.
import * as z from "zod";
import { ConfigError, parseConfig, type Config } from "../lambda/model/config.ts";

const hostName = z
  .string()
  .max(200)
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a lower-case host name such as gw.example.com");

const certificateArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, "the ARN of an ACM certificate");

const signingKey = z.strictObject({
  /** Part of the key's alias; never reuse one. */
  name: z
    .string()
    .max(32)
    .regex(/^[a-z0-9-]+$/, "lower-case letters, digits and hyphens only"),
  /** The day it was made: the alarm on its age counts from here. */
  since: z.iso.date(),
});

export const deploySchema = z.strictObject({
  stackName: z
    .string()
    .max(40)
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "letters, digits and hyphens, a letter first")
    .default("Gatehouse"),
  /** Both or none; none takes the account and region of the credentials that deploy. */
  account: z
    .string()
    .regex(/^\d{12}$/, "12 digits")
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1")
    .optional(),
  domain: z
    .strictObject({
      /** The gateway's host; `*.name` and `console.name` come with it. */
      name: hostName,
      /** Covers the name and `*.name`. Not needed with `zone`: one is made and validated by DNS. */
      certificateArn: certificateArn.optional(),
      /** A public Route 53 zone that the records go into; without one you set them yourself. */
      zone: z.strictObject({ id: z.string().regex(/^Z[A-Z0-9]+$/), name: hostName }).optional(),
    })
    .refine((domain) => domain.certificateArn !== undefined || domain.zone !== undefined, {
      message: "needs certificateArn, or zone so that a certificate can be made",
    })
    .optional(),
  archive: z
    .strictObject({
      /** How long nobody can delete a record, days. */
      retentionDays: z.number().int().min(1).max(36_500).default(365),
      /** "compliance" binds the root user too, and cannot be taken back. */
      mode: z.enum(["governance", "compliance"]).default("governance"),
    })
    .prefault({}),
  /** A bucket of another account that gets a copy of everything in the archive. */
  logArchive: z
    .strictObject({
      account: z.string().regex(/^\d{12}$/, "twelve digits"),
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name"),
      /** The key there that encrypts the copies. */
      keyArn: z.string().regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, "a KMS key's ARN"),
    })
    .optional(),
  /** The first signs, all are published. Rotate by adding one, then moving it to the front, then dropping the old one. */
  signingKeys: z
    .array(signingKey)
    .min(1)
    .max(4)
    .refine((keys) => new Set(keys.map(({ name }) => name)).size === keys.length, {
      message: "names are unique",
    }),
  /** The day the token at GitHub was made: the alarm on its age counts from here. */
  connector: z.strictObject({ since: z.iso.date() }),
  alarms: z
    .strictObject({
      email: z.array(z.email()).default([]),
      /** When signing keys and the connector's token count as old. */
      keyAgeDays: z.number().int().min(1).max(3_650).default(180),
    })
    .prefault({}),
  /** API Gateway writes access logs through one role of the whole account and region: "create" makes it. */
  apiGatewayLogRole: z.enum(["create", "exists"]).default("exists"),
  /** How many requests run at once. Each waiting push takes one for up to 14 minutes. */
  concurrency: z
    .strictObject({
      gateway: z.number().int().min(1).max(10_000).default(200),
      console: z.number().int().min(1).max(1_000).default(20),
    })
    .prefault({}),
  logRetentionDays: z.literal([30, 90, 180, 365, 731]).default(90),
  /** Folder with the three policy files. */
  policies: z.string().min(1).default("policies"),
  /** Attach AWS WAF with the managed rules to the gateway. */
  hasFirewall: z.boolean().default(false),
  /** Run the functions in a VPC that has a way to GitHub and to AWS's services. */
  vpc: z
    .strictObject({
      id: z.string().regex(/^vpc-[0-9a-f]+$/, "a VPC id"),
      /** Private ones, in different zones, with a route to the internet through a NAT gateway. */
      subnets: z
        .array(z.string().regex(/^subnet-[0-9a-f]+$/, "a subnet id"))
        .min(2)
        .max(6),
    })
    .optional(),
  /** The gateway's own configuration (README, "Policies"), without what the deployment knows itself. */
  gatehouse: z.record(z.string(), z.unknown()),
});

type Parsed = z.output<typeof deploySchema>;

export interface DeployConfig extends Omit<Parsed, "gatehouse"> {
  /** Complete, except that both URLs are placeholders when there is no domain. */
  readonly gatehouse: Config;
}

/** Stands in the bundle when only the deployment can know the address; the functions' environment says the real one. */
export const unknownUrls = {
  gateway: "https://gateway.invalid",
  console: "https://console.invalid",
} as const;

/** Parses what was read from `source` (a file name, for the message). Throws ConfigError. */
export function parseDeployConfig(source: string, value: unknown): DeployConfig {
  const parsed = deploySchema.safeParse(value);
  if (!parsed.success)
    throw new ConfigError(
      source,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top level)"}: ${issue.message}`),
    );
  const problems = contradictions(parsed.data);
  if (problems.length > 0) throw new ConfigError(source, problems);
  return { ...parsed.data, gatehouse: gatewayConfig(source, parsed.data) };
}

function contradictions({ account, region, gatehouse, domain, logArchive }: Parsed): string[] {
  const problems: string[] = [];
  if (logArchive !== undefined && !logArchive.keyArn.includes(`:${logArchive.account}:`))
    problems.push(`logArchive.keyArn: is not a key of the account ${logArchive.account}`);
  if (logArchive !== undefined && logArchive.account === account)
    problems.push("logArchive.account: is the gateway's own; a copy there protects from nothing");
  if ((account === undefined) !== (region === undefined))
    problems.push("account: give account and region both, or neither");
  for (const key of ["gateway", "isSandbox", "policies"])
    if (key in gatehouse)
      problems.push(`gatehouse.${key}: not allowed here; the deployment sets it. Remove it.`);
  const console: unknown = gatehouse.console;
  if (typeof console === "object" && console !== null)
    for (const [key, instead] of [
      ["url", "the deployment sets it. Remove it."],
      ["clientSecret", "a secret in a file ends up in the bundle. Put it into the connector secret."],
    ] as const)
      if (key in console) problems.push(`gatehouse.console.${key}: not allowed here; ${instead}`);
  const notices: unknown = gatehouse.notices;
  if (typeof notices === "object" && notices !== null && "smtp" in notices)
    problems.push("gatehouse.notices.smtp: not allowed here; on AWS e-mail goes through SES. Remove it.");
  if (domain?.zone !== undefined && !`.${domain.name}`.endsWith(`.${domain.zone.name}`))
    problems.push(`domain.zone.name: ${domain.zone.name} does not contain ${domain.name}`);
  return problems;
}

const github = {
  api: "https://api.github.com",
  git: "https://github.com",
  uploads: "https://uploads.github.com",
  raw: "https://raw.githubusercontent.com",
  capi: "https://api.githubcopilot.com",
  mcp: "https://api.githubcopilot.com/mcp",
};

function gatewayConfig(source: string, { gatehouse, domain }: Parsed): Config {
  const urls =
    domain === undefined
      ? unknownUrls
      : { gateway: `https://${domain.name}`, console: `https://console.${domain.name}` };
  return parseConfig(`gatehouse in ${source}`, {
    upstream: github,
    ...gatehouse,
    gateway: { url: urls.gateway },
    console: { ...(gatehouse.console as object | undefined), url: urls.console },
    policies: "policies",
  });
}
