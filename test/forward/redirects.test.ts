// Redirects, and the addresses inside a network that somebody would like the gateway to fetch (SSRF).
import { afterEach, describe, expect, it } from "@jest/globals";
import { hosts } from "./hosts-under-test.ts";
import { createUpstream } from "../../lambda/forward/upstream.ts";
import { followRead } from "../../lambda/forward/redirects.ts";
import type { UpstreamAnswer } from "../../lambda/model/ports.ts";
import {
  answerWith,
  bytesOf,
  chunksOf,
  codeOf,
  configFor,
  never,
  type StandIn,
  startStandIn,
} from "./stand-in.ts";

let standIn: StandIn | undefined;
afterEach(async () => {
  await standIn?.close();
  standIn = undefined;
});

const redirect = (location: string, status = 302): UpstreamAnswer =>
  answerWith(status, [["Location", location]], chunksOf("moved"));

/** Follows with a reader that answers from a table and notes what it was asked. */
function followed(answer: UpstreamAnswer, table: Record<string, UpstreamAnswer> = {}, isRead = true) {
  const asked: string[] = [];
  const result = followRead(answer, {
    config: configFor({}),
    isRead,
    signal: never,
    upstream: {
      anonymous: (url) => {
        asked.push(url.href);
        const found = table[url.href];
        return found === undefined ? Promise.reject(new Error("unexpected address")) : Promise.resolve(found);
      },
    },
  });
  return { asked, result };
}

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("with status %d of a write is never followed", async (status) => {
    const { asked, result } = followed(redirect("https://api.github.com/repositories/7", status), {}, false);
    expect(await codeOf(result)).toBe("GH_UPSTREAM_REDIRECT");
    expect(asked).toEqual([]);
  });

  it("of a read within GitHub's own addresses goes to the client, whose next request is decided anew", async () => {
    const answer = redirect("https://api.github.com/repositories/7/pulls", 301);
    const { asked, result } = followed(answer);
    expect(await result).toBe(answer);
    expect(asked).toEqual([]);
  });

  it("of a read to another host is read by the gateway, so that no signed link reaches the client [REDIRECT-01]", async () => {
    const archive = answerWith(200, [], chunksOf("zip"));
    const { asked, result } = followed(redirect("https://codeload.github.com/acme/app?token=signed"), {
      "https://codeload.github.com/acme/app?token=signed": archive,
    });
    expect(await result).toBe(archive);
    expect(asked).toHaveLength(1);
  });

  it("is followed three times and not a fourth", async () => {
    const table = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_unused, index) => [
          `https://a.example/${index}`,
          index === length - 1 ? answerWith(200, []) : redirect(`https://a.example/${index + 1}`),
        ]),
      );
    expect(await codeOf(followed(redirect("https://a.example/0"), table(3)).result)).toBe("it passed");
    expect(await codeOf(followed(redirect("https://a.example/0"), table(4)).result)).toBe(
      "GH_UPSTREAM_REDIRECT",
    );
  });

  it.each(["", "/relative", "//evil.example/x", "http://[", "not an address"])(
    "to %j is refused",
    async (location) => {
      expect(await codeOf(followed(redirect(location)).result)).toBe("GH_UPSTREAM_REDIRECT");
    },
  );

  it.each([200, 201, 304, 404])("is not what an answer with status %d is", async (status) => {
    const answer = redirect("https://evil.example", status);
    expect(await followed(answer, {}, false).result).toBe(answer);
  });
});

describe("reading at another host", () => {
  const reading = async (address: string, redirectHosts: string[], isSandbox: boolean): Promise<string> => {
    const upstream = createUpstream({ config: configFor({ redirectHosts }, { isSandbox }) });
    try {
      return await codeOf(upstream.anonymous(new URL(address), never).then((answer) => bytesOf(answer.body)));
    } finally {
      await upstream.close();
    }
  };

  it("sends no credential, no cookie and no referrer", async () => {
    let seen: unknown;
    standIn = await startStandIn((request, response) => {
      seen = [request.method, request.url, Object.keys(request.headers).sort()];
      response.end("zip");
    });
    expect(await reading(`${standIn.url}/a?sig=1`, [new URL(standIn.url).host], true)).toBe("it passed");
    expect(seen).toEqual([
      "GET",
      "/a?sig=1",
      ["accept", "accept-encoding", "connection", "host", "user-agent"],
    ]);
  });

  it("is refused on this machine outside of the sandbox, even when listed", async () => {
    standIn = await startStandIn((_request, response) => response.end("secret"));
    expect(await reading(standIn.url, [new URL(standIn.url).host], false)).toBe("GH_UPSTREAM_REDIRECT");
  });

  it.each(hosts.refused)("is refused for %s [SSRF-01, SSRF-02]", async (address) => {
    expect(await reading(address, ["codeload.github.com"], false)).toBe("GH_UPSTREAM_REDIRECT");
  });
});

describe("a configured upstream", () => {
  it.each(hosts.neverUpstream)("cannot be %s [SSRF-01, SSRF-02]", (api) => {
    expect(() => createUpstream({ config: configFor({ api }) })).toThrow(/^upstream\.api: /);
  });

  it.each([
    "https://api.github.com",
    "https://ghes.acme.example/api/v3",
    "http://127.0.0.1:4402/api/v3",
    "http://[::1]:1",
    "http://localhost:1",
  ])("can be %s", async (api) => {
    await createUpstream({ config: configFor({ api }) }).close();
  });
});
