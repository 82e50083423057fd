import { describe, expect, it } from "@jest/globals";
import { ask, codeOf } from "./requests.ts";

const repo = "/api/v3/repos/o/r";

describe("REST reads", () => {
  it("answer for the root, with and without a slash", async () => {
    for (const target of ["/api/v3", "/api/v3/"])
      expect((await ask("GET", target)).operation).toBe("meta/root");
    expect((await ask("GET", "/", { host: "api.gw.test" })).operation).toBe("meta/root");
  });

  it("list the root folder for a trailing slash", async () => {
    const action = await ask("GET", `${repo}/contents/?ref=dev`);
    expect(action).toMatchObject({
      operation: "repos/get-content",
      effect: "read",
      send: { query: [["ref", "dev"]] },
    });
    expect(action.send.segments).toEqual(["repos", "o", "r", "contents"]);
  });

  it("may span repositories when they name none", async () => {
    expect(await ask("GET", "/api/v3/orgs/acme/repos")).toMatchObject({
      effect: "read-many",
      organization: "acme",
    });
    expect(await ask("GET", "/api/v3/search/code?q=x")).toMatchObject({ effect: "read-many" });
    expect(await ask("GET", "/api/v3/user")).toMatchObject({ effect: "read" });
  });

  it("may span repositories when a comparison names a fork", async () => {
    expect(await ask("GET", `${repo}/compare/main...dev`)).toMatchObject({ effect: "read" });
    expect(await ask("GET", `${repo}/compare/main...other:dev`)).toMatchObject({ effect: "read-many" });
  });

  it("pass as unknown reads when GitHub does not describe them", async () => {
    expect(await ask("GET", `${repo}/something-new?x=1`)).toMatchObject({
      operation: "unknown-read",
      effect: "read-many",
      repository: { owner: "o", name: "r" },
    });
  });

  it("refuse a parameter twice, an unknown one, and _method", async () => {
    for (const query of ["ref=dev&ref=main", "branch=x", "_method=DELETE"]) {
      expect(await codeOf(ask("GET", `${repo}/contents/f?${query}`))).toBe("GH_BAD_QUERY");
    }
    expect(await codeOf(ask("GET", `${repo}/unknown?_method=DELETE`))).toBe("GH_BAD_QUERY");
  });

  it("take paging parameters on any read, as GitHub's own links carry them", async () => {
    expect((await ask("GET", "/api/v3/repositories/7/issues?page=2&after=x")).parameters).toEqual({
      repositoryId: "7",
    });
  });

  it.each(["/mcp/", "/telemetry/telemetry", "/login/device", "/api/uploads/x", "/raw/o/r/main/f"])(
    "say that %s is not served yet",
    async (target) => {
      expect(await codeOf(ask("GET", target))).toBe("GH_NOT_SERVED");
    },
  );

  it("refuse a body", async () => {
    expect(await codeOf(ask("GET", `${repo}/merges`, { body: "{}" }))).toBe("GH_BAD_BODY");
    expect(await codeOf(ask("HEAD", `${repo}/pulls`, { body: "{}" }))).toBe("GH_BAD_BODY");
  });

  it.each(["/API/V3/user", "/api", "/api/v4/user", "/o/r", "/o/r/blob/main/f", "/_gatehouse/health"])(
    "have nothing at %s",
    async (target) => {
      expect(await codeOf(ask("GET", target))).toBe("GH_UNKNOWN_PATH");
    },
  );

  it("know hosts by name, whatever the case and default port", async () => {
    expect((await ask("GET", "/user", { host: "API.gw.test:443" })).operation).toBe(
      "users/get-authenticated",
    );
    for (const host of ["evil.test", "api.evil.test", "x.api.gw.test", "gw.test.evil.test", ""]) {
      expect(await codeOf(ask("GET", "/api/v3/user", { host }))).toBe("GH_UNKNOWN_PATH");
    }
  });
});
