// The demo people of the sandbox, and what the sandbox's configuration lets their teams do.
import type { ConfigInput } from "../../lambda/model/config.ts";

export interface SandboxPerson {
  /** The `sub` claim: stable, and not the login, because programs must not confuse the two. */
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly teams: readonly string[];
  /** One line for the sign-in page. */
  readonly role: string;
}

function person(
  number: number,
  login: string,
  name: string,
  teams: readonly string[],
  role: string,
): SandboxPerson {
  return { id: `acme-${number}`, login, name, email: `${login}@acme.example`, teams, role };
}

export const people: readonly SandboxPerson[] = [
  person(1001, "alice", "Alice Arden", ["engineering"], "Engineer"),
  person(1002, "bob", "Bob Brandt", ["engineering"], "Engineer"),
  person(
    1003,
    "carol",
    "Carol Castro",
    ["engineering", "platform-team"],
    "Engineer, reviews for the platform",
  ),
  person(1004, "dave", "Dave Dahl", ["engineering", "platform-team"], "Engineer, reviews for the platform"),
  person(1005, "erin", "Erin Ekström", ["security-team"], "Security, reads every recording"),
  person(1006, "mallory", "Mallory Moss", [], "In no team"),
];

/** What a token for the gateway is addressed to. */
export const sandboxAudience = "urn:gatehouse";

const seesEverything = ["security-team", "platform-team"];

export const sandboxAccess: NonNullable<ConfigInput["access"]> = [
  { repository: "acme/vault", readers: ["security-team"], writers: ["security-team"] },
  { repository: "acme/app", readers: ["engineering", ...seesEverything], writers: ["engineering"] },
  { repository: "acme/site", readers: ["engineering", ...seesEverything], writers: ["engineering"] },
];

// The platform team reads every repository it may name, but not by calls that span the organisation: those would
// show acme/vault, which is for the security team only.
export const sandboxReadMany: NonNullable<ConfigInput["readMany"]> = { acme: ["security-team"] };

export const sandboxProtectedBranches: NonNullable<ConfigInput["protectedBranches"]> = [
  { repository: "acme/app", branches: ["main", "release/*"] },
];

/** The sandbox sends nothing: what it would send is shown on the inbox page. */
export const sandboxNotices: NonNullable<ConfigInput["notices"]> = {
  teams: {
    "platform-team": [
      { slack: { channel: "#platform-reviews" } },
      { email: { to: ["platform-team@acme.example"], from: "gatehouse@acme.example" } },
    ],
    "security-team": [
      { slack: { channel: "#security-reviews" } },
      { email: { to: ["security-team@acme.example"], from: "gatehouse@acme.example" } },
    ],
  },
};

export const sandboxRoles: NonNullable<ConfigInput["roles"]> = {
  auditors: ["security-team"],
  stoppers: seesEverything,
};
