// Keys change, and issuers are sometimes away: what the gateway does meanwhile.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createIdentity } from "../../lambda/identity/identity.ts";
import {
  audience,
  bearer,
  claimsWith,
  configWith,
  handmade,
  ids,
  issuer,
  MemoryDirectory,
  MemoryStops,
  newCompany,
  newKey,
  nowSeconds,
  refusal,
  signed,
  signerWith,
  StillClock,
} from "./fixtures.ts";

describe("key rotation", () => {
  it("a token signed with a new key passes as soon as the issuer publishes the key", async () => {
    const [before, after] = await Promise.all([newKey("ES256", "k1"), newKey("ES256", "k2")]);
    const company = await newCompany([before]);
    await company.identity.identify(bearer(await signed(before, claimsWith())));
    company.published.keys = [before.jwk, after.jwk];
    company.clock.atMs += 10_000;
    await expect(company.identity.identify(bearer(await signed(after, claimsWith())))).resolves.toBeDefined();
  });

  it("a withdrawn key counts for 10 minutes at most", async () => {
    const [old, next] = await Promise.all([newKey("ES256", "k1"), newKey("ES256", "k2")]);
    const company = await newCompany([old]);
    const token = await signed(old, claimsWith());
    await company.identity.identify(bearer(token));
    company.published.keys = [next.jwk];
    company.clock.atMs += 10 * 60_000 - 1;
    await expect(company.identity.identify(bearer(token))).resolves.toBeDefined();
    company.clock.atMs += 1;
    expect((await refusal(company.identity.identify(bearer(token)))).code).toBe("GH_BAD_CREDENTIAL");
  });

  it("a key replaced under the same key id is not remembered", async () => {
    const [old, next] = await Promise.all([newKey("ES256", "same"), newKey("ES256", "same")]);
    const company = await newCompany([old]);
    const token = await signed(old, claimsWith());
    await company.identity.identify(bearer(token));
    company.published.keys = [next.jwk];
    company.clock.atMs += 10 * 60_000;
    expect((await refusal(company.identity.identify(bearer(token)))).code).toBe("GH_BAD_CREDENTIAL");
    await expect(company.identity.identify(bearer(await signed(next, claimsWith())))).resolves.toBeDefined();
  });

  it("a hundred tokens with invented key ids cause one fetch, not a hundred", async () => {
    const key = await newKey("ES256", "k1");
    const company = await newCompany([key]);
    await company.identity.identify(bearer(await signed(key, claimsWith())));
    const before = company.fetched.length;
    company.clock.atMs += 10_000;
    const forged = Array.from({ length: 100 }, (_unused, index) =>
      company.identity.identify(bearer(handmade({ alg: "ES256", kid: `x${index}` }, claimsWith()))),
    );
    await Promise.allSettled(forged);
    expect(company.fetched.length - before).toBe(2);
  });
});

describe("an issuer that cannot be reached", () => {
  it("is answered 503, so that git keeps the credential", async () => {
    const key = await newKey("ES256", "k1");
    const company = await newCompany([key]);
    company.isReachable = false;
    expect((await refusal(company.identity.identify(bearer(await signed(key, claimsWith()))))).code).toBe(
      "GH_FACTS_UNAVAILABLE",
    );
  });

  it("leaves the known keys usable for an hour and no longer", async () => {
    const key = await newKey("ES256", "k1");
    const company = await newCompany([key]);
    const token = await signed(key, claimsWith({ exp: nowSeconds + 7200 }));
    await company.identity.identify(bearer(token));
    company.isReachable = false;
    company.clock.atMs += 60 * 60_000 - 1;
    await expect(company.identity.identify(bearer(token))).resolves.toBeDefined();
    company.clock.atMs += 1;
    expect((await refusal(company.identity.identify(bearer(token)))).code).toBe("GH_FACTS_UNAVAILABLE");
  });

  it("is asked again after a pause, not on every request", async () => {
    const key = await newKey("ES256", "k1");
    const company = await newCompany([key]);
    const token = await signed(key, claimsWith());
    company.isReachable = false;
    await refusal(company.identity.identify(bearer(token)));
    await refusal(company.identity.identify(bearer(token)));
    expect(company.fetched).toHaveLength(1);
    company.isReachable = true;
    company.clock.atMs += 10_000;
    await expect(company.identity.identify(bearer(token))).resolves.toBeDefined();
  });
});

describe("over the wire", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  /** An issuer on loopback http; `answer` gives the body for a path, or an address to redirect to. */
  async function start(answer: (path: string, url: string) => unknown): Promise<string> {
    const started = createServer((request, response) => {
      const body = answer(request.url ?? "", url);
      if (typeof body === "string") response.writeHead(302, { location: body }).end();
      else response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body));
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
    return url;
  }

  async function identifyAt(url: string, jwksUri?: string) {
    const key = await newKey("ES256", "k1");
    served = { keys: [key.jwk] };
    const identity = createIdentity({
      config: configWith({
        issuers: [{ issuer: url, audience, ...(jwksUri === undefined ? {} : { jwksUri }) }],
        console: { url: "https://console.acme.example", issuer: url, clientId: "c" },
      }),
      directory: new MemoryDirectory(),
      stops: new MemoryStops(),
      jwks: signerWith(await newKey("ES256", "own")),
      clock: new StillClock(),
      ids,
    });
    return identity.identify(bearer(await signed(key, claimsWith({ iss: url }))));
  }
  let served: unknown;

  it("keys are found by discovery, on loopback over plain http", async () => {
    const url = await start((path, self) =>
      path === "/keys" ? served : { issuer: self, jwks_uri: `${self}/keys` },
    );
    await expect(identifyAt(url)).resolves.toMatchObject({ login: "alice" });
  });

  it.each<[string, (path: string, self: string) => unknown]>([
    [
      "a discovery document of another issuer",
      (path) => (path === "/keys" ? served : { issuer, jwks_uri: "/keys" }),
    ],
    [
      "a redirect instead of keys",
      (path, self) =>
        path === "/elsewhere"
          ? served
          : path === "/keys"
            ? `${self}/elsewhere`
            : { issuer: self, jwks_uri: `${self}/keys` },
    ],
    [
      "keys on plain http beyond loopback",
      (_path, self) => ({ issuer: self, jwks_uri: "http://192.0.2.1/keys" }),
    ],
    [
      "no key list",
      (_path, self) => ({ issuer: self, jwks_uri: `${self}/.well-known/openid-configuration` }),
    ],
    ["nothing", () => undefined],
  ])("%s is no set of keys", async (_name, answer) => {
    const url = await start(answer);
    expect((await refusal(identifyAt(url))).code).toBe("GH_FACTS_UNAVAILABLE");
  });
});
