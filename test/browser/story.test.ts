// The whole story in a real browser: sign in at the company's issuer, look, approve, and replay what happened.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import type { SessionView } from "../../lambda/model/api.ts";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { clone, remoteUrl, type RunningGit } from "../stand-ins/git.ts";
import { launchChromium } from "./chromium.ts";

let gateway: GatewayUnderTest;
let browser: Browser;
const session = "ses-browser";

beforeAll(async () => {
  [gateway, browser] = await Promise.all([startGateway(), launchChromium()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await discard(gateway);
});

async function heldPush(within = session): Promise<RunningGit> {
  const token = await gateway.token("alice", { session: within });
  const url = remoteUrl(gateway.gateway, "alice", token, "acme/app");
  const work = await clone(url);
  await work.commit({ "src/totals.md": "Totals are rounded.\n" }, "Fix rounding in totals");
  const push = work.start("push", "origin", "HEAD:main");
  await push.saw("/approvals/");
  return push;
}

async function signedIn(person: string, at: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${gateway.console}${at}`);
  await page
    .getByRole("button", { name: /sign in/i })
    .or(page.getByRole("link", { name: /sign in/i }))
    .first()
    .click();
  await page.getByRole("button", { name: new RegExp(`\\(${person}\\)`) }).click();
  await page.waitForURL(`${gateway.console}/**`);
  // The way back is a page of its own that leads on.
  await page.locator("h1").first().waitFor();
  return page;
}

it("carol signs in, reads what would land, approves, and the push finishes; erin replays it", async () => {
  const push = await heldPush();
  const link = /http:\S+\/approvals\/pln_\w+/.exec(push.seen())?.[0] ?? "";

  const carol = await signedIn("carol", new URL(link).pathname);
  await carol.getByText("If you approve, main of acme/app moves").waitFor();
  await carol.getByText("src/totals.md").first().waitFor();
  await carol.getByText("Totals are rounded.").first().waitFor();
  await carol.getByLabel("Reason").fill("Rounding is right now");
  await carol.getByRole("button", { name: "Approve once" }).click();
  await carol.getByText(/Nothing to decide: this is/).waitFor();
  expect((await push.done).code).toBe(0);

  const cookies = await carol.context().cookies();
  const cookie = cookies.find(({ name }) => name.startsWith("__Host-"));
  expect([cookie?.httpOnly, cookie?.secure, cookie?.sameSite]).toEqual([true, true, "Strict"]);

  const erin = await signedIn("erin", `/sessions/${session}`);
  await erin.getByText("Push", { exact: true }).first().click();
  await erin
    .getByText(/protected-branch/)
    .first()
    .waitFor();
  await erin.getByRole("tab", { name: "Diff" }).click();
  await erin.getByText("Totals are rounded.").first().waitFor();
}, 90_000);

it("every verdict says why, what it rests on, and what would change it", async () => {
  const within = "ses-explained";
  expect((await gateway.api("alice", "GET", "/repos/acme/app", undefined, { session: within })).status).toBe(
    200,
  );
  expect(
    (await gateway.api("alice", "GET", "/repos/acme/vault", undefined, { session: within })).status,
  ).toBe(403);
  const push = await heldPush(within);
  const plan = /\/approvals\/(pln_\w+)/.exec(push.seen())?.[1] ?? "";
  await gateway.review("alice", "POST", `/approvals/${plan}/withdraw`, {});
  await push.done;
  const { entries } = (await gateway.review("erin", "GET", `/sessions/${within}`)).json as SessionView;

  const erin = await signedIn("erin", "/sessions");
  const seen: string[] = [];
  for (const { entry, intent } of entries) {
    await erin.goto(`${gateway.console}/sessions/${within}#${entry}`);
    await erin.locator(`.timeline a[href="#${entry}"][aria-current="true"]`).waitFor();
    const why = erin.getByRole("region", { name: "Verdict and why" });
    await why.getByText(intent.verdict.reason).waitFor();
    await why.getByText("What would change this").click();
    await why
      .getByText(/^(?:It rests on:|No single change)/)
      .first()
      .waitFor();
    const text = await why.innerText();
    for (const rule of intent.verdict.rules) expect(text).toContain(`Rule ${rule}`);
    for (const { because } of intent.verdict.protection)
      expect(text).toContain(`main is protected: ${because}`);
    expect(text).toMatch(/you are|alice|team/i);
    if (intent.verdict.is !== "allow") expect(text).toMatch(/^If .*: (?:allow|hold)/m);
    seen.push(intent.verdict.is);
  }
  expect(new Set(seen)).toEqual(new Set(["allow", "deny", "hold"]));
}, 90_000);

it("an agent's road token opens nothing at the console", async () => {
  const token = await gateway.token("carol");
  const answer = await fetch(`${gateway.console}/_gatehouse/api/approvals`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(401);
});
