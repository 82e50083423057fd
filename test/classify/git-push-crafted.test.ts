// Forms of a push that moved refs past other readers, or that git itself refuses. None may be skipped over.
import { describe, expect, it } from "@jest/globals";
import { readPush } from "../../lambda/classify/git-push.ts";
import { codeOf, toStream } from "./requests.ts";
import { a, b, body, caps, first, pack, pkt, zero } from "./pushes.ts";

describe("a crafted push", () => {
  it.each<[string, string]>([
    ["no capabilities", body(`${a} ${b} refs/heads/main`)],
    ["no capabilities, with a newline", body(`${a} ${b} refs/heads/main\n`)],
    ["capabilities on a later command", body(first, `${a} ${b} refs/heads/main\0${caps}`)],
    [
      "capabilities only on the second command",
      body(`${a} ${b} refs/heads/dev`, `${a} ${b} refs/heads/main\0${caps}`),
    ],
    ["any text behind a NUL on a later command", body(first, `${a} ${b} refs/heads/main\0x`)],
    ["two NULs on the first command", body(`${a} ${b} refs/heads/dev\0${caps}\0${a} ${b} refs/heads/main`)],
    ["an upper-case packet length", body(first).replace(/^00../, (length) => length.toUpperCase())],
    ["an upper-case old id", body(`${a.toUpperCase()} ${b} refs/heads/main\0${caps}`)],
    ["an upper-case new id", body(`${a} ${b.toUpperCase()} refs/heads/main\0${caps}`)],
    ["a newline before the capabilities", body(`${a} ${b} refs/heads/main\n\0${caps}`)],
    ["a shallow line between commands", body(first, `shallow ${a}`, `${a} ${b} refs/heads/main`)],
    ["a shallow line after the commands", body(first, `shallow ${a}`)],
    ["a shallow line with trailing junk", body(`shallow ${a} x`, first)],
    ["a shallow line with an upper-case id", body(`shallow ${a.toUpperCase()}`, first)],
    ["shallow lines alone", `${pkt(`shallow ${a}`)}0000`],
    ["0001 instead of the flush", `${pkt(first)}0001${pack}`],
    ["0002 instead of the flush", `${pkt(first)}0002${pack}`],
    ["0001 between commands", `${pkt(first)}0001${pkt(`${a} ${b} refs/heads/main`)}0000${pack}`],
    ["the length 0003", `${pkt(first)}00030000${pack}`],
    ["the length 0004", `${pkt(first)}00040000${pack}`],
    ["a length beyond 65520", `fff1${"x".repeat(65_517)}`],
    ["commands after the flush", `${pkt(first)}0000${pkt(`${a} ${b} refs/heads/main`)}0000${pack}`],
    ["a second flush before the pack", `${pkt(first)}00000000${pack}`],
    ["an end without a flush", pkt(first)],
    ["an end inside a packet", pkt(first).slice(0, 80)],
    ["an end inside a length", `${pkt(first)}00`],
    ["nothing at all", ""],
    ["no pack", `${pkt(first)}0000`],
    ["something else than a pack", `${pkt(first)}0000JUNK`],
    ["a pack that is cut in its magic", `${pkt(first)}0000PAC`],
    ["bytes behind a probe", `0000${pack}`],
    [
      "a push certificate",
      body(
        `push-cert\0${caps}`,
        "certificate version 0.1\n",
        `${a} ${b} refs/heads/main\n`,
        "push-cert-end\n",
      ),
    ],
    [
      "a push certificate after a command",
      body(first, "push-cert", `${a} ${b} refs/heads/main`, "push-cert-end\n"),
    ],
    ["a push certificate that was asked for", body(`${a} ${b} refs/heads/dev\0${caps} push-cert=nonce`)],
    ["the same ref twice", body(first, `${a} ${zero} refs/heads/dev`)],
    ["HEAD", body(`${a} ${b} HEAD\0${caps}`)],
    ["a bare branch name", body(`${a} ${b} main\0${caps}`)],
    ["a half qualified name", body(`${a} ${b} heads/main\0${caps}`)],
    ["refs//heads/main", body(`${a} ${b} refs//heads/main\0${caps}`)],
    ["refs/heads//main", body(`${a} ${b} refs/heads//main\0${caps}`)],
    ["refs/heads/./main", body(`${a} ${b} refs/heads/./main\0${caps}`)],
    ["refs/heads/x/../main", body(`${a} ${b} refs/heads/x/../main\0${caps}`)],
    ["refs/heads/main.lock", body(`${a} ${b} refs/heads/main.lock\0${caps}`)],
    ["refs/heads/", body(`${a} ${b} refs/heads/\0${caps}`)],
    ["refs/for/main", body(`${a} ${b} refs/for/main\0${caps}`)],
    ["refs/pull/1/head", body(`${a} ${b} refs/pull/1/head\0${caps}`)],
    ["refs/notes/commits", body(`${a} ${b} refs/notes/commits\0${caps}`)],
    ["an extra space", body(`${a}  ${b} refs/heads/main\0${caps}`)],
    ["a trailing space", body(`${a} ${b} refs/heads/main \0${caps}`)],
    ["a tab", body(`${a}\t${b} refs/heads/main\0${caps}`)],
    ["a carriage return", body(first, `${a} ${b} refs/heads/main\r\n`)],
    ["a second newline", body(first, `${a} ${b} refs/heads/main\n\n`)],
    ["a short id", body(`${a.slice(1)} ${b} refs/heads/main\0${caps}`)],
    ["SHA-256 ids", body(`${"a".repeat(64)} ${"b".repeat(64)} refs/heads/main\0${caps}`)],
    ["a SHA-256 object format", body(`${a} ${b} refs/heads/main\0 report-status object-format=sha256`)],
    ["neither old nor new", body(`${zero} ${zero} refs/heads/main\0${caps}`)],
    ["no report asked for", body(`${a} ${b} refs/heads/main\0 side-band-64k`)],
    ["a capability that was not offered", body(`${a} ${b} refs/heads/main\0${caps} magic`)],
    [
      "a push option that steers hooks",
      `${pkt(`${a} ${b} refs/heads/dev\0${caps} push-options`)}0000${pkt("ci.skip")}0000${pack}`,
    ],
    [
      "push options without an end",
      `${pkt(`${a} ${b} refs/heads/dev\0${caps} push-options`)}0000${pkt("gatehouse.reason=x")}`,
    ],
    ["a ref longer than 1024 bytes", body(`${a} ${b} refs/heads/${"x".repeat(1014)}\0${caps}`)],
  ])("is refused with %s", async (_what, text) => {
    expect(await codeOf(readPush(toStream(text), 1000))).toBe("GH_BAD_PUSH");
  });
});
