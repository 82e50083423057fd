// Linking at the console: bound to one console session, of one use, written down, and never by a program.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { SignedIn } from "../../lambda/console/desk.ts";
import { finishLink, linkOf, startLink, unlink } from "../../lambda/flow/link.ts";
import type { NewRecord } from "../../lambda/model/record.ts";
import { createIds } from "../../lambda/platform/ids.ts";
import { openLinks, type LinkUnderTest } from "../forward/a-link.ts";
import { configFor, noCredential } from "../forward/stand-in.ts";

type World = Parameters<typeof startLink>[1];

let on: LinkUnderTest;
let written: NewRecord[];
let world: World;
let isRecordDown: boolean;

beforeEach(async () => {
  on = await openLinks();
  written = [];
  isRecordDown = false;
  world = worldWith({});
});
afterEach(() => on.close());

/** The few ports that linking takes. */
function worldWith(change: Partial<World>): World {
  return {
    config: configFor({}),
    credentials: on.instance().credentials,
    keyed: on.store,
    clock: on.clock,
    ids: createIds(),
    ledger: {
      write: (records: readonly NewRecord[]) => {
        if (isRecordDown) return Promise.reject(new Error("the record store is down"));
        written.push(...records);
        return Promise.resolve();
      },
    },
    ...change,
  } as World;
}

const person = (login: string, csrf = `csrf-${login}`, via: SignedIn["via"] = "browser"): SignedIn => ({
  subject: `idp#${login}`,
  person: `idp#${login}`,
  login,
  teams: [],
  signedInAtMs: 0,
  via,
  csrf,
});
const alice = person("alice");

/** What the browser brings back after the person said yes at GitHub. */
async function authorised(who: SignedIn, account = "octo"): Promise<{ code: string; state: string }> {
  const { address } = await startLink(who, world);
  const state = new URL(address).searchParams.get("state") ?? "";
  const { code } = on.codeOf(account);
  // The stand-in holds the verifier to the challenge that GitHub was sent.
  on.github.challenges.set(code, new URL(address).searchParams.get("code_challenge") ?? "");
  return { code, state };
}

describe("linking at the console", () => {
  it("ends with the account that authorised, and is written down without a token", async () => {
    await expect(linkOf(alice, world)).resolves.toEqual({ is: "none" });
    await expect(finishLink(alice, await authorised(alice), world)).resolves.toMatchObject({
      is: "linked",
      account: { login: "octo" },
    });
    expect(written).toEqual([
      {
        kind: "event",
        event: "account-linked",
        subject: "idp#alice",
        login: "alice",
        details: { account: "octo", accountId: "11" },
      },
    ]);
    const [grant] = on.github.grants;
    expect(JSON.stringify(written)).not.toContain(grant?.access);
  });

  it("works once for each start", async () => {
    const answer = await authorised(alice);
    await finishLink(alice, answer, world);
    await expect(finishLink(alice, answer, world)).rejects.toMatchObject({ code: "GH_LINK_FAILED" });
  });

  it.each([
    ["another person's session", person("mallory")],
    ["another session of the same person", person("alice", "csrf-later")],
  ])("does not finish in %s, so that no planted address links anything", async (_what, other) => {
    const answer = await authorised(alice);
    await expect(finishLink(other, answer, world)).rejects.toMatchObject({
      code: "GH_LINK_FAILED",
      message: expect.stringContaining("another console session"),
    });
    await expect(linkOf(other, world)).resolves.toEqual({ is: "none" });
    expect(on.github.asked).toEqual([]);
  });

  it("works when nobody could write it down: not at all", async () => {
    const answer = await authorised(alice);
    isRecordDown = true;
    await expect(finishLink(alice, answer, world)).rejects.toThrow("down");
    await expect(linkOf(alice, world)).resolves.toEqual({ is: "none" });
  });

  it("of an account that is another person's is refused, and the try is written down", async () => {
    await finishLink(alice, await authorised(alice), world);
    const admin = person("alice-admin");
    await expect(finishLink(admin, await authorised(admin), world)).rejects.toMatchObject({
      code: "GH_LINK_TAKEN",
    });
    expect(written.at(-1)).toMatchObject({
      event: "account-link-refused",
      login: "alice-admin",
      details: { account: "octo" },
    });
  });

  it("needs a browser: a bearer token links and unlinks nothing", async () => {
    const program = person("alice", "csrf-alice", "bearer");
    await expect(startLink(program, world)).rejects.toMatchObject({ code: "GH_BROWSER_REQUIRED" });
    await expect(unlink(program, world)).rejects.toMatchObject({ code: "GH_BROWSER_REQUIRED" });
  });

  it("is not there where the connector uses no accounts of people", async () => {
    const credential = () => Promise.resolve(noCredential);
    const plain = worldWith({ credentials: { credential, secrets: () => Promise.resolve([]) } });
    await expect(linkOf(alice, plain)).resolves.toEqual({ is: "unused" });
    await expect(startLink(alice, plain)).rejects.toMatchObject({ code: "GH_NOT_FOUND" });
  });
});

describe("unlinking at the console", () => {
  it("is written down before it is done", async () => {
    await finishLink(alice, await authorised(alice), world);
    await expect(unlink(alice, world)).resolves.toEqual({ is: "none" });
    expect(written.at(-1)).toMatchObject({ event: "account-unlinked", details: { account: "octo" } });
    expect(on.github.grants).toEqual([]);
  });

  it("names the account whose tokens GitHub did not end", async () => {
    await finishLink(alice, await authorised(alice), world);
    on.github.failing = { line: "DELETE", status: 500 };
    await expect(unlink(alice, world)).resolves.toEqual({ is: "none", left: "octo" });
  });

  it("of nothing writes nothing down", async () => {
    await expect(unlink(alice, world)).resolves.toEqual({ is: "none" });
    expect(written).toEqual([]);
  });
});
