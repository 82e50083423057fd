// Tokens that the sandbox's App gives out: for its installation, and for people who authorised it. They survive a restart.
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import * as z from "zod";

const accessMs = 8 * 60 * 60_000;
const refreshMs = 184 * 24 * 60 * 60_000;
const installationMs = 60 * 60_000;

const grant = z.object({
  login: z.string(),
  access: z.string(),
  accessUntilMs: z.number(),
  refresh: z.string(),
  refreshUntilMs: z.number(),
});
const kept = z.object({ people: z.array(grant), installation: z.record(z.string(), z.number()) });

export type Grant = z.infer<typeof grant>;

export class Grants {
  readonly #file: string;
  readonly #clock: () => number;
  #kept: z.infer<typeof kept>;

  constructor(file: string, clock: () => number) {
    this.#file = file;
    this.#clock = clock;
    this.#kept = read(file);
  }

  /** Of an installation; whose permissions it has is not imitated. */
  installationToken(): { token: string; expires_at: string } {
    const token = fresh("ghs");
    const untilMs = this.#clock() + installationMs;
    this.#kept.installation[token] = untilMs;
    this.#save();
    return { token, expires_at: new Date(untilMs).toISOString() };
  }

  begin(login: string): Grant {
    const begun = this.#tokens(login);
    this.#kept.people.push(begun);
    this.#save();
    return begun;
  }

  /** The old pair ends at once. */
  refresh(refreshToken: string): Grant | undefined {
    const at = this.#kept.people.findIndex(
      ({ refresh, refreshUntilMs }) => refresh === refreshToken && refreshUntilMs > this.#clock(),
    );
    const old = this.#kept.people[at];
    if (old === undefined) return undefined;
    const next = this.#tokens(old.login);
    this.#kept.people[at] = next;
    this.#save();
    return next;
  }

  /** One token, or all of its person. */
  end(accessToken: string, what: "token" | "grant"): boolean {
    const login = this.#kept.people.find(({ access }) => access === accessToken)?.login;
    this.#kept.people = this.#kept.people.filter((one) =>
      what === "grant" ? one.login !== login : one.access !== accessToken,
    );
    this.#save();
    return login !== undefined;
  }

  /** Whose token it is: a person's login, or the installation's. */
  whose(token: string): { readonly login?: string } | undefined {
    const now = this.#clock();
    const login = this.#kept.people.find((one) => one.access === token && one.accessUntilMs > now)?.login;
    if (login !== undefined) return { login };
    return (this.#kept.installation[token] ?? 0) > now ? {} : undefined;
  }

  /** What a person does in their settings at GitHub. */
  revoke(login: string): void {
    this.#kept.people = this.#kept.people.filter((one) => one.login !== login);
    this.#save();
  }

  #tokens(login: string): Grant {
    const now = this.#clock();
    return {
      login,
      access: fresh("ghu"),
      accessUntilMs: now + accessMs,
      refresh: fresh("ghr"),
      refreshUntilMs: now + refreshMs,
    };
  }

  #save(): void {
    writeFileSync(this.#file, JSON.stringify(this.#kept), { mode: 0o600 });
  }
}

function fresh(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString("hex")}`;
}

function read(file: string): z.infer<typeof kept> {
  try {
    return kept.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return { people: [], installation: {} };
  }
}
