// The four requests of git over HTTP: what each amounts to, and the request that is sent for it, to the last header.
import { describe, expect, it } from "@jest/globals";
import type { HeaderList } from "../../lambda/model/http.ts";
import { a, b, body, first, pack, pkt, zero } from "./pushes.ts";
import { ask, codeOf, sentText, textOf } from "./requests.ts";

const agent: HeaderList = [
  ["User-Agent", "git/2.39.5"],
  ["Accept-Language", "en"],
];
const pushType: HeaderList = [["Content-Type", "application/x-git-receive-pack-request"]];
const fetchType: HeaderList = [["Content-Type", "application/x-git-upload-pack-request"]];
const reading = {
  surface: "git",
  effect: "read",
  repository: { owner: "o", name: "r" },
  branches: { from: "none" },
  paths: [],
  parameters: {},
};

describe("git over HTTP", () => {
  it("asks for the refs with the client's version and nothing else of the client's but its name", async () => {
    for (const [value, protocol] of [
      ["version=1", 1],
      ["version=2", 2],
    ] as const)
      expect(
        await ask("GET", "/o/r/info/refs?service=git-upload-pack", {
          headers: [...agent, ["Git-Protocol", value]],
        }),
      ).toEqual({
        ...reading,
        operation: "git/advertise-upload-pack",
        title: "List the refs of a repository",
        fetch: { protocol, command: "advertise", wants: [] },
        send: {
          upstream: "git",
          method: "GET",
          segments: ["o", "r.git", "info", "refs"],
          query: [["service", "git-upload-pack"]],
          headers: [
            ["user-agent", "git/2.39.5"],
            ["git-protocol", value],
          ],
          body: { is: "none" },
        },
      });
  });

  it.each([
    ["fetch", "Fetch from a repository", `${pkt("command=fetch\n")}0001${pkt(`want ${a}\n`)}0000`, [a]],
    ["ls-refs", "List the refs of a repository", `${pkt("command=ls-refs\n")}0001${pkt("peel\n")}0000`, []],
    ["fetch", "Fetch from a repository", "0000", []],
  ])("sends a %s as it was read", async (command, title, text, wants) => {
    const action = await ask("POST", "/o/r.git/git-upload-pack", {
      headers: [...agent, ...fetchType, ["Git-Protocol", "version=2"]],
      body: text,
    });
    expect(action).toEqual({
      ...reading,
      operation: "git/upload-pack",
      title,
      fetch: { protocol: 2, command, wants },
      send: {
        upstream: "git",
        method: "POST",
        segments: ["o", "r.git", "git-upload-pack"],
        query: [],
        headers: [
          ["user-agent", "git/2.39.5"],
          ["content-type", "application/x-git-upload-pack-request"],
          ["accept", "application/x-git-upload-pack-result"],
          ["git-protocol", "version=2"],
        ],
        body: action.send.body,
      },
    });
    expect(sentText(action)).toBe(text);
  });

  it("sends a push as it was read", async () => {
    const action = await ask("POST", "/o/r.git/git-receive-pack", {
      headers: [...agent, ...pushType, ["Git-Protocol", "version=2"]],
      body: body(first),
    });
    expect(action).toEqual({
      ...reading,
      operation: "git/receive-pack",
      title: "Push",
      effect: "branch-write",
      branches: {
        from: "refs",
        refs: [{ ref: "refs/heads/dev", change: "update", old: a, new: b, force: "unknown" }],
      },
      push: action.push,
      send: {
        upstream: "git",
        method: "POST",
        segments: ["o", "r.git", "git-receive-pack"],
        query: [],
        headers: [
          ["user-agent", "git/2.39.5"],
          ["content-type", "application/x-git-receive-pack-request"],
          ["accept", "application/x-git-receive-pack-result"],
        ],
        body: action.send.body,
      },
    });
    if (action.send.body.is !== "stream") throw new Error("the pack is not streamed");
    expect(await textOf(action.send.body.stream)).toBe(body(first));
  });

  it("sends a probe, which changes nothing, whole", async () => {
    const action = await ask("POST", "/o/r.git/git-receive-pack", { headers: pushType, body: "0000" });
    expect(action).toMatchObject({
      title: "Ask whether a push may come",
      effect: "write",
      branches: { from: "refs", refs: [] },
    });
    expect(sentText(action)).toBe("0000");
  });

  it.each([
    ["/o/r.git/x/git-upload-pack", "GH_UNKNOWN_PATH"],
    ["/o/r.git/info%2frefs", "GH_UNKNOWN_PATH"],
    ["/o/r.git/info/refs/?service=git-upload-pack", "GH_UNKNOWN_PATH"],
    ["/o/r.git", "GH_UNKNOWN_PATH"],
    ["/o", "GH_UNKNOWN_PATH"],
    ["/o/r.github/info/refs?service=git-upload-pack", "passed"],
    ["/o/r.git.git/info/refs?service=git-upload-pack", "GH_UNKNOWN_PATH"],
    ["/o/r.wikis/info/refs?service=git-upload-pack", "passed"],
    ["/o/.git/info/refs?service=git-upload-pack", "GH_UNKNOWN_PATH"],
  ])("of %s is %s", async (target, code) => {
    expect(await codeOf(ask("GET", target))).toBe(code);
  });
});

describe("a push's limits", () => {
  const push = (text: string) =>
    codeOf(ask("POST", "/o/r.git/git-receive-pack", { headers: pushType, body: text }));
  const optioned = `${a} ${b} refs/heads/dev\0 report-status push-options`;
  const option = pkt("gatehouse.reason=x\n");

  it.each([
    [10_000, "passed"],
    [10_001, "GH_BAD_PUSH"],
  ])("%d shallow lines: %s", async (count, code) => {
    expect(await push(`${pkt(`shallow ${a}\n`).repeat(count)}${pkt(first)}0000${pack}`)).toBe(code);
  });

  it.each([
    [0, "passed"],
    [16, "passed"],
    [17, "GH_BAD_PUSH"],
  ])("%d push options: %s", async (count, code) => {
    expect(await push(`${pkt(optioned)}0000${option.repeat(count)}0000${pack}`)).toBe(code);
  });

  it.each([
    ["gatehouse.reason=x", "passed"],
    [`gatehouse.reason=${"x".repeat(500)}`, "passed"],
    [`gatehouse.reason=${"x".repeat(501)}`, "GH_BAD_PUSH"],
    ["gatehouse.reason=", "GH_BAD_PUSH"],
    ["xgatehouse.reason=x", "GH_BAD_PUSH"],
    ["gatehouse.reason=x\n\n", "GH_BAD_PUSH"],
    ["gatehouse.reason=x\ny", "GH_BAD_PUSH"],
  ])("the push option %j: %s", async (text, code) => {
    expect(await push(`${pkt(optioned)}0000${pkt(text)}0000${pack}`)).toBe(code);
  });

  it.each([
    ["report-status", "passed"],
    ["report-status-v2 delete-refs ofs-delta atomic quiet", "passed"],
    ["report-status session-id=abc", "passed"],
    ["report-status object-format=sha1", "passed"],
    ["report-status object-format=sha256", "GH_BAD_PUSH"],
    ["report-status quiet quiet", "GH_BAD_PUSH"],
    ["report-status agent=", "GH_BAD_PUSH"],
    ["report-status xagent=git", "GH_BAD_PUSH"],
    [`report-status agent=${"x".repeat(256)}`, "passed"],
    [`report-status agent=${"x".repeat(257)}`, "GH_BAD_PUSH"],
    ["report-status xsession-id=", "GH_BAD_PUSH"],
    ["quiet", "GH_BAD_PUSH"],
  ])("the capabilities %j: %s", async (capabilities, code) => {
    expect(await push(body(`${a} ${b} refs/heads/dev\0 ${capabilities}\n`))).toBe(code);
  });

  it.each([
    [`x${a} ${b} refs/heads/dev`, "GH_BAD_PUSH"],
    [`${a} ${b}`, "GH_BAD_PUSH"],
    [`${a} ${zero} refs/heads/gone`, "passed"],
    [`${zero} ${b} refs/heads/new\n`, "passed"],
    [`${zero} ${zero} refs/heads/none`, "GH_BAD_PUSH"],
    [`${a} ${b} refs/heads/two\0`, "GH_BAD_PUSH"],
    ["", "GH_BAD_PUSH"],
  ])("the second command %j: %s", async (line, code) => {
    const second = line === "" ? "0004" : pkt(line);
    expect(await push(`${pkt(first)}${second}0000${pack}`)).toBe(code);
  });

  it.each([
    [
      "deletes alone end with their commands",
      `${pkt(`${a} ${zero} refs/heads/x\0 report-status`)}0000`,
      "passed",
    ],
    ["deletes alone bring no pack", body(`${a} ${zero} refs/heads/x\0 report-status`), "GH_BAD_PUSH"],
    ["an update brings its pack", `${pkt(first)}0000`, "GH_BAD_PUSH"],
    ["its pack begins with PACK", `${pkt(first)}0000PACKED`, "passed"],
    ["its pack does not begin otherwise", `${pkt(first)}0000KCAP`, "GH_BAD_PUSH"],
  ])("%s", async (_what, text, code) => {
    expect(await push(text)).toBe(code);
  });
});

describe("what a push is read as", () => {
  it("has no shallow line, option or capability that was not sent", async () => {
    const { push } = await ask("POST", "/o/r.git/git-receive-pack", {
      headers: pushType,
      body: body(`${a} ${b} refs/heads/dev\0 report-status`),
    });
    expect(push).toMatchObject({ shallow: [], options: [], capabilities: ["report-status"], isProbe: false });
  });

  it("has those that were sent, in their order", async () => {
    const line = `${a} ${b} refs/heads/dev\0 report-status  push-options session-id=x agent=git/2`;
    const options = `${pkt("gatehouse.reason=a b\n")}${pkt("gatehouse.reason=c")}0000`;
    const { push } = await ask("POST", "/o/r.git/git-receive-pack", {
      headers: pushType,
      body: `${pkt(`shallow ${a}\n`)}${pkt(`shallow ${b}`)}${pkt(line)}0000${options}${pack}`,
    });
    expect(push).toMatchObject({
      shallow: [a, b],
      options: ["gatehouse.reason=a b", "gatehouse.reason=c"],
      capabilities: ["report-status", "push-options", "agent=git/2"],
    });
  });

  it("of a probe is empty", async () => {
    const { push } = await ask("POST", "/o/r.git/git-receive-pack", { headers: pushType, body: "0000" });
    expect(push).toMatchObject({ commands: [], capabilities: [], options: [], shallow: [], isProbe: true });
  });
});

describe("a fetch's lines", () => {
  const fetched = (text: string) =>
    codeOf(
      ask("POST", "/o/r.git/git-upload-pack", {
        headers: [...fetchType, ["Git-Protocol", "version=2"]],
        body: text,
      }),
    );

  it.each([
    ["fetch", "want-ref refs/heads/main", "passed"],
    ["fetch", "deepen 1", "passed"],
    ["fetch", "deepen-since 1700000000", "passed"],
    ["fetch", "deepen-not refs/heads/x", "passed"],
    ["fetch", "deepen-relative", "passed"],
    ["fetch", "ofs-delta", "passed"],
    ["fetch", "filter blob:none", "passed"],
    ["fetch", "peel", "GH_BAD_BODY"],
    ["fetch", `xwant ${a}`, "GH_BAD_BODY"],
    ["fetch", `want ${a}x`, "GH_BAD_BODY"],
    ["ls-refs", "symrefs", "passed"],
    ["ls-refs", "unborn", "passed"],
    ["ls-refs", `ref-prefix ${"x".repeat(1024)}`, "passed"],
    ["ls-refs", `ref-prefix ${"x".repeat(1025)}`, "GH_BAD_BODY"],
    ["ls-refs", "xpeel", "GH_BAD_BODY"],
    ["ls-refs", "peels", "GH_BAD_BODY"],
    ["ls-refs", `want ${a}`, "GH_BAD_BODY"],
  ])("%s may say %j: %s", async (command, line, code) => {
    expect(await fetched(`${pkt(`command=${command}`)}0001${pkt(line)}0000`)).toBe(code);
  });

  it.each([
    ["agent=git/2", "passed"],
    ["session-id=1", "passed"],
    ["object-format=sha1", "passed"],
    ["xagent=git/2", "GH_BAD_BODY"],
    ["object-format=sha1x", "GH_BAD_BODY"],
    ["xsession-id=", "GH_BAD_BODY"],
  ])("may ask for the capability %j: %s", async (line, code) => {
    expect(await fetched(`${pkt("command=ls-refs")}${pkt(line)}0001${pkt("peel")}0000`)).toBe(code);
  });

  it.each([
    ["0000x", "GH_BAD_BODY"],
    ["00000000", "GH_BAD_BODY"],
    ["0001", "GH_BAD_BODY"],
    [`${pkt("xcommand=fetch")}0000`, "GH_BAD_BODY"],
    [`${pkt("command=fetchx")}0000`, "GH_BAD_BODY"],
    [`${pkt("command=fetch")}0002`, "GH_BAD_BODY"],
    [`${pkt("command=fetch")}0000${pkt("done")}`, "GH_BAD_BODY"],
  ])("%j: %s", async (text, code) => {
    expect(await fetched(text)).toBe(code);
  });

  it("drops the client's session id", async () => {
    const action = await ask("POST", "/o/r.git/git-upload-pack", {
      headers: [...fetchType, ["Git-Protocol", "version=2"]],
      body: `${pkt("command=ls-refs")}${pkt("session-id=mine")}${pkt("agent=git/2")}0001${pkt("peel")}0000`,
    });
    expect(sentText(action)).toBe(
      `${pkt("command=ls-refs\n")}${pkt("agent=git/2\n")}0001${pkt("peel\n")}0000`,
    );
  });
});
