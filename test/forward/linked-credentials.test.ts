// The linked connector: whose token is used for what, how it stays fresh, and that nobody ever gets another's.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { inspect } from "node:util";
import { seatOf } from "../../lambda/forward/seat.ts";
import type { Credential } from "../../lambda/model/ports.ts";
import { MemoryStore } from "../identity/fixtures.ts";
import { turn, turnUntil } from "../platform/steered-clock.ts";
import { bearer, challengeOf, day, hour, openLinks, recorded, type LinkUnderTest } from "./a-link.ts";

let on: LinkUnderTest;
let gateway: ReturnType<LinkUnderTest["instance"]>;

beforeEach(async () => {
  on = await openLinks();
  gateway = on.instance();
  await turn();
});
afterEach(() => on.close());

const personal = (subject = "idp#alice", from = gateway): Promise<Credential> =>
  from.credentials.credential({ subject }, "read", undefined, "person");
const link = (subject = "idp#alice", login = "octo"): Promise<void> =>
  gateway.links.link(subject, on.codeOf(login), recorded);
const renewals = (): number => on.github.asked.filter((line) => line.endsWith("refresh_token")).length;
const live = (): string[] => on.github.grants.map(({ access }) => access);

describe("whose seat a call takes", () => {
  it.each([
    ["copilot", "copilot/chat", "person"],
    ["copilot", "copilot/user", "person"],
    ["mcp", "mcp/initialize", "person"],
    ["rest", "users/get-authenticated", "person"],
    ["rest", "pulls/merge", "gateway"],
    ["rest", "users/get-by-username", "gateway"],
    ["git", "git/receive-pack", "gateway"],
    ["graphql", "graphql/query", "gateway"],
    ["lfs", "lfs/batch", "gateway"],
  ] as const)("of %s %s is the %s's", (surface, operation, seat) => {
    expect(seatOf({ surface, operation })).toBe(seat);
  });

  it("decides between the person's token and the App's", async () => {
    await link();
    await expect(personal()).resolves.toMatchObject({ kind: "linked" });
    const own = gateway.credentials.credential({ subject: "idp#alice" }, "read", undefined, "gateway");
    await expect(own).rejects.toThrow("the App was asked");
  });

  it("never is somebody else's: who linked nothing is told where to, and gets no token", async () => {
    await link("idp#alice");
    await expect(personal("idp#bob")).rejects.toMatchObject({
      code: "GH_NOT_LINKED",
      status: 403,
      message: expect.stringContaining("http://localhost:4401/account"),
    });
  });
});

describe("linking", () => {
  it("sends the browser to GitHub with a state, a PKCE challenge and the exact way back", () => {
    const address = new URL(gateway.links.address({ state: "s1", verifier: "v".repeat(43) }));
    expect(address.pathname).toBe("/login/oauth/authorize");
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      client_id: "Iv1.client",
      state: "s1",
      redirect_uri: "http://localhost:4401/account",
      code_challenge_method: "S256",
      code_challenge: challengeOf("v".repeat(43)),
    });
    expect(address.href).not.toContain("vvvv");
  });

  it("tells who it is before it counts, and links nothing when that cannot be written down", async () => {
    const told: unknown[] = [];
    await gateway.links.link("idp#alice", on.codeOf("octo"), (account) => {
      told.push(account);
      expect(on.store.values.has("link:idp#alice")).toBe(false);
      return Promise.resolve();
    });
    expect(told).toEqual([{ id: 11, login: "octo" }]);
    await expect(gateway.links.state("idp#alice")).resolves.toMatchObject({
      is: "linked",
      account: { id: 11, login: "octo" },
      sinceMs: on.clock.now(),
    });
    const failing = gateway.links.link("idp#bob", on.codeOf("hexa"), () => Promise.reject(new Error("down")));
    await expect(failing).rejects.toThrow("down");
    await expect(gateway.links.state("idp#bob")).resolves.toEqual({ is: "none" });
    expect(on.github.grants.map(({ login }) => login)).toEqual(["octo"]);
  });

  it("takes a code once, and only with its own verifier", async () => {
    const answer = on.codeOf("octo");
    const other = gateway.links.link("idp#bob", { ...answer, verifier: "w".repeat(43) }, recorded);
    await expect(other).rejects.toMatchObject({
      code: "GH_LINK_FAILED",
      message: expect.stringContaining("bad_verification_code"),
    });
    await expect(gateway.links.link("idp#alice", answer, recorded)).rejects.toMatchObject({
      code: "GH_LINK_FAILED",
    });
  });

  it("keeps no token in the clear, and shows none", async () => {
    await link();
    const [grant] = on.github.grants;
    const kept = [...on.store.values.values()].join("\n");
    const credential = await personal();
    for (const token of [grant?.access ?? "", grant?.refresh ?? ""]) {
      expect(token.length).toBeGreaterThan(30);
      expect(kept).not.toContain(token);
      expect(inspect(credential) + JSON.stringify(credential)).not.toContain(token);
      expect(credential.secrets()).toContain(token);
    }
    await expect(gateway.credentials.secrets()).resolves.toEqual(["the App's own", on.github.clientSecret]);
  });

  it("never opens a link under another person's name, even for who can write the store", async () => {
    await link("idp#alice");
    on.store.values.set("link:idp#mallory", on.store.values.get("link:idp#alice") ?? "");
    await expect(personal("idp#mallory", on.instance())).rejects.toThrow();
  });

  it("replaces the account of before, and ends its tokens at GitHub", async () => {
    await link("idp#alice", "octo");
    await link("idp#alice", "hexa");
    expect(on.github.grants.map(({ login }) => login)).toEqual(["hexa"]);
    expect(live()).toEqual([bearer(await personal())]);
  });

  it("ends the older token when the same account is linked again", async () => {
    await link();
    await link();
    expect(live()).toEqual([bearer(await personal())]);
  });
});

describe("one account stands for one person", () => {
  it("so that a second subject is refused, and the first one's link goes on", async () => {
    await link("idp#alice");
    await expect(link("idp#alice-admin")).rejects.toMatchObject({ code: "GH_LINK_TAKEN", status: 409 });
    await expect(gateway.links.state("idp#alice-admin")).resolves.toEqual({ is: "none" });
    expect(live()).toEqual([bearer(await personal("idp#alice"))]);
  });

  it("for 31 days after it was unlinked, in which every approval ends", async () => {
    await link("idp#alice");
    await gateway.links.unlink("idp#alice");
    await on.clock.advance(31 * day - 1);
    await expect(link("idp#alice-admin")).rejects.toMatchObject({ code: "GH_LINK_TAKEN" });
    await on.clock.advance(1);
    await link("idp#alice-admin");
    await expect(link("idp#alice")).rejects.toMatchObject({ code: "GH_LINK_TAKEN" });
  });

  it("however long ago it was linked, while the link is there", async () => {
    await link("idp#alice");
    await on.clock.advance(100 * day);
    await expect(link("idp#alice-admin")).rejects.toMatchObject({ code: "GH_LINK_TAKEN" });
  });

  it("which that person can link again at any time", async () => {
    await link("idp#alice");
    await gateway.links.unlink("idp#alice");
    await link("idp#alice");
    await expect(personal("idp#alice")).resolves.toMatchObject({ kind: "linked" });
  });
});

describe("unlinking", () => {
  it("forgets the tokens at once, in every instance, and ends them at GitHub", async () => {
    await link();
    const other = on.instance();
    await personal("idp#alice", other);
    await expect(gateway.links.unlink("idp#alice")).resolves.toEqual({ isRevoked: true });
    expect(on.github.grants).toEqual([]);
    await expect(personal("idp#alice", other)).rejects.toMatchObject({ code: "GH_NOT_LINKED" });
    expect(on.store.values.has("link:idp#alice")).toBe(false);
  });

  it("says so when GitHub did not confirm it, and has forgotten them all the same", async () => {
    await link();
    on.github.failing = { line: "DELETE", status: 502 };
    await expect(gateway.links.unlink("idp#alice")).resolves.toEqual({ isRevoked: false });
    await expect(personal()).rejects.toMatchObject({ code: "GH_NOT_LINKED" });
  });

  it("of nothing changes nothing", async () => {
    await expect(gateway.links.unlink("idp#alice")).resolves.toEqual({ isRevoked: true });
    expect(on.github.asked).toEqual([]);
  });
});

describe("a linked token", () => {
  it("is used until five minutes before it ends, then renewed", async () => {
    await link();
    const first = bearer(await personal());
    await on.clock.advance(8 * hour - 5 * 60_000 - 1);
    expect(bearer(await personal())).toBe(first);
    expect(renewals()).toBe(0);
    await on.clock.advance(1);
    const second = bearer(await personal());
    expect(second).not.toBe(first);
    expect(live()).toEqual([second]);
    expect(renewals()).toBe(1);
  });

  it("is renewed once for all calls of the moment, in all instances, and nobody's link breaks", async () => {
    await link();
    const instances = [gateway, on.instance(), on.instance(), on.instance()];
    await on.clock.advance(8 * hour);
    const calls = Array.from({ length: 24 }, (_, at) => personal("idp#alice", instances[at % 4]));
    const done = Promise.all(calls);
    let isDone = false;
    void done.then(() => (isDone = true));
    while (!isDone) {
      await on.clock.advance(200);
      await turn();
    }
    expect(new Set((await done).map(bearer))).toEqual(new Set(live()));
    expect(renewals()).toBe(1);
  });

  it("of an App whose tokens do not expire works for years", async () => {
    on.github.expires = false;
    await link();
    const first = bearer(await personal());
    await on.clock.advance(700 * day);
    expect(bearer(await personal())).toBe(first);
    expect(renewals()).toBe(0);
  });

  it("serves on while GitHub cannot renew it, which is tried again half a minute later", async () => {
    await link();
    const first = bearer(await personal());
    await on.clock.advance(8 * hour - 60_000);
    on.github.failing = { line: "refresh_token", status: 502 };
    expect(bearer(await personal())).toBe(first);
    expect(bearer(await personal())).toBe(first);
    expect(renewals()).toBe(1);
    on.github.failing = undefined;
    await on.clock.advance(30_000);
    expect(bearer(await personal())).not.toBe(first);
  });

  it("that ended is not used, and the link outlasts GitHub's trouble", async () => {
    await link();
    await on.clock.advance(8 * hour);
    on.github.failing = { line: "refresh_token", status: 502 };
    await expect(personal()).rejects.toMatchObject({
      code: "GH_CREDENTIAL_UNAVAILABLE",
      message: expect.stringContaining("GitHub answered 502"),
    });
    on.github.failing = undefined;
    await expect(personal()).resolves.toMatchObject({ kind: "linked" });
  });

  it("is not lost when the store fails just after the refresh token was spent", async () => {
    await link();
    const flaky = new (class extends MemoryStore {
      failures = 0;
      override replace(key: string, known: string, value: string): Promise<boolean> {
        const isTokens = !value.includes("refreshingUntilMs");
        if (isTokens && this.failures < 3) {
          this.failures += 1;
          return Promise.reject(new Error("throttled"));
        }
        return on.store.replace(key, known, value);
      }
      override get(key: string): Promise<string | undefined> {
        return on.store.get(key);
      }
    })();
    await on.clock.advance(8 * hour);
    const asked = personal("idp#alice", on.instance(flaky));
    await turnUntil(() => on.clock.sleepers() > 0);
    await on.clock.advance(400);
    await turnUntil(() => on.clock.sleepers() > 0);
    await on.clock.advance(800);
    await turnUntil(() => on.clock.sleepers() > 0);
    await on.clock.advance(1_600);
    expect(bearer(await asked)).toBe(live()[0]);
    expect(bearer(await personal())).toBe(live()[0]);
    expect(flaky.failures).toBe(3);
  });

  it("is renewed by another instance when the first ended before it asked GitHub, half a minute later", async () => {
    await link();
    await on.clock.advance(8 * hour);
    const dying = on.instance();
    on.github.gate = new Promise(() => undefined);
    void personal("idp#alice", dying).catch(() => undefined);
    await turnUntil(() => renewals() === 1);
    on.github.gate = Promise.resolve();
    await on.clock.advance(30_000);
    await expect(personal()).resolves.toMatchObject({ kind: "linked" });
  });

  it("that came for a link which was ended meanwhile is ended too, and nobody gets it", async () => {
    await link();
    await on.clock.advance(8 * hour);
    let open: () => void = () => undefined;
    on.github.gate = new Promise((resolve) => {
      open = resolve;
    });
    const asked = personal();
    await turnUntil(() => renewals() === 1);
    on.store.values.delete("link:idp#alice");
    open();
    await expect(asked).rejects.toMatchObject({ code: "GH_NOT_LINKED" });
    expect(live()).toEqual([]);
  });
});

describe("a linked token that GitHub refuses", () => {
  it("is replaced by the one that another instance got meanwhile", async () => {
    await link();
    const old = await personal();
    await on.clock.advance(8 * hour);
    const fresh = bearer(await personal("idp#alice", on.instance()));
    const next = await old.refused?.();
    expect(next?.authorization("capi")).toBe(`Bearer ${fresh}`);
    expect(renewals()).toBe(1);
  });

  it("although GitHub still knows it leaves the refusal to the caller, and renews nothing", async () => {
    await link();
    await expect((await personal()).refused?.()).resolves.toBeUndefined();
    expect(renewals()).toBe(0);
  });

  it("is renewed when only the token ended", async () => {
    await link();
    const credential = await personal();
    const [grant] = on.github.grants;
    if (grant !== undefined) grant.access = ["ghu", "elsewhere"].join("_");
    const next = await credential.refused?.();
    expect(next?.authorization("capi")).toBe(`Bearer ${live()[0] ?? ""}`);
  });

  it("because the person revoked the App breaks the link, and says where to link again", async () => {
    await link();
    const credential = await personal();
    on.github.grants.splice(0);
    const broken = {
      code: "GH_LINK_BROKEN",
      status: 403,
      message: expect.stringMatching(/octo: it was revoked there.* http:\/\/localhost:4401\/account/),
    };
    await expect(credential.refused?.()).rejects.toMatchObject(broken);
    await expect(personal()).rejects.toMatchObject(broken);
    await expect(gateway.links.state("idp#alice")).resolves.toMatchObject({ is: "broken" });
    expect(renewals()).toBe(1);
    await link();
    await expect(personal()).resolves.toMatchObject({ kind: "linked" });
  });

  it("and does not expire breaks the link when GitHub knows it no more", async () => {
    on.github.expires = false;
    await link();
    const credential = await personal();
    on.github.grants.splice(0);
    await expect(credential.refused?.()).rejects.toMatchObject({ code: "GH_LINK_BROKEN" });
    expect(renewals()).toBe(0);
  });

  it("is the caller's to hear of while GitHub cannot be asked more", async () => {
    await link();
    const credential = await personal();
    on.github.failing = { line: "/user", status: 503 };
    await expect(credential.refused?.()).resolves.toBeUndefined();
    await expect(gateway.links.state("idp#alice")).resolves.toMatchObject({ is: "linked" });
  });

  it("after six months without a call cannot be renewed, and the person is told for another month", async () => {
    await link();
    on.github.grants.splice(0);
    await on.clock.advance(184 * day);
    await expect(personal()).rejects.toMatchObject({ code: "GH_LINK_BROKEN" });
  });
});
