// A person lets a program in with a real browser: the code page, the company's sign-in, and the confirmation.
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { discard, startGateway, type GatewayUnderTest } from "../stand-ins/gateway.ts";
import { launchChromium } from "./chromium.ts";

let gateway: GatewayUnderTest;
let browser: Browser;

beforeAll(async () => {
  [gateway, browser] = await Promise.all([startGateway(), launchChromium()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await discard(gateway);
});

async function asked(path: string, form: Record<string, string>): Promise<Record<string, string>> {
  const answer = await fetch(`${gateway.gateway}${path}`, {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({ client_id: "Ov23ctDVkRmgkPke0Mmm", ...form }),
  });
  return (await answer.json()) as Record<string, string>;
}

it("alice types the code of Copilot, signs in, sees who asks, allows it, and Copilot has its token", async () => {
  const device = await asked("/login/device/code", { scope: "repo" });
  const page = await (await browser.newContext()).newPage();
  const troubles: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  await page.goto(device.verification_uri ?? "");
  await page.getByLabel("Code").fill(device.user_code ?? "");
  await page.getByRole("button", { name: /Continue/ }).click();
  await page.getByRole("button", { name: /\(alice\)/ }).click();
  await page.getByRole("heading", { name: "Let GitHub Copilot CLI act for you?" }).waitFor();
  await page.getByText("Alice Arden (alice)").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  const cookies = await page.context().cookies(gateway.gateway);
  expect(cookies.find(({ name }) => name === "__Host-gatehouse-login")).toMatchObject({
    httpOnly: true,
    secure: true,
    sameSite: "Lax",
  });
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Signed in" }).waitFor();
  // The style sheet and the forms passed the page's own policy.
  expect(troubles.filter((text) => /Content Security Policy/i.test(text))).toEqual([]);
  const answer = await asked("/login/oauth/access_token", {
    device_code: device.device_code ?? "",
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
  });
  expect(answer.access_token).toMatch(/^gho_/);
}, 90_000);
