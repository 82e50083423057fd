// Turns a company token's claims into a person: the subject is who they are, the rest is for display and rules.
import type { Person } from "../model/caller.ts";
import type { IssuerConfig } from "../model/config.ts";

export type Claims = Readonly<Record<string, unknown>>;

const maxTeams = 500;
const maxTextLength = 200;

/**
 * Identity is issuer and `sub`. E-mail and user names change hands and are never compared. Missing groups mean no
 * teams: an issuer that only points to them (`_claim_names`, more than 200 groups) gives none.
 */
export function personFrom(claims: Claims, sub: string, issuer: IssuerConfig): Person {
  const subject = `${issuer.issuer}#${sub}`;
  const name = text(claims.name);
  const email = claims.email_verified === false ? undefined : text(claims.email);
  return {
    subject,
    person: subject,
    login: loginFrom(claims[issuer.loginClaim]) || loginFrom(sub) || "unnamed",
    ...(name === undefined ? {} : { name }),
    ...(email === undefined ? {} : { email }),
    teams: all(teamsFrom(claims[issuer.teamsClaim], issuer.teams), teamsOf(sub, issuer)),
  };
}

/** By `sub`, which an issuer gives once and to one person. */
function teamsOf(sub: string, { people = {} }: IssuerConfig): readonly string[] {
  return Object.hasOwn(people, sub) ? (people[sub] ?? []) : [];
}

function all(claimed: readonly string[], configured: readonly string[]): readonly string[] {
  return [...new Set([...claimed, ...configured])].sort().slice(0, maxTeams);
}

function loginFrom(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 64).replace(/[^A-Za-z0-9._@-]/g, "-") : "";
}

function teamsFrom(value: unknown, names: Readonly<Record<string, string>> | undefined): readonly string[] {
  const groups = (Array.isArray(value) ? value : [value]).filter((group) => typeof group === "string");
  const teams = groups.flatMap((group) => {
    if (names === undefined) return /^[\x20-\x7e]{1,100}$/.test(group) ? [group] : [];
    // With a mapping only mapped groups count: anyone may be able to create a group of any name.
    const team = Object.hasOwn(names, group) ? names[group] : undefined;
    return team === undefined ? [] : [team];
  });
  return teams;
}

/** Display text without control, format and bidirectional characters. */
function text(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const clean = value
    .slice(0, maxTextLength)
    .replace(/[\p{C}\u2028\u2029]/gu, "")
    .trim();
  return clean === "" ? undefined : clean;
}
