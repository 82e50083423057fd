// Webhooks of GitHub: only what GitHub signed is read, once, and what it makes stale is forgotten.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { createHmac } from "node:crypto";
import { githubHook } from "../../lambda/flow/github-hook.ts";
import { maxWebhookBytes, readWebhook } from "../../lambda/forward/webhook.ts";
import type { NewEvent } from "../../lambda/model/events.ts";
import { streamOf, type GatewayRequest, type HeaderList } from "../../lambda/model/http.ts";
import { configFor } from "../forward/stand-in.ts";

const secret = ["hook", "secret", "of", "the", "test"].join("-");
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const sign = (body: Uint8Array, key = secret): string =>
  `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
const ruleChanged = bytes({ action: "edited", repository: { id: 7, full_name: "acme/app" } });

function headersFor(body: Uint8Array, change: { event?: string; signature?: string } = {}): HeaderList {
  return [
    ["X-GitHub-Event", change.event ?? "branch_protection_rule"],
    ["X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"],
    ["X-Hub-Signature-256", change.signature ?? sign(body)],
    ["Content-Type", "application/json"],
  ];
}

describe("a webhook that GitHub signed", () => {
  it.each([
    "branch_protection_rule",
    "branch_protection_configuration",
    "repository_ruleset",
    "repository",
    "public",
  ])("of %s makes its repository's facts stale", (event) => {
    expect(readWebhook(headersFor(ruleChanged, { event }), ruleChanged, secret).makesStale).toEqual({
      is: "repository",
      id: 7,
    });
  });

  it("of a ruleset of the organisation makes everything stale", () => {
    const body = bytes({ action: "created", organization: { login: "acme" } });
    const hook = readWebhook(headersFor(body, { event: "repository_ruleset" }), body, secret);
    expect(hook.makesStale).toEqual({ is: "everything" });
  });

  it.each(["push", "ping", "issues"])("of %s makes nothing stale, whatever its body", (event) => {
    const body = new TextEncoder().encode("not JSON");
    expect(readWebhook(headersFor(body, { event }), body, secret).makesStale).toEqual({ is: "nothing" });
  });

  it.each([[{ repository: { id: "7" } }], [{ repository: [] }], [[]], ["x"]])(
    "whose body is %j is not understood",
    (value) => {
      const body = bytes(value);
      expect(() => readWebhook(headersFor(body), body, secret)).toThrow("not the JSON of a GitHub webhook");
    },
  );
});

describe("a webhook that GitHub did not sign", () => {
  const refuses = (headers: HeaderList, body = ruleChanged, key = secret) => {
    expect(() => readWebhook(headers, body, key)).toThrow("This call was not accepted");
  };

  it("is refused without a signature, and with two", () => {
    const headers = headersFor(ruleChanged);
    refuses(headers.filter(([name]) => name !== "X-Hub-Signature-256"));
    refuses([...headers, ["x-hub-signature-256", sign(ruleChanged)]]);
  });

  it("is refused with the signature of another key or another body", () => {
    refuses(headersFor(ruleChanged, { signature: sign(ruleChanged, "other") }));
    refuses(headersFor(ruleChanged), Uint8Array.of(...ruleChanged, 0x20));
  });

  it("is refused when one digit is wrong, at any place", () => {
    const right = sign(ruleChanged);
    for (let at = "sha256=".length; at < right.length; at += 1) {
      const digit = right[at] === "0" ? "1" : "0";
      refuses(headersFor(ruleChanged, { signature: `${right.slice(0, at)}${digit}${right.slice(at + 1)}` }));
    }
  });

  it.each(["sha1=", "sha256=", "SHA256=", ""])("is refused with a signature that begins %j", (prefix) => {
    const digits = prefix === "sha256=" ? "" : sign(ruleChanged).slice("sha256=".length);
    refuses(headersFor(ruleChanged, { signature: `${prefix}${digits}` }));
  });

  it("is refused when the secret is empty, though the signature would fit", () => {
    refuses(headersFor(ruleChanged, { signature: sign(ruleChanged, "") }), ruleChanged, "");
  });
});

describe("the hook's door", () => {
  const forgotten: (number | undefined)[] = [];
  const events: NewEvent[] = [];
  const once = new Set<string>();
  let isStoreDown = false;
  beforeEach(() => {
    isStoreDown = false;
    forgotten.length = 0;
    events.length = 0;
    once.clear();
  });
  const world = (githubSecretName: string | undefined = "GITHUB_HOOK"): Parameters<typeof githubHook>[1] => ({
    config: configFor({}, { hooks: githubSecretName === "" ? {} : { githubSecretName } }),
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    ids: { next: (prefix) => `${prefix}_1`, random: (length) => new Uint8Array(length) },
    secrets: { secret: () => Promise.resolve(`${secret}\n`) },
    keyed: {
      get: () => Promise.resolve(undefined),
      put: () => Promise.resolve(),
      putNew: (key) => Promise.resolve(!once.has(key) && once.add(key).has(key)),
      replace: () => Promise.resolve(true),
      take: () => Promise.resolve(undefined),
      remove: (key) => {
        once.delete(key);
        return Promise.resolve();
      },
    },
    events: {
      emit: (event) => {
        events.push(event);
        return Promise.resolve();
      },
      flush: () => Promise.resolve(),
    },
    forget: (id) => {
      if (isStoreDown) return Promise.reject(new Error("the store is down"));
      forgotten.push(id);
      return Promise.resolve();
    },
    log: () => undefined,
  });
  const post = (body: Uint8Array, headers: HeaderList): GatewayRequest => ({
    method: "POST",
    target: "/_gatehouse/hooks/github",
    host: "gw",
    headers,
    body: streamOf(body),
    remoteAddress: "192.0.2.1",
    signal: new AbortController().signal,
  });

  it("forgets what it is told of", async () => {
    expect((await githubHook(post(ruleChanged, headersFor(ruleChanged)), world())).status).toBe(202);
    expect(forgotten).toEqual([7]);
  });

  it("is refused while the other processes cannot be told, and GitHub's next try is not taken for a replay", async () => {
    isStoreDown = true;
    const headers = headersFor(ruleChanged);
    expect((await githubHook(post(ruleChanged, headers), world())).status).toBeGreaterThanOrEqual(500);
    isStoreDown = false;
    expect((await githubHook(post(ruleChanged, headers), world())).status).toBe(202);
    expect(forgotten).toEqual([7]);
  });

  it("does nothing when the same body comes again, under another delivery id too", async () => {
    const headers = headersFor(ruleChanged);
    await githubHook(post(ruleChanged, headers), world());
    const other = headers.map(([name, value]): [string, string] =>
      name === "X-GitHub-Delivery" ? [name, "another"] : [name, value],
    );
    expect((await githubHook(post(ruleChanged, other), world())).status).toBe(202);
    expect(forgotten).toEqual([7]);
  });

  it("refuses a forged one with 401, forgets nothing, and tells the security team", async () => {
    const answer = await githubHook(
      post(ruleChanged, headersFor(ruleChanged, { signature: "sha256=00" })),
      world(),
    );
    expect(answer.status).toBe(401);
    expect(forgotten).toEqual([]);
    expect(events).toMatchObject([{ type: "finding", what: "forged-webhook" }]);
  });

  it("is not there unless a secret is configured", async () => {
    expect((await githubHook(post(ruleChanged, headersFor(ruleChanged)), world(""))).status).toBe(404);
  });

  it("takes a body at the limit and refuses one byte more", async () => {
    const answerTo = async (length: number): Promise<number> => {
      const body = new Uint8Array(length);
      return (await githubHook(post(body, headersFor(body, { event: "push" })), world())).status;
    };
    expect(await answerTo(maxWebhookBytes)).toBe(202);
    expect(await answerTo(maxWebhookBytes + 1)).toBe(413);
  });
});
