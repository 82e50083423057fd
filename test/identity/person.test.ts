// What becomes of a company token's claims.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { personFrom } from "../../lambda/identity/person.ts";
import { configWith, issuer } from "./fixtures.ts";

const [plainIssuer] = configWith().issuers;
if (plainIssuer === undefined) throw new Error("no issuer");
const mapped = { ...plainIssuer, teams: { "4f1c": "platform-team", "9b2e": "engineering" } };

describe("a person", () => {
  it("is never told apart by e-mail or login", () => {
    const person = personFrom(
      { email: "victim@acme.example", preferred_username: "victim" },
      "u-9",
      plainIssuer,
    );
    expect(person.subject).toBe(`${issuer}#u-9`);
    expect(person.person).toBe(`${issuer}#u-9`);
  });

  it("has no e-mail address when the issuer says that it is not verified", () => {
    const email = "victim@acme.example";
    expect(personFrom({ email, email_verified: false }, "u", plainIssuer).email).toBeUndefined();
    expect(personFrom({ email }, "u", plainIssuer).email).toBe(email);
  });

  it("has no teams when groups are missing or only pointed to", () => {
    expect(personFrom({}, "u", plainIssuer).teams).toEqual([]);
    const overage = { _claim_names: { groups: "src1" }, hasgroups: true };
    expect(personFrom(overage, "u", plainIssuer).teams).toEqual([]);
    expect(personFrom({ groups: { 0: "security-team" } }, "u", plainIssuer).teams).toEqual([]);
  });

  it("with mapped groups is in the mapped teams only, not in teams that a group is named after [AUTH-08]", () => {
    const groups = ["4f1c", "security-team", "platform-team", "__proto__", "toString", 7, null];
    expect(personFrom({ groups }, "u", mapped).teams).toEqual(["platform-team"]);
  });

  it("is also in the teams that the configuration gives to its sub, and to no other field", () => {
    const people = { "u-7": ["platform-team"] };
    const withPeople = { ...mapped, people };
    expect(personFrom({ groups: ["9b2e"] }, "u-7", withPeople).teams).toEqual([
      "engineering",
      "platform-team",
    ]);
    expect(personFrom({ preferred_username: "u-7", email: "u-7" }, "u-8", withPeople).teams).toEqual([]);
    expect(personFrom({}, "__proto__", withPeople).teams).toEqual([]);
  });

  it("is in each team once, in order", () => {
    expect(personFrom({ groups: ["b", "a", "b"] }, "u", plainIssuer).teams).toEqual(["a", "b"]);
  });

  it("has a name without direction marks and line breaks", () => {
    expect(personFrom({ name: "Al\u202eice\nB" }, "u", plainIssuer).name).toBe("AliceB");
  });

  it("has a login of harmless characters, whatever the claims say", () => {
    fc.assert(
      fc.property(fc.anything(), (login) => {
        const person = personFrom({ preferred_username: login }, "u-1", plainIssuer);
        expect(person.login).toMatch(/^[A-Za-z0-9._@-]{1,64}$/);
      }),
    );
  });
});
