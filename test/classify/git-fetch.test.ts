import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { rewriteAdvertisement } from "../../lambda/classify/git-advertisement.ts";
import type { Action } from "../../lambda/model/action.ts";
import { streamOf, type HeaderList } from "../../lambda/model/http.ts";
import { ask, codeOf, sentText, textOf, toStream } from "./requests.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);
const type: HeaderList = [["Content-Type", "application/x-git-upload-pack-request"]];
const v2: HeaderList = [...type, ["Git-Protocol", "version=2"]];

function pkt(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
}

const fetch = (body: string | Uint8Array, headers: HeaderList): Promise<Action> =>
  ask("POST", "/o/r.git/git-upload-pack", { body, headers });

describe("info/refs", () => {
  it("of git-upload-pack is a read, and keeps the protocol version", async () => {
    const action = await ask("GET", "/o/r/info/refs?service=git-upload-pack", {
      headers: [
        ["Git-Protocol", "version=2"],
        ["Accept-Encoding", "br"],
      ],
    });
    expect(action).toMatchObject({
      operation: "git/advertise-upload-pack",
      effect: "read",
      fetch: { protocol: 2, command: "advertise", wants: [] },
      send: {
        segments: ["o", "r.git", "info", "refs"],
        query: [["service", "git-upload-pack"]],
        headers: [["git-protocol", "version=2"]],
      },
    });
  });

  it("of git-receive-pack needs a writer, and drops the protocol version", async () => {
    const action = await ask("GET", "/o/r.git/info/refs?service=git-receive-pack", {
      headers: [["Git-Protocol", "version=2"]],
    });
    expect(action).toMatchObject({
      operation: "git/advertise-receive-pack",
      effect: "write",
      send: { headers: [] },
    });
  });

  it("drops a protocol version that it does not know", async () => {
    const action = await ask("GET", "/o/r.git/info/refs?service=git-upload-pack", {
      headers: [["Git-Protocol", "version=2:x"]],
    });
    expect(action).toMatchObject({ fetch: { protocol: 0 }, send: { headers: [] } });
  });

  it.each([
    ["the dumb protocol", "GET", "/o/r.git/info/refs", "GH_UNKNOWN_PATH"],
    ["HEAD", "GET", "/o/r.git/HEAD", "GH_UNKNOWN_PATH"],
    ["objects", "GET", "/o/r.git/objects/info/packs", "GH_UNKNOWN_PATH"],
    ["another service", "GET", "/o/r.git/info/refs?service=git-upload-archive", "GH_UNKNOWN_PATH"],
    [
      "a service twice",
      "GET",
      "/o/r.git/info/refs?service=git-upload-pack&service=git-receive-pack",
      "GH_UNKNOWN_PATH",
    ],
    ["a second parameter", "GET", "/o/r.git/info/refs?service=git-upload-pack&x=1", "GH_UNKNOWN_PATH"],
    ["a POST", "POST", "/o/r.git/info/refs?service=git-upload-pack", "GH_METHOD_NOT_ALLOWED"],
    ["a push to a wiki", "GET", "/o/r.wiki.git/info/refs?service=git-receive-pack", "GH_WIKI_WRITE"],
    ["a wiki of a wiki", "GET", "/o/r.wiki.wiki.git/info/refs?service=git-upload-pack", "GH_UNKNOWN_PATH"],
    ["an owner with a dot", "GET", "/.well-known/r/info/refs?service=git-upload-pack", "GH_UNKNOWN_PATH"],
  ])("refuses %s", async (_what, method, target, code) => {
    expect(await codeOf(ask(method, target))).toBe(code);
  });
});

describe("a wiki", () => {
  it("is read as its repository is, in a folder of its own", async () => {
    const action = await ask("GET", "/o/r.wiki.git/info/refs?service=git-upload-pack");
    expect(action).toMatchObject({
      operation: "git/advertise-wiki",
      effect: "read",
      repository: { owner: "o", name: "r" },
      send: { segments: ["o", "r.wiki.git", "info", "refs"] },
    });
  });
});

describe("git-upload-pack", () => {
  const lsRefs = `${pkt("command=ls-refs\n")}${pkt("agent=git/2.39.5")}${pkt("object-format=sha1")}0001${pkt("peel\n")}${pkt("ref-prefix refs/heads/\n")}0000`;
  const fetchV2 = `${pkt("command=fetch")}${pkt("agent=git/2.39.5")}0001${pkt("thin-pack")}${pkt(`want ${a}\n`)}${pkt(`have ${b}\n`)}${pkt("done\n")}0000`;
  const fetchV0 = `${pkt(`want ${a} multi_ack_detailed no-done side-band-64k thin-pack ofs-delta agent=git/2.39.5\n`)}${pkt(`want ${b}\n`)}0000${pkt(`have ${b}\n`)}${pkt("done\n")}`;

  it("lists refs in version 2", async () => {
    const action = await fetch(lsRefs, v2);
    expect(action.fetch).toEqual({ protocol: 2, command: "ls-refs", wants: [] });
    expect(sentText(action)).toContain("ref-prefix refs/heads/\n");
  });

  it("fetches in version 2 and names every want", async () => {
    expect((await fetch(fetchV2, v2)).fetch).toEqual({ protocol: 2, command: "fetch", wants: [a] });
  });

  it("fetches in version 0 and names every want", async () => {
    const action = await fetch(fetchV0, type);
    expect(action.fetch).toEqual({ protocol: 0, command: "fetch", wants: [a, b] });
    expect(sentText(action)).toBe(fetchV0);
  });

  it("reads a gzip body and sends it plain", async () => {
    const action = await fetch(gzipSync(fetchV0), [...type, ["Content-Encoding", "gzip"]]);
    expect(sentText(action)).toBe(fetchV0);
    expect(action.send.headers.map(([name]) => name)).not.toContain("content-encoding");
  });

  it.each([
    ["packfile-uris", `${pkt("command=fetch")}0001${pkt("packfile-uris https")}${pkt(`want ${a}`)}0000`],
    ["bundle-uri", `${pkt("command=bundle-uri")}00010000`],
    ["object-info", `${pkt("command=object-info")}0001${pkt("size")}0000`],
    ["an unknown argument", `${pkt("command=fetch")}0001${pkt("magic")}0000`],
    ["an upper-case want", `${pkt("command=fetch")}0001${pkt(`want ${a.toUpperCase()}`)}0000`],
    ["a server option", `${pkt("command=fetch")}${pkt("server-option=x")}0001${pkt(`want ${a}`)}0000`],
    ["SHA-256", `${pkt("command=fetch")}${pkt("object-format=sha256")}0001${pkt(`want ${a}`)}0000`],
    ["a second command", fetchV2 + fetchV2],
    ["two delimiters", `${pkt("command=fetch")}00010001${pkt(`want ${a}`)}0000`],
    ["no flush", `${pkt("command=fetch")}0001${pkt(`want ${a}`)}`],
    ["nothing", ""],
    ["a version 0 body", fetchV0],
  ])("refuses %s in version 2", async (_what, body) => {
    expect(await codeOf(fetch(body, v2))).toBe("GH_BAD_BODY");
  });

  it.each([
    ["a version 2 body", fetchV2],
    ["an unknown line", `${pkt("magic\n")}0000`],
    ["capabilities on a later want", `${pkt(`want ${a}\n`)}${pkt(`want ${b} thin-pack\n`)}0000`],
    ["a delimiter", `${pkt(`want ${a}\n`)}0001`],
    ["a cut packet", fetchV0.slice(0, 60)],
  ])("refuses %s in version 0", async (_what, body) => {
    expect(await codeOf(fetch(body, type))).toBe("GH_BAD_BODY");
  });

  it("refuses more than 16 MiB", async () => {
    const lines = Buffer.from(pkt(`have ${b}\n`).repeat(340_000));
    expect(lines.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(await codeOf(fetch(lines, type))).toBe("GH_BODY_TOO_LARGE");
  });

  it("takes only its own exact content type", async () => {
    expect(await codeOf(fetch(fetchV0, [["Content-Type", "application/x-git-receive-pack-request"]]))).toBe(
      "GH_UNSUPPORTED_MEDIA",
    );
  });

  it("ends in a reading or in GH_BAD_BODY for any mutation", async () => {
    const mutation = fc.record({
      seed: fc.constantFrom(lsRefs, fetchV2, fetchV0),
      at: fc.nat(300),
      drop: fc.nat(5),
      insert: fc.string({ unit: fc.constantFrom("0", "1", "f", " ", "\n", "a", "\xff"), maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(mutation, fc.constantFrom(type, v2), async ({ seed, at, drop, insert }, headers) => {
        const place = at % seed.length;
        const text = seed.slice(0, place) + insert + seed.slice(place + drop);
        expect(["passed", "GH_BAD_BODY"]).toContain(
          await codeOf(fetch(Buffer.from(text, "latin1"), headers)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("rewriteAdvertisement", () => {
  const service = (name: string): string => `${pkt(`# service=${name}\n`)}0000`;
  const rewritten = (text: string, name: "git-upload-pack" | "git-receive-pack"): Promise<string> =>
    textOf(rewriteAdvertisement(toStream(Buffer.from(text, "latin1")), name));

  it("narrows the capabilities of a push and asks for packs that stand alone", async () => {
    const rest = `${pkt(`${b} refs/heads/x\n`)}${pkt(`${b} .have\n`)}0000`;
    const offered =
      "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 push-cert=n session-id=s push-options magic agent=git/2";
    const text = await rewritten(
      `${service("git-receive-pack")}${pkt(`${a} refs/heads/main\0${offered}\n`)}${rest}`,
      "git-receive-pack",
    );
    const kept =
      "report-status report-status-v2 delete-refs side-band-64k quiet atomic ofs-delta object-format=sha1 push-options agent=git/2 no-thin";
    expect(text).toBe(`${service("git-receive-pack")}${pkt(`${a} refs/heads/main\0${kept}\n`)}${rest}`);
  });

  it("narrows the advertisement of an empty repository", async () => {
    const text = await rewritten(
      `${service("git-receive-pack")}${pkt(`${"0".repeat(40)} capabilities^{}\0report-status push-cert=n\n`)}0000`,
      "git-receive-pack",
    );
    expect(text).toContain("capabilities^{}\0report-status no-thin\n");
    expect(text.endsWith("0000")).toBe(true);
  });

  it("keeps the bytes of ref names that are not UTF-8", async () => {
    const line = `${a} refs/heads/\xff\xe4\0report-status\n`;
    const packet = (line.length + 4).toString(16).padStart(4, "0") + line;
    expect(await rewritten(`${service("git-receive-pack")}${packet}0000`, "git-receive-pack")).toContain(
      "refs/heads/\xff\xe4\0report-status no-thin\n",
    );
  });

  it("passes a version 0 fetch advertisement unchanged", async () => {
    const text = `${service("git-upload-pack")}${pkt(`${a} HEAD\0multi_ack symref=HEAD:refs/heads/main\n`)}${pkt(`${a} refs/heads/main\n`)}0000`;
    expect(await rewritten(text, "git-upload-pack")).toBe(text);
  });

  it("strips packfile-uris and bundle-uri from version 2, with or without a service line", async () => {
    const offer = `${pkt("version 2\n")}${pkt("agent=git/2\n")}${pkt("ls-refs=unborn\n")}${pkt("fetch=shallow wait-for-done filter packfile-uris\n")}${pkt("server-option\n")}${pkt("bundle-uri\n")}${pkt("object-format=sha1\n")}0000`;
    const kept = `${pkt("version 2\n")}${pkt("agent=git/2\n")}${pkt("ls-refs=unborn\n")}${pkt("fetch=shallow wait-for-done filter\n")}${pkt("object-format=sha1\n")}0000`;
    expect(await rewritten(offer, "git-upload-pack")).toBe(kept);
    expect(await rewritten(service("git-upload-pack") + offer, "git-upload-pack")).toBe(
      service("git-upload-pack") + kept,
    );
  });

  it("passes an error packet on", async () => {
    const text = `${service("git-receive-pack")}${pkt("ERR no such repository\n")}`;
    expect(await rewritten(text, "git-receive-pack")).toBe(text);
  });

  it.each([
    ["a web page", "<html>"],
    ["another service", `${service("git-upload-pack")}0000`],
    ["nothing", ""],
    ["a cut packet", `${service("git-receive-pack")}00ff${a}`],
  ])("refuses %s", async (_what, text) => {
    expect(await codeOf(rewritten(text, "git-receive-pack"))).toBe("GH_UPSTREAM_UNREADABLE");
  });

  it("does not depend on how the answer is cut into chunks", async () => {
    const text = Buffer.from(
      `${service("git-receive-pack")}${pkt(`${a} refs/heads/main\0report-status magic\n`)}${pkt(`${b} refs/heads/x\n`)}0000`,
    );
    const bytes = Array.from(text, (byte) => Uint8Array.of(byte));
    expect(await textOf(rewriteAdvertisement(streamOf(...bytes), "git-receive-pack"))).toBe(
      await rewritten(text.toString("latin1"), "git-receive-pack"),
    );
  });
});
