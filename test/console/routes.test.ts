import { describe, expect, it, jest } from "@jest/globals";
import { consoleAnswer } from "../../lambda/console/routes.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { fullDesk } from "../stand-ins/console-fixtures.ts";
import { fakeDesk, type FakeDesk } from "../stand-ins/fake-desk.ts";
import { ask, assets, consoleUrl, request, shown } from "./requests.ts";

const now = 1_790_000_000_000;
const full = (): FakeDesk => fakeDesk(fullDesk(now));
const called = (desk: FakeDesk): string[] => desk.calls.map(({ call }) => call);

describe("the pages", () => {
  it.each([
    "/",
    "/approvals",
    "/approvals?state=all",
    "/approvals/pln_1",
    "/sessions",
    "/sessions/ses_alpha",
    "/account",
    "/account?code=c1&state=s1",
  ])("serves the page at %s without asking who it is for", async (path) => {
    const desk = full();
    const answer = await ask(desk, request("GET", path));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("the page");
    expect(desk.calls).toEqual([]);
  });

  it("forbids inline code, foreign origins, frames and strings that become markup", async () => {
    const policy = (await ask(full(), request("GET", "/"))).header("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|data:|\*/);
  });

  it("cannot be framed by older browsers either", async () => {
    expect((await ask(full(), request("GET", "/approvals/pln_1"))).header("x-frame-options")).toBe("DENY");
  });

  it("serves assets with their type, for ever", async () => {
    const answer = await ask(full(), request("GET", "/assets/main-ABC.js"));
    expect(answer.header("content-type")).toBe("text/javascript; charset=utf-8");
    expect(answer.header("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.header("x-content-type-options")).toBe("nosniff");
  });

  it("does not keep the page itself in a cache", async () => {
    expect((await ask(full(), request("GET", "/"))).header("cache-control")).toBe("no-cache");
  });

  it("answers HEAD like GET, without a body", async () => {
    const get = await ask(full(), request("GET", "/"));
    const head = await ask(full(), request("HEAD", "/"));
    expect(head.headers).toEqual(get.headers);
    expect(head.text).toBe("");
  });

  it.each([
    "/assets/../index.html",
    "/assets/main-ABC.js/",
    "//evil.example",
    "/%61pprovals",
    "/approvals/pln_1/more",
    "/approvals/-x",
    "/unknown",
    "/a\\b",
    "http://console.gw.example/",
  ])("has nothing at %s", async (path) => {
    const { status } = await ask(full(), request("GET", path));
    expect([400, 404]).toContain(status);
  });

  it("shows a person the sentence on a page, with the right status and no markup from the error", async () => {
    const desk = full();
    desk.failNext("finishSignIn", new GateError("GH_SIGN_IN_FAILED", { why: `"><script>broken()</script>` }));
    const answer = await ask(desk, request("GET", "/sign-in/callback?code=1", [["Accept", "text/html"]]));
    expect(answer.status).toBe(400);
    expect(answer.header("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.text).toContain("GH_SIGN_IN_FAILED");
    expect(answer.text).not.toContain("<script>");
  });
});

describe("signing in and out", () => {
  it.each(["/", "/approvals/pln_1", "/sessions?user=bob", "/sessions/ses_alpha#req_3"])(
    "comes back to %s",
    async (back) => {
      const desk = full();
      await ask(desk, request("GET", `/sign-in?return=${encodeURIComponent(back)}`));
      expect(desk.calls).toEqual([
        expect.objectContaining({ call: "startSignIn", with: [back, expect.anything()] }),
      ]);
    },
  );

  it.each([
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/approvals/../../x",
    "/sign-out",
    "/_gatehouse/api/me",
    "/\r\nSet-Cookie: a=b",
    "/ /evil.example",
    "/sessions#a#b",
  ])("does not come back to %j", async (back) => {
    const desk = full();
    const answer = await ask(desk, request("GET", `/sign-in?return=${encodeURIComponent(back)}`));
    expect(answer.status).toBe(400);
    expect(called(desk)).toEqual([]);
  });

  it("hands the desk the whole target, so that it sees whether a fresh sign-in is wanted", async () => {
    const desk = full();
    await ask(desk, request("GET", "/sign-in?fresh=1&return=/"));
    expect(desk.calls[0]?.with).toEqual(["/", "/sign-in?fresh=1&return=/"]);
  });

  it("does not sign out by a link", async () => {
    const desk = full();
    expect((await ask(desk, request("GET", "/sign-out"))).status).toBe(405);
    expect(called(desk)).toEqual([]);
  });
});

describe("errors", () => {
  it("says code, sentence and reference", async () => {
    const answer = await ask(full(), request("GET", "/_gatehouse/api/approvals/pln_none"));
    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({
      code: "GH_NOT_FOUND",
      message: "There is no approval with this id, or you may not see it.",
      reference: "req_reference",
    });
  });

  it("tells a caller nothing of an error that is not in the catalogue, and tells the operator all", async () => {
    const desk = full();
    const secret = new Error("SELECT failed at /srv/data");
    desk.failNext("me", secret);
    const trouble = jest.fn();
    const answer = await shown(
      await consoleAnswer(request("GET", "/_gatehouse/api/me"), {
        desk,
        assets,
        consoleUrl,
        reference: () => "req_reference",
        trouble,
      }),
    );
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("SELECT");
    expect(trouble).toHaveBeenCalledWith("req_reference", secret);
  });

  it("challenges a caller who is not signed in", async () => {
    const desk = full();
    desk.contents.who = undefined;
    const answer = await ask(desk, request("GET", "/_gatehouse/api/me"));
    expect(answer.status).toBe(401);
    expect(answer.header("www-authenticate")).toBe("Bearer");
    expect(answer.json()).toMatchObject({ code: "GH_SIGN_IN_REQUIRED" });
  });

  it.each([
    ["DELETE", "/_gatehouse/api/approvals/pln_1", "GET, HEAD"],
    ["GET", "/_gatehouse/api/approvals/pln_1/decision", "POST"],
    ["POST", "/", "GET, HEAD"],
    ["GET", "/sign-out", "POST"],
  ])("refuses %s %s and says what is allowed", async (method, path, allowed) => {
    const answer = await ask(full(), request(method, path));
    expect(answer.status).toBe(405);
    expect(answer.header("allow")).toBe(allowed);
  });
});
