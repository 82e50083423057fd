// Reads the policy folder: three files, all needed, and no other that a reader might believe to be in force.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolicyError } from "./policy-error.ts";

export interface PolicyText {
  /** How messages name the file: `policies/approvals.cedar`. */
  readonly name: string;
  readonly text: string;
}

export interface PolicySource {
  readonly schema: PolicyText;
  readonly guardrails: PolicyText;
  readonly approvals: PolicyText;
}

const files = {
  schema: "schema.cedarschema",
  guardrails: "guardrails.cedar",
  approvals: "approvals.cedar",
} as const;

/** `shownAs` is how messages name the folder. Throws PolicyError when a file is missing, unreadable, or one too many. */
export async function readPolicies(folder: string, shownAs = folder): Promise<PolicySource> {
  const known: readonly string[] = Object.values(files);
  const found = await readdir(folder).catch((cause: unknown) => {
    throw new PolicyError([`${shownAs}: the folder could not be read (${messageOf(cause)}).`]);
  });
  const strangers = found.filter((name) => /\.cedar(schema)?$/i.test(name) && !known.includes(name));
  if (strangers.length > 0)
    throw new PolicyError(
      strangers.map(
        (name) =>
          `${join(shownAs, name)}: this file would not be read. Policies live in ${known.join(", ")} only.`,
      ),
    );
  return {
    schema: await read(folder, shownAs, files.schema),
    guardrails: await read(folder, shownAs, files.guardrails),
    approvals: await read(folder, shownAs, files.approvals),
  };
}

async function read(folder: string, shownAs: string, file: string): Promise<PolicyText> {
  const name = join(shownAs, file);
  try {
    // A byte that is not UTF-8 must not turn into a character that a rule was not written with.
    return {
      name,
      text: new TextDecoder("utf-8", { fatal: true }).decode(await readFile(join(folder, file))),
    };
  } catch (cause) {
    throw new PolicyError([`${name}: the file could not be read (${messageOf(cause)}).`]);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
