import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { GateError } from "../../lambda/model/errors.ts";
import { chainEntries, landedCommit, promptWords } from "../stand-ins/chain-fixtures.ts";
import { approvalOf, fullDesk, hostileApproval, meOf, carol } from "../stand-ins/console-fixtures.ts";
import { serveConsole, type ServedConsole } from "../stand-ins/console-server.ts";
import { fakeDesk, type FakeDesk } from "../stand-ins/fake-desk.ts";
import { launchChromium } from "./chromium.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs in the page. Texts, not functions: the browser's types stay out of the gateway's own program. */
const reportViolations = `document.addEventListener("securitypolicyviolation", (event) => {
  console.error("policy violation: " + event.violatedDirective + " " + event.blockedURI);
});`;

let browser: Browser;
let desk: FakeDesk;
let served: ServedConsole;
let context: BrowserContext;
let page: Page;
/** Everything that the browser complained about: policy violations, errors, and code that should not have run. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
});

beforeEach(async () => {
  desk = fakeDesk(fullDesk(Date.now()));
  desk.contents.entries.push(...chainEntries("ses_beta", Date.now() - 60_000));
  desk.contents.approvals.push(hostileApproval("pln_evil", Date.now(), 10_000));
  served = await serveConsole(desk);
  await open();
});
afterEach(async () => {
  await context.close();
  await served.close();
});

async function open(look: { width?: number; scheme?: "light" | "dark" } = {}): Promise<void> {
  context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: 850 },
    colorScheme: look.scheme ?? "light",
    reducedMotion: "reduce",
  });
  page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // A refused call is the console's business and shown on the page; the browser logs it too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(message.text());
    }
  });
  await page.addInitScript({ content: reportViolations });
}

/** A page is there when its heading is and nothing on it still loads. */
async function visit(path: string): Promise<void> {
  await page.goto(served.url + path);
  await page.locator("h1, .state-title").first().waitFor();
  await page.locator(".spinner").first().waitFor({ state: "detached" });
}

/** axe runs from the test's side: the page's own policy would refuse it as a script of the page. */
async function axeViolations(): Promise<string[]> {
  await page.evaluate(axeSource);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const options = JSON.stringify({ runOnly: { type: "tag", values: tags } });
  return page.evaluate<string[]>(
    `axe.run(${options}).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`,
  );
}

const pages = [
  ["what waits", "/"],
  ["the sandbox's inbox", "/inbox"],
  ["one's own GitHub account", "/account"],
  ["all approvals", "/approvals?state=all"],
  ["one approval", "/approvals/pln_1"],
  ["one's own request", "/approvals/pln_2"],
  ["a hostile approval", "/approvals/pln_evil"],
  ["the sessions", "/sessions"],
  ["a replay", "/sessions/ses_alpha#req_3"],
  ["a replay by prompts", "/sessions/ses_beta#req_push"],
  ["the search for a commit", "/blame"],
  ["the way back from a commit", `/blame?repository=acme%2Fapp&commit=${landedCommit}`],
  ["an unknown commit", "/blame?repository=acme%2Fapp&commit=1234567"],
  ["an unknown approval", "/approvals/pln_none"],
  ["an unknown page", "/nowhere"],
] as const;

describe.each(["light", "dark"] as const)("in %s", (scheme) => {
  it.each(pages)("%s is accessible and breaks no policy", async (_what, path) => {
    await context.close();
    await open({ scheme });
    await visit(path);
    if (path.includes("pln_evil")) await page.locator(".diff .line").first().waitFor();
    expect(await axeViolations()).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe("on a phone, 360 pixels wide", () => {
  it.each(pages)("%s needs no sideways scrolling", async (_what, path) => {
    await context.close();
    await open({ width: 360 });
    await visit(path);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
  });

  it("the decision is in sight from the start", async () => {
    await context.close();
    await open({ width: 360 });
    await visit("/approvals/pln_1");
    const box = await page.getByRole("button", { name: "Approve once" }).boundingBox();
    expect((box?.y ?? 9999) + (box?.height ?? 0)).toBeLessThanOrEqual(850);
  });
});

describe("a hostile change", () => {
  it("stays text, with what hides in it named, secrets first and the cut said", async () => {
    await visit("/approvals/pln_evil");
    await page.locator(".diff .line").first().waitFor();
    const text = await page.locator("main").innerText();
    expect(text).toContain("<script>globalThis.broken = true</script>");
    expect(text).toContain("U+202E RIGHT-TO-LEFT OVERRIDE");
    expect(text).toContain("U+001B ESCAPE");
    expect(text).toContain("U+0430 CYRILLIC LETTER");
    expect(text).toContain("masked GitHub token");
    expect(text).toContain("more characters");
    expect(text).toContain("This view is cut.");
    expect(text.indexOf("Secrets in this change")).toBeLessThan(text.indexOf("1 commit\n"));
    expect(
      ["\u202e", "\u2066", "\u2069", "\u001b", "\u0007", "\u200b"].filter((hidden) => text.includes(hidden)),
    ).toEqual([]);
    expect(await page.evaluate("'broken' in globalThis")).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("opens what is masked in a file after a reason, as text", async () => {
    await visit("/approvals/pln_1");
    desk.contents.opened = { lines: [{ line: 2, text: "<b>key</b>=value" }], isCut: false };
    await page.getByText("Show what is masked here").click();
    const show = page.getByRole("button", { name: "Show it" });
    expect(await show.isDisabled()).toBe(true);
    await page.getByLabel(/Why you need to see it/).fill("Is it real?");
    await show.click();
    await page.getByText("<b>key</b>=value").waitFor();
    const [asked] = desk.calls.filter(({ call }) => call === "reveal");
    expect(asked?.with).toEqual([
      "pln_1",
      { path: "src/invoice.ts", ref: "refs/heads/main", reason: "Is it real?" },
    ]);
    expect(complaints).toEqual([]);
  });

  it("offers nobody to open a mask who may not decide", async () => {
    await visit("/approvals/pln_2");
    await page.getByText("src/invoice.ts").first().waitFor();
    expect(await page.getByText("Show what is masked here").count()).toBe(0);
  });

  it("of ten thousand files puts a small part into the document", async () => {
    await visit("/approvals/pln_evil");
    await page.locator("details.file").first().waitFor();
    expect(await page.locator("details.file").count()).toBeLessThanOrEqual(50);
    expect(await page.locator("details.file .path").first().innerText()).toContain("src/<script>");
    expect(await page.evaluate("document.querySelectorAll('*').length")).toBeLessThan(3000);
  });

  it("that is cut needs a word that the rest was looked at", async () => {
    await visit("/approvals/pln_evil");
    const approve = page.getByRole("button", { name: "Approve once" });
    await page.getByLabel("Reason").fill("Looked at it in full");
    expect(await approve.isDisabled()).toBe(true);
    await page.getByLabel(/I have looked at the rest/).check();
    expect(await approve.isDisabled()).toBe(false);
  });
});

describe("one's own GitHub account", () => {
  it("is linked with what GitHub sent back, which does not stay in the address, and is unlinked again", async () => {
    await visit("/account");
    await page.getByRole("button", { name: "Link at GitHub" }).click();
    await page.getByText("Linked as octo").waitFor();
    expect(new URL(page.url()).search).toBe("");
    await page.getByRole("button", { name: "Unlink" }).click();
    await page.getByText("No account is linked.").waitFor();
    const acts = desk.calls.filter(({ call }) => /link/i.test(call)).map(({ call }) => call);
    expect(acts).toEqual(expect.arrayContaining(["startLink", "finishLink", "unlink"]));
    expect(complaints).toEqual([]);
  });
});

describe("the sandbox's inbox", () => {
  it("shows every part of a Slack message and of a mail as text, and links to nothing outside", async () => {
    await visit("/inbox");
    const text = await page.locator("main").innerText();
    const [mail, slack] = desk.contents.inbox;
    const texts = JSON.stringify(slack?.slack?.blocks).matchAll(/"text":"((?:[^"\\\\]|\\\\.)*)"/g);
    for (const [, part] of texts) expect(text).toContain(JSON.parse(`"${part ?? ""}"`));
    for (const line of mail?.email?.text.split("\n") ?? []) expect(text).toContain(line.trim());
    expect(text).toContain("<script>broken = 1</script>");
    const links = await page.evaluate<string[]>(
      `[...document.querySelectorAll("main a")].map((link) => link.getAttribute("href"))`,
    );
    expect(new Set(links)).toEqual(new Set(["/approvals/pln_1"]));
    expect(complaints).toEqual([]);
  });

  it("is offered in the sandbox only", async () => {
    await visit("/");
    expect(await page.getByRole("link", { name: "Inbox" }).count()).toBe(1);
    desk.contents.me = { ...desk.contents.me, isSandbox: false };
    await visit("/");
    expect(await page.getByRole("link", { name: "Inbox" }).count()).toBe(0);
  });
});

describe("deciding", () => {
  it("takes a reason, sends the plan that was shown, and says what became of it", async () => {
    await visit("/");
    await page.getByRole("link", { name: "Fix rounding in invoice totals" }).first().click();
    await page.getByText("If you approve, main of acme/app moves").waitFor();
    const approve = page.getByRole("button", { name: "Approve once" });
    expect(await approve.isDisabled()).toBe(true);
    await page.getByLabel("Reason").fill("Reads well");
    await approve.click();
    await page.getByText("Nothing to decide: this is approved").waitFor();
    expect(desk.calls.find(({ call }) => call === "decide")?.with).toEqual([
      "pln_1",
      { decision: "approve", reason: "Reads well", planHash: "5".repeat(64) },
    ]);
  });

  it("by Deny denies", async () => {
    await visit("/approvals/pln_1");
    await page.getByLabel("Reason").fill("Not on a Friday");
    await page.getByRole("button", { name: "Deny" }).click();
    await page.getByText("Nothing to decide: this is denied.").waitFor();
  });

  it("is not offered for one's own request, which can be withdrawn", async () => {
    await visit("/approvals/pln_2");
    await page.getByText("another person has to decide").last().waitFor();
    expect(await page.getByRole("button", { name: "Approve once" }).count()).toBe(0);
    await page.getByRole("button", { name: "Withdraw this request" }).click();
    await page.getByText("Nothing to decide: this is withdrawn.").waitFor();
  });

  it("with an old sign-in goes to sign in again and comes back with the reason", async () => {
    desk.contents.me = meOf(carol, Date.now() - 1);
    await visit("/approvals/pln_1");
    await page.getByLabel("Reason").fill("Reads well");
    const left = page.waitForRequest(/\/sign-in\?fresh=1/);
    await page.getByRole("button", { name: "Approve once" }).click();
    await left;
    await page.getByLabel("Reason").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("Reads well");
    const signIn = desk.calls.find(({ call }) => call === "startSignIn");
    expect(signIn?.with).toEqual(["/approvals/pln_1", "/sign-in?fresh=1&return=%2Fapprovals%2Fpln_1"]);
    expect(desk.calls.some(({ call }) => call === "decide")).toBe(false);
  });

  it("refused by the gateway for an old sign-in does the same", async () => {
    desk.failNext("decide", new GateError("GH_SIGN_IN_TOO_OLD"));
    await visit("/approvals/pln_1");
    await page.getByLabel("Reason").fill("Reads well");
    const left = page.waitForRequest(/\/sign-in\?fresh=1/);
    await page.getByRole("button", { name: "Approve once" }).click();
    await left;
    await page.getByLabel("Reason").waitFor();
    expect(await page.getByLabel("Reason").inputValue()).toBe("Reads well");
  });

  it("about a plan that changed meanwhile decides nothing and shows the present one", async () => {
    await visit("/approvals/pln_1");
    await page.getByLabel("Reason").fill("Reads well");
    desk.contents.approvals = [
      approvalOf("pln_1", Date.now(), {
        planHash: "6".repeat(64),
        sentence: "If you approve, another thing happens.",
      }),
    ];
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("What you looked at is not what waits now.").waitFor();
    await page.getByText("another thing happens").waitFor();
    expect(desk.contents.approvals[0]?.state).toBe("pending");
  });

  it("stops when another plan takes the place of the one on the page, until it was looked at", async () => {
    await page.clock.install();
    await visit("/approvals/pln_1");
    const sentence = "If you approve, another thing happens.";
    desk.contents.approvals = [approvalOf("pln_1", Date.now(), { planHash: "6".repeat(64), sentence })];
    await page.clock.fastForward(5000);
    await page.getByText("What waits here has changed since you opened this page.").waitFor();
    expect(await page.getByText(sentence).count()).toBe(0);
    expect(await page.getByRole("button", { name: "Approve once" }).count()).toBe(0);
    await page.getByRole("button", { name: "Look at it now" }).click();
    await page.getByText(sentence).waitFor();
    expect(await page.getByRole("button", { name: "Approve once" }).count()).toBe(1);
  });

  it("ends on the page at the moment at which the time is over", async () => {
    await page.clock.install();
    await visit("/approvals/pln_1");
    await page.getByRole("button", { name: "Approve once" }).waitFor();
    await page.clock.fastForward(42 * 60_000);
    await page.getByText("The time to decide is over.").waitFor();
    expect(await page.getByRole("button", { name: "Approve once" }).count()).toBe(0);
  });

  it("refused for another reason says the catalogue's sentence and reference", async () => {
    desk.failNext("decide", new GateError("GH_OWN_REQUEST"));
    await visit("/approvals/pln_1");
    await page.getByLabel("Reason").fill("Reads well");
    await page.getByRole("button", { name: "Approve once" }).click();
    await page.getByText("This is your own request; another person has to decide.").waitFor();
    await page.getByText("req_reference").waitFor();
  });
});

describe("the way from a prompt to a commit", () => {
  it("is one chain in the replay, with what is led back to no prompt apart", async () => {
    await visit("/sessions/ses_beta");
    const rows = page.locator(".timeline li");
    await rows.nth(6).waitFor();
    const texts = await rows.allInnerTexts();
    expect(texts.map((text) => text.replaceAll(/\s+/g, " "))).toEqual([
      expect.stringContaining(promptWords),
      expect.stringContaining("Ask a model"),
      expect.stringContaining("Asks for bash"),
      expect.stringContaining("Push to a branch"),
      expect.stringContaining("Landed: 9f8e7d6"),
      expect.stringContaining("Asks for view no call at GitHub is known to follow"),
      expect.stringContaining("Led back to no prompt"),
      expect.stringContaining("List issues"),
    ]);
    await page.keyboard.press("j");
    await page.locator('.timeline a[href="#req_push"][aria-current="true"]').waitFor();
    await page.locator(".detail").getByRole("link", { name: "a model's answer" }).click();
    await page.locator(".detail").getByRole("link", { name: "Push to a branch" }).click();
    await page.locator(".detail").getByRole("link", { name: "9f8e7d6" }).click();
    await page.getByRole("heading", { name: "Which prompt wrote this?" }).waitFor();
    await page.getByText(promptWords).waitFor();
  });

  it("is found by repository and the front of a commit's id", async () => {
    await visit("/blame");
    await page.getByLabel("Repository").fill("acme/app");
    await page.getByRole("textbox", { name: "Commit" }).fill("9f8e7d6");
    await page.keyboard.press("Enter");
    await page.getByText(promptWords).waitFor();
    expect(await page.locator(".chain h2").allInnerTexts()).toEqual([
      "Prompt",
      "The model's answer",
      "Call at GitHub",
      "Commit",
    ]);
    expect(await page.locator(".chain").innerText()).toContain(landedCommit);
  });
});

describe("a replay", () => {
  const current = () => page.locator('.timeline a[aria-current="true"]');

  it("opens at the entry that the address names", async () => {
    await visit("/sessions/ses_alpha#req_3");
    await page.getByRole("heading", { name: "Push to a branch" }).waitFor();
    expect(await current().getAttribute("href")).toBe("#req_3");
  });

  it("is driven by the keyboard", async () => {
    await visit("/sessions/ses_alpha#req_1");
    await current().waitFor();
    const press = async (key: string, entry: string): Promise<void> => {
      await page.keyboard.press(key);
      await page.locator(`.timeline a[href="#${entry}"][aria-current="true"]`).waitFor();
      expect(page.url()).toContain(`#${entry}`);
    };
    await press("j", "req_2");
    await press("k", "req_1");
    await press("n", "req_2");
    await press("n", "req_3");
    await page.keyboard.press("d");
    await page.locator(".diff .line.added").first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("delete");
    await page.getByRole("heading", { name: "Delete a branch" }).waitFor();
    expect(await page.locator(".timeline li").count()).toBe(1);
  });

  it("plays by the space bar, and shows its keys by a question mark", async () => {
    await visit("/sessions/ses_alpha#req_1");
    await current().waitFor();
    await page.keyboard.press(" ");
    await page.locator('.timeline a[href="#req_2"][aria-current="true"]').waitFor();
    await page.keyboard.press(" ");
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("next entry").waitFor();
  });

  it("of three hundred entries keeps a screenful in the document", async () => {
    await visit("/sessions/ses_alpha");
    await page.getByText("of 304").waitFor();
    expect(await page.locator(".timeline li").count()).toBeLessThan(40);
    await page.evaluate("document.querySelector('.timeline').scrollTop = 1e6");
    await page.locator('.timeline a[href="#req_304"]').waitFor();
  });

  it("shows a masked answer as text with the mask named", async () => {
    await visit("/sessions/ses_alpha#req_2");
    await page.getByRole("tab", { name: "Response" }).click();
    await page.getByText("masked GitHub token").waitFor();
    await page.getByText("<script>broken = 1</script>").waitFor();
    expect(complaints).toEqual([]);
  });
});

describe("the sessions", () => {
  it("narrow as one types, and the address keeps the filter", async () => {
    await visit("/sessions");
    await page.getByRole("row", { name: /bob/ }).waitFor();
    await page.getByLabel("Person").fill("bo");
    await page.getByRole("row", { name: /bob/ }).waitFor();
    await page.getByRole("row", { name: /alice/ }).waitFor({ state: "detached" });
    expect(page.url()).toMatch(/\?user=bo$/);
  });

  it("can be stopped, after a reason", async () => {
    await visit("/sessions");
    await page.getByRole("button", { name: "Stop session of bob" }).click();
    const dialog = page.getByRole("dialog");
    const stop = dialog.getByRole("button", { name: "Stop the session" });
    expect(await stop.isDisabled()).toBe(true);
    await dialog.getByLabel(/Reason/).fill("Leaked token");
    await stop.click();
    await page.getByRole("row", { name: /bob/ }).getByText("stopped").waitFor();
    expect(desk.calls.find(({ call }) => call === "stop")?.with).toEqual(["ses_beta", "Leaked token"]);
  });

  it("show no stop button to those who may not stop", async () => {
    const { me } = desk.contents;
    desk.contents.me = { ...me, may: { ...me.may, stopSessions: false } };
    await visit("/sessions");
    await page.getByRole("row", { name: /bob/ }).waitFor();
    expect(await page.getByRole("button", { name: /Stop/ }).count()).toBe(0);
  });
});

describe("a reader", () => {
  it("who is signed out is asked to sign in, and comes back to where they were", async () => {
    desk.contents.who = undefined;
    await visit("/approvals/pln_1");
    const left = page.waitForRequest(/\/sign-in\?return=%2Fapprovals%2Fpln_1$/);
    await page.getByRole("button", { name: /Sign in/ }).click();
    await left;
    expect(complaints).toEqual([]);
  });

  it("who may not see something is told so", async () => {
    desk.failNext(
      "session",
      new GateError("GH_NOT_PERMITTED", { reason: "only auditors read recordings of others" }),
    );
    await visit("/sessions/ses_alpha");
    await page.getByText("You may not see this").waitFor();
    await page.getByText("only auditors read recordings of others").waitFor();
  });

  it("with nothing waiting reads what would appear", async () => {
    desk.contents.approvals = [];
    await visit("/");
    await page.getByText("Nothing waits for you").waitFor();
    expect(await axeViolations()).toEqual([]);
  });

  it("can sign out", async () => {
    await visit("/");
    const out = page.waitForResponse(/\/sign-out$/);
    await page.getByRole("button", { name: "Sign out" }).click();
    await out;
    expect(desk.calls.some(({ call }) => call === "signOut")).toBe(true);
  });
});
