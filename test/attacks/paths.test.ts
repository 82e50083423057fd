// A path, method, query or header that the gateway reads in one way and GitHub in another turns a harmless request into
// a merge. Every one of these is refused, or is decided as what GitHub would make of it; nothing of it leaves.
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { settled, writesAtGitHub } from "../stand-ins/oracle.ts";
import { rawRequest, sendRaw } from "../stand-ins/raw.ts";

let gateway: GatewayUnderTest;
let auth: string;
let sent = 0;
const session = "ses-attack-paths";
const json = "Content-Type: application/json";

beforeAll(async () => {
  gateway = await startGateway({ config: { hold: { restWaitMs: 0, perCaller: 200 } } });
  auth = `Authorization: Bearer ${await gateway.token("alice", { session })}`;
});
afterAll(async () => {
  try {
    expect(await writesAtGitHub(gateway)).toEqual([]);
    const entries = await settled(gateway, session, sent);
    expect(entries).toHaveLength(sent);
  } finally {
    await discard(gateway);
  }
});

async function code(line: string, body?: object, headers: string[] = []): Promise<string> {
  sent += 1;
  const text = body === undefined ? "" : JSON.stringify(body);
  const framing = body === undefined ? [] : [json, `Content-Length: ${text.length}`];
  const answer = await sendRaw(
    gateway.gateway,
    rawRequest(gateway.gateway, line, [auth, ...framing, ...headers], text),
  );
  return /"code":"(GH_\w+)"/.exec(answer.text)?.[1] ?? String(answer.status);
}

const refusals = ["GH_BAD_TARGET", "GH_BAD_QUERY", "GH_BAD_HEADERS", "GH_BAD_BODY", "GH_UNKNOWN_PATH"];
const not = ["GH_UNKNOWN_OPERATION", "GH_NOT_SERVED", "GH_METHOD_NOT_ALLOWED", "GH_DENIED", "GH_NOT_FOUND"];
const sha = "a".repeat(40);
const repo = "/api/v3/repos/acme/app";

describe("a path with two readings [PATH-06 to PATH-10, PATH-12 to PATH-15]", () => {
  it.each([
    `PUT ${repo}/contents/%2e%2e/%2e%2e/pulls/1/merge`,
    `PUT ${repo}/contents/../pulls/1/merge`,
    `PUT ${repo}/contents/a%2f..%2f..%2fpulls/1/merge`,
    `PUT ${repo}/contents/%252e%252e/x`,
    `PUT /api/v3//repos/acme/app/pulls/1/merge`,
    `PUT //api/v3/repos/acme/app/pulls/1/merge`,
    `PUT ${repo}/pulls/1/merge/`,
    `PUT ${repo}/pulls/1/merge%20`,
    `PUT ${repo}/pulls/1/merge;x=1`,
    `PUT ${repo};x=1/pulls/1/merge`,
    `PUT ${repo}/pulls/1%2fmerge`,
    `PUT ${repo}/pulls/01/merge`,
    `PUT ${repo}/pulls/1e0/merge`,
    `PUT ${repo}/pulls/%31%00/merge`,
    `PUT ${repo}/pulls/1\\merge`,
    `PUT ${repo}/pulls/1/merge#x`,
    `PUT /API/v3/repos/acme/app/pulls/1/merge`,
    `PUT /api/v3/api/v3/repos/acme/app/pulls/1/merge`,
    `PUT /repos/acme/app/pulls/1/merge`,
    `PUT /api/v3/Repos/acme/app/pulls/1/merge`,
    `PUT ${repo}/pulls/1/Merge`,
    `PUT ${repo}/pulls/1/merge-later`,
    `PUT /api/v3/repos/%d0%b0cme/app/pulls/1/merge`,
    `PUT /api/v3/repos/acme/app.git/pulls/1/merge`,
    `PUT /api/v3/repos/acme%2fapp/pulls/1/merge`,
    `PUT /api/v3/repositories/1e3/pulls/1/merge`,
    `PUT /api/v3/repositories/99999999999999999/pulls/1/merge`,
    `PATCH ${repo}/git/refs/heads%252fmain`,
    `PATCH ${repo}/git/refs/heads//main`,
    `PATCH ${repo}/git/refs/heads/main%0a`,
    `PATCH ${repo}/git/refs/../refs/heads/main`,
    `PATCH ${repo}/git/refs/HEAD`,
    `PATCH ${repo}/git/refs/refs/heads/main`,
    `PUT ${repo}/contents/.github/./workflows/x.yml`,
    `PUT ${repo}/contents/.github%2f%2fworkflows/x.yml`,
    `PUT /api/v3/${"a/".repeat(80)}x`,
    `PUT ${repo}/contents/${"a".repeat(9_000)}`,
  ])("is refused: %s", async (line) => {
    expect([...refusals, ...not, "GH_REPOSITORY_NOT_FOUND"]).toContain(
      await code(line, { sha, message: "m", content: "eA==" }),
    );
  });

  it.each([
    `PUT /api/v3/repositories/ID/contents/a.txt`,
    `PUT ${repo}/contents/%61.txt`,
    `PATCH ${repo}/git/refs/heads%2fmain`,
    `PATCH ${repo}/git/%72efs/heads/main`,
    `POST ${repo}/%6derges`,
    `PUT /api/v3/repos/ACME/App/contents/a.txt`,
  ])("is held as what it is: %s [PATH-01, PATH-04, PATH-05]", async (line) => {
    sent += 1;
    const { json: found } = await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session });
    const id = String((found as { id: number }).id);
    const body = line.startsWith("POST")
      ? { base: "main", head: "feature/discounts" }
      : line.startsWith("PATCH")
        ? { sha }
        : { message: "m", content: "eA==", branch: "main" };
    expect(await code(line.replace("ID", id), body)).toBe("GH_PENDING");
  });

  it.each<[string, object | undefined, string[]]>([
    [`DELETE ${repo}/branches/feature/x/protection`, undefined, ["GH_DENIED"]],
    [`PUT ${repo}/branches/main/protection/restrictions/users`, {}, ["GH_DENIED"]],
    [`POST ${repo}/branches/main/rename`, { new_name: "x" }, ["GH_PENDING"]],
    [`POST ${repo}/branches/main%2Frename/rename`, { new_name: "main" }, ["GH_PENDING"]],
    [`POST ${repo}/branches/main/rename/rename`, { new_name: "release/9" }, ["GH_PENDING"]],
    [`PATCH ${repo}/git/refs/heads/main/protection`, { sha }, ["GH_PENDING", "GH_NOT_FOUND"]],
  ])("is the gravest of what it could be: %s [PATH-11]", async (line, body, expected) => {
    expect(expected).toContain(await code(line, body));
  });

  it("decides about exactly the branch that is named, never a folded one", async () => {
    const held = async (branch: string): Promise<string> =>
      code(`PUT ${repo}/contents/a.txt`, { message: "m", content: "eA==", branch });
    expect(await held("main")).toBe("GH_PENDING");
    expect(await held("refs/heads/main")).toBe("GH_PENDING");
    for (const branch of ["heads/main", "refs/heads/refs/heads/main", " main", "main ", "HEAD", sha, "@"])
      expect([branch, await held(branch)]).toEqual([branch, "GH_BAD_BODY"]);
  });
});

describe("a method that is another [METHOD-01, METHOD-03]", () => {
  it.each(["X-HTTP-Method-Override: PATCH", "X-Method-Override: DELETE", "X-HTTP-Method: PUT"])(
    "is refused: %s",
    async (header) => {
      expect(await code(`POST ${repo}/git/refs/heads/main`, { sha }, [header])).toBe("GH_BAD_HEADERS");
    },
  );

  it.each(["TRACE", "OPTIONS", "PROPFIND", "PURGE", "LINK", "SEARCH"])("is refused: %s", async (method) => {
    expect(await code(`${method} ${repo}`)).toBe("GH_METHOD_NOT_ALLOWED");
  });

  it("is refused when the query or body names it", async () => {
    expect(refusals).toContain(await code(`POST ${repo}/issues?_method=DELETE`, { title: "t" }));
    expect(["GH_PENDING", ...refusals]).toContain(
      await code(`POST ${repo}/merges`, { _method: "DELETE", base: "main", head: "feature/discounts" }),
    );
  });

  it("is refused when a read carries a body [METHOD-04]", async () => {
    expect(await code(`GET ${repo}`, { mutation: 1 })).toBe("GH_BAD_BODY");
  });

  it("is not a read that nobody decided about: HEAD of a repository that is not theirs [METHOD-02]", async () => {
    sent += 1;
    const { status } = await sendRaw(
      gateway.gateway,
      rawRequest(gateway.gateway, "HEAD /api/v3/repos/acme/vault", [auth]),
    );
    expect(status).toBe(403);
  });
});

describe("a query or header with two readings [QUERY-01 to QUERY-03, HEADERS-04]", () => {
  it.each([
    `GET ${repo}/contents/README.md?ref=dev&ref=main`,
    `GET ${repo}/contents/README.md?ref[]=main`,
    `GET ${repo}/contents/README.md?ref%5bname%5d=main`,
    `GET ${repo}/contents/README.md?ref=%00`,
    `GET ${repo}/contents/README.md?access_token=x`,
    `GET ${repo}/contents/README.md?${"a=1&".repeat(200)}`,
    `DELETE ${repo}/contents/README.md?branch=main`,
  ])("is refused: %s", async (line) => {
    const body = line.startsWith("DELETE") ? { message: "m", sha, branch: "feature/discounts" } : undefined;
    expect(await code(line, body)).toBe("GH_BAD_QUERY");
  });

  it.each([
    ["a version with a line break", "X-GitHub-Api-Version: 2022-11-28%0d%0aX: y"],
    ["a very long one", `Accept: ${"a".repeat(2_000)}`],
    ["one that stands twice", "Content-Type: application/json\r\nContent-Type: text/plain"],
  ])("is refused: %s", async (_what, header) => {
    expect(["GH_BAD_HEADERS", "400"]).toContain(await code(`GET ${repo}`, undefined, [header]));
  });

  it("does not reach GitHub when it is none of ours to carry [HEADERS-03, HEADERS-05 to HEADERS-07]", async () => {
    const mine = "x-attack-by-header";
    sent += 1;
    await sendRaw(
      gateway.gateway,
      rawRequest(gateway.gateway, `GET ${repo}/branches`, [
        auth,
        "Connection: close, Authorization, X-GitHub-Api-Version",
        `Cookie: ${mine}`,
        `X-Forwarded-Host: ${mine}`,
        "Range: bytes=0-11",
        "Accept-Encoding: zstd, br",
        `GraphQL-Features: ${mine}`,
      ]),
    );
    const last = (await gateway.upstream()).filter(({ path }) => path.endsWith("/branches")).at(-1);
    expect(JSON.stringify(last)).not.toContain(mine);
    expect(last?.headers).not.toHaveProperty("range");
    expect(last?.headers.authorization).toBeDefined();
  });
});
