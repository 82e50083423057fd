// How a request shows its token, what a session token is worth and where, and what stops it.
import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { challenge } from "../../lambda/identity/challenge.ts";
import { shownCredential } from "../../lambda/identity/credential.ts";
import type { Person } from "../../lambda/model/caller.ts";
import { GateError } from "../../lambda/model/errors.ts";
import type { HeaderList } from "../../lambda/model/http.ts";
import {
  bearer,
  claimsWith,
  type Company,
  configWith,
  gateway,
  issuer,
  newCompany,
  newKey,
  nowSeconds,
  refusal,
  requestWith,
  signed,
} from "./fixtures.ts";

const alice: Person = {
  subject: `${issuer}#u-1001`,
  person: `${issuer}#u-1001`,
  login: "alice",
  teams: ["engineering"],
};
const hour = 3_600_000;

let company: Company;
let token: string;

beforeEach(async () => {
  company = await newCompany([]);
  token = await mint();
});

function mint(changes: Partial<Parameters<Company["identity"]["mint"]>[0]> = {}): Promise<string> {
  return company.identity.mint({
    person: alice,
    session: "ses_one",
    client: "copilot",
    audience: "road",
    expiresInMs: 8 * hour,
    ...changes,
  });
}

const identify = (headers: HeaderList) => company.identity.identify(requestWith(headers));
const basic = (user: string, password: string): HeaderList => [
  ["authorization", `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`],
];

describe("a credential", () => {
  it.each(["Bearer", "bearer", "BEARER", "token", "Token"])(
    "is taken after the scheme %s",
    async (scheme) => {
      expect(await identify([["Authorization", `${scheme} ${token}`]])).toMatchObject({ session: "ses_one" });
    },
  );

  it("is taken from the password of Basic, whatever the user name", async () => {
    for (const user of ["alice", "x-access-token", "", "gho_looks-like-one"]) {
      expect(await identify(basic(user, token))).toMatchObject({ login: "alice" });
    }
  });

  it("is taken from the user name of Basic when the password is empty or says x-oauth-basic", async () => {
    for (const password of ["", "x-oauth-basic"]) {
      expect(await identify(basic(token, password))).toMatchObject({ login: "alice" });
    }
  });

  it("has no authority over the session: a session in the user name is a label", async () => {
    const caller = await identify(basic("copilot-session.other", token));
    expect(caller.session).toBe("ses_one");
    expect(caller.claimedLabels).toEqual({ session: "other" });
  });

  it.each<[string, HeaderList]>([
    [
      "two fields",
      [
        ["Authorization", "Bearer a"],
        ["Authorization", "Bearer b"],
      ],
    ],
    [
      "two fields in different case",
      [
        ["Authorization", "Bearer a"],
        ["authorization", "Bearer a"],
      ],
    ],
    [
      "an empty second field",
      [
        ["Authorization", "Bearer a"],
        ["AUTHORIZATION", ""],
      ],
    ],
  ])("in %s is refused as ambiguous", async (_name, headers) => {
    expect((await refusal(identify(headers))).code).toBe("GH_BAD_HEADERS");
  });

  it.each([
    "Bearer  x",
    "Bearer\tx",
    "Bearer x, Basic y",
    "Bearer x y",
    " Bearer x",
    "Bearer x ",
    "Bearerx",
    "Negotiate x",
    "",
    "Bearer é",
  ])("written as %j is refused", async (value) => {
    expect((await refusal(identify([["Authorization", value]]))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it.each(["Basic !!!", "Basic YWJj", "Basic YTpi=", "Basic /zp4", "Basic YTo", "Basic YTr/"])(
    "in Basic written as %j is refused",
    async (value) => {
      expect((await refusal(identify([["Authorization", value]]))).code).toBe("GH_BAD_CREDENTIAL");
    },
  );

  it("that is missing is asked for", async () => {
    expect((await refusal(identify([]))).code).toBe("GH_NO_CREDENTIAL");
    expect((await refusal(identify([["Authorization", "Bearer "]]))).code).toBe("GH_NO_CREDENTIAL");
    expect((await refusal(identify(basic("", "")))).code).toBe("GH_NO_CREDENTIAL");
  });

  it("of any text never breaks the reader: it is a token or a refusal", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("authorization", "Authorization", "x"), fc.string())),
        (headers) => {
          try {
            expect(shownCredential(headers).unverifiedToken).toMatch(/^[\x21-\x7e]+$/);
          } catch (error) {
            expect(error).toBeInstanceOf(GateError);
          }
        },
      ),
    );
  });
});

describe("a GitHub token that Gatehouse did not issue", () => {
  const random = "a1B2".repeat(9);
  it.each(["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "GHP_"])(
    "(%s…) is called exposed",
    async (prefix) => {
      expect((await refusal(identify([["Authorization", `token ${prefix}${random}`]]))).code).toBe(
        "GH_FOREIGN_TOKEN",
      );
      expect((await refusal(identify(basic("x", prefix + random)))).code).toBe("GH_FOREIGN_TOKEN");
    },
  );

  it("of 40 hex digits is recognised, of 39 not", async () => {
    const hex = "0123456789abcdef".repeat(3);
    expect((await refusal(identify(basic("x", hex.slice(0, 40))))).code).toBe("GH_FOREIGN_TOKEN");
    expect((await refusal(identify(basic("x", hex.slice(0, 39))))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("in the long ghs_<JWT> form is not mistaken for ours", async () => {
    expect((await refusal(identify(basic("x", token.replace("gho_", "ghs_"))))).code).toBe(
      "GH_FOREIGN_TOKEN",
    );
  });
});

describe("a session token", () => {
  it("is GitHub-shaped, at most 2 kB, and carries no teams", () => {
    expect(token).toMatch(/^gho_[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(token.length).toBeLessThanOrEqual(2048);
    expect(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()).not.toContain("engineering");
  });

  it("finds teams in the directory at every request [AUTH-11]", async () => {
    await company.directory.remember({ ...alice, teams: ["security-team"] });
    expect(await company.identity.identify(bearer(token))).toMatchObject({ teams: ["security-team"] });
  });

  it("of a person whom the directory does not know is refused", async () => {
    company.directory.people.clear();
    expect((await refusal(company.identity.identify(bearer(token)))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("works one millisecond before its eight hours are over, and not after", async () => {
    company.clock.atMs += 8 * hour - 1;
    await expect(company.identity.identify(bearer(token))).resolves.toBeDefined();
    company.clock.atMs += 1;
    expect(await refusal(company.identity.identify(bearer(token)))).toMatchObject({ why: "it has expired" });
  });

  it("cannot be minted for longer than eight hours, for no time, or for a session with odd characters", async () => {
    await expect(mint({ expiresInMs: 8 * hour + 1 })).rejects.toThrow(RangeError);
    await expect(mint({ expiresInMs: 0 })).rejects.toThrow(RangeError);
    await expect(mint({ session: "a b" })).rejects.toThrow(RangeError);
  });

  it.each<[string, Record<string, unknown>]>([
    ["lives longer than eight hours", { exp: nowSeconds + 8 * 3600 + 1 }],
    ["names another gateway", { iss: "https://gw.other.example" }],
    ["has a list as audience", { aud: ["road"] }],
    ["has no session", { sid: undefined }],
  ])("signed with the gateway's key that %s is refused", async (_name, changes) => {
    const good = { iss: gateway, aud: "road", sid: "ses_one", exp: nowSeconds + 60, sub: alice.subject };
    const sign = async (claims: Record<string, unknown>) =>
      `gho_${await signed(company.ownKey, claimsWith(claims))}`;
    await expect(company.identity.identify(bearer(await sign(good)))).resolves.toBeDefined();
    expect((await refusal(company.identity.identify(bearer(await sign({ ...good, ...changes }))))).code).toBe(
      "GH_BAD_CREDENTIAL",
    );
  });

  it("signed with another key, or the company's issuer named in it, is refused", async () => {
    const other = await newKey("ES256", "own-1");
    const claims = claimsWith({ iss: gateway, aud: "road", sid: "ses_one", sub: alice.subject });
    const forged = `gho_${await signed(other, claims)}`;
    expect((await refusal(company.identity.identify(bearer(forged)))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("without its gho_ is no company token", async () => {
    expect((await refusal(company.identity.identify(bearer(token.slice(4))))).code).toBe("GH_BAD_CREDENTIAL");
  });
});

describe("road and console", () => {
  it("a road token is useless at the console, so that an agent can never approve", async () => {
    expect(await refusal(company.identity.reviewer(bearer(token)))).toMatchObject({
      why: "it is not a console token",
    });
  });

  it("a company token is useless at the console as well", async () => {
    const key = await newKey("ES256", "k1");
    const other = await newCompany([key]);
    const companyToken = await signed(key, claimsWith());
    await expect(other.identity.identify(bearer(companyToken))).resolves.toBeDefined();
    expect((await refusal(other.identity.reviewer(bearer(companyToken)))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("a console token is useless on the road, and names the person at the console", async () => {
    const consoleToken = await mint({ audience: "console" });
    expect(await refusal(company.identity.identify(bearer(consoleToken)))).toMatchObject({
      why: "it is not a road token",
    });
    expect(await company.identity.reviewer(bearer(consoleToken))).toMatchObject({
      login: "alice",
      via: "bearer",
      signedInAtMs: nowSeconds * 1000,
    });
  });
});

describe("a stopped session", () => {
  it("ends at the next request, on the road and at the console", async () => {
    const consoleToken = await mint({ audience: "console" });
    await company.stops.stop({ session: "ses_one" });
    expect((await refusal(company.identity.identify(bearer(token)))).code).toBe("GH_SESSION_STOPPED");
    expect((await refusal(company.identity.reviewer(bearer(consoleToken)))).code).toBe("GH_SESSION_STOPPED");
  });

  it("is looked up with what bars older company tokens: subject, issue time and proof", async () => {
    await company.identity.identify(bearer(token));
    expect(company.stops.asked).toEqual([
      { session: "ses_one", subject: alice.subject, issuedAtMs: nowSeconds * 1000, proof: "session-token" },
    ]);
  });
});

describe("labels", () => {
  it("are short printable ASCII, and never the session", async () => {
    const caller = await identify([
      ["Authorization", `Bearer ${token}`],
      ["X-Gatehouse-Session", `mine\u202e${"x".repeat(500)}`],
      ["X-Interaction-Id", "turn-1"],
      ["X-Unknown", "y"],
      ["User-Agent", `copilot/1 \u0007${"z".repeat(500)}`],
    ]);
    expect(caller.session).toBe("ses_one");
    expect(Object.keys(caller.claimedLabels)).toEqual(["session", "interaction"]);
    expect(caller.claimedLabels.session).toHaveLength(128);
    expect(caller.claimedLabels.session).toMatch(/^mine\?x+$/);
    expect(caller.claimedClient).toMatch(/^copilot\/1 \?z+$/);
    expect(caller.claimedClient).toHaveLength(200);
  });

  it("fall back to the client named in the token when there is no User-Agent", async () => {
    expect((await company.identity.identify(bearer(token))).claimedClient).toBe("copilot");
  });
});

describe("the challenge of a 401", () => {
  it("offers Basic, which every git understands, and Bearer with our metadata", () => {
    expect(challenge(configWith())).toEqual([
      ["WWW-Authenticate", 'Basic realm="gatehouse"'],
      [
        "WWW-Authenticate",
        `Bearer realm="gatehouse", resource_metadata="${gateway}/.well-known/oauth-protected-resource"`,
      ],
    ]);
  });
});
