// What reviewers are told on one machine, over Slack and SMTP.
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { ConfigInput } from "../../../lambda/model/config.ts";
import { noticesSchema } from "../../../lambda/model/notice-config.ts";
import type { NoticeMessage } from "../../../lambda/model/notices.ts";
import { createNoticeChannels, unsendable } from "../../../lambda/platform/local/notice-channels.ts";
import { startMailServer, type MailServer, type MailServerOptions } from "../../stand-ins/smtp.ts";
import { startSlack } from "../../stand-ins/slack.ts";

type Notices = NonNullable<ConfigInput["notices"]>;
type SmtpInput = NonNullable<Notices["smtp"]>;

const message: NoticeMessage = {
  id: "pln_aa/asked/platform-team",
  plan: "pln_aa",
  kind: "asked",
  team: "platform-team",
  slack: { text: "A push waits", blocks: [{ type: "divider" }] },
  email: { subject: "A push waits", text: "Look at it", html: "<p>Look at it</p>" },
};
const email = { from: "gate@corp.example", to: ["a@corp.example", "b@corp.example"] };
const secrets = new Map<string, string>();

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function channels(notices: Notices, more: { mailAuthority?: string; fetch?: typeof fetch } = {}) {
  return createNoticeChannels({
    config: noticesSchema.parse(notices),
    secrets: {
      secret: (name) => {
        const value = secrets.get(name);
        return value === undefined ? Promise.reject(new Error(`no ${name}`)) : Promise.resolve(value);
      },
    },
    ...more,
  });
}

async function mailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const server = await startMailServer(options);
  opened.push(server);
  return server;
}

function mailBy(server: MailServer, smtp: Partial<SmtpInput> = {}, mailAuthority = server.ca) {
  const sending = channels({ smtp: { host: "localhost", port: server.port, ...smtp } }, { mailAuthority });
  return sending.send({ email }, message);
}

describe("e-mail on one machine", () => {
  it("goes to every address, as text and as HTML, under TLS and with the password", async () => {
    const password = randomBytes(12).toString("hex");
    secrets.set("SMTP_PASSWORD", `${password}\n`);
    const server = await mailServer({ password });
    await mailBy(server, { user: "gate", passwordName: "SMTP_PASSWORD" });
    expect(server.taken).toMatchObject([{ user: "gate", isSecure: true, from: email.from, to: email.to }]);
    for (const part of [
      "Subject: A push waits",
      "Look at it",
      "<p>Look at it</p>",
      "Auto-Submitted: auto-generated",
      "X-Entity-Ref-ID: pln_aa/asked/platform-team",
    ])
      expect(server.taken[0]?.raw).toContain(part);
  });

  it("goes over a connection that begins with TLS", async () => {
    const server = await mailServer({ security: "tls" });
    await mailBy(server, { security: "tls" });
    expect(server.taken).toMatchObject([{ isSecure: true }]);
  });

  it("goes in the clear to a server on this machine, where that is configured", async () => {
    const server = await mailServer({ security: "none" });
    await mailBy(server, { security: "none" });
    expect(server.taken).toMatchObject([{ isSecure: false }]);
  });

  it("is not sent when the server offers no TLS, and neither is the password", async () => {
    secrets.set("SMTP_PASSWORD", "x".repeat(12));
    const server = await mailServer({ security: "none" });
    await expect(mailBy(server, { user: "gate", passwordName: "SMTP_PASSWORD" })).rejects.toThrow(
      `the mail server localhost:${server.port} could not be spoken to under TLS; nothing was sent`,
    );
    expect(server.taken).toEqual([]);
  });

  it("is not sent to a server whose certificate nobody vouches for", async () => {
    const server = await mailServer();
    const other = await mailServer();
    await expect(mailBy(server, {}, other.ca)).rejects.toThrow("the mail server");
    expect(server.taken).toEqual([]);
  });

  it("fails without the password in the error when it is wrong", async () => {
    const password = randomBytes(12).toString("hex");
    secrets.set("SMTP_PASSWORD", password);
    const server = await mailServer({ password: "another" });
    const sent = mailBy(server, { user: "gate", passwordName: "SMTP_PASSWORD" });
    await expect(sent).rejects.toThrow("did not take the user and password of notices.smtp (535)");
    await expect(sent).rejects.not.toThrow(password);
  });

  it("fails when one address is refused, and reaches the other", async () => {
    const server = await mailServer({ refuses: ["b@corp.example"] });
    await expect(mailBy(server)).rejects.toThrow("refused 1 of 2 addresses");
    expect(server.taken).toMatchObject([{ to: ["a@corp.example"] }]);
  });

  it("fails when nobody listens", async () => {
    const server = await startMailServer();
    await server.close();
    await expect(mailBy(server)).rejects.toThrow("could not be reached, ESOCKET");
  });

  it("fails when no mail server is configured", async () => {
    await expect(channels({}).send({ email }, message)).rejects.toThrow("notices.smtp is not set");
  });

  it("keeps a subject on one line", async () => {
    const server = await mailServer();
    const sending = channels(
      { smtp: { host: "localhost", port: server.port } },
      { mailAuthority: server.ca },
    );
    const subject = "A push\r\nBcc: everyone@corp.example";
    await sending.send({ email }, { ...message, email: { ...message.email, subject } });
    expect(server.taken[0]?.raw).not.toMatch(/^Bcc:/im);
    expect(server.taken[0]?.to).toEqual(email.to);
  });
});

describe("Slack on one machine", () => {
  it("takes messages by webhook, by channel and in answer to a button", async () => {
    const slack = await startSlack();
    opened.push(slack);
    const token = ["xoxb", "1234", "abcd"].join("-");
    secrets.set("SLACK_WEBHOOK", "https://hooks.slack.com/services/T0/B0/x");
    secrets.set("SLACK_BOT", token);
    const sending = channels({ slack: { botTokenName: "SLACK_BOT" } }, { fetch: slack.fetch });
    await sending.send({ slack: { webhookSecret: "SLACK_WEBHOOK" } }, message);
    slack.answer = { status: 200, body: JSON.stringify({ ok: true }) };
    await sending.send({ slack: { channel: "#reviews" } }, message);
    await sending.reply?.("https://hooks.slack.com/actions/T0/1/x", {
      ...message.slack,
      replace_original: true,
    });
    expect(slack.taken).toMatchObject([
      { url: "https://hooks.slack.com/services/T0/B0/x", authorization: "", body: message.slack },
      {
        url: "https://slack.com/api/chat.postMessage",
        authorization: `Bearer ${token}`,
        body: { ...message.slack, channel: "#reviews" },
      },
      { url: "https://hooks.slack.com/actions/T0/1/x", body: { replace_original: true } },
    ]);
  });
});

describe("notices that cannot work on one machine", () => {
  it("are found by their place", () => {
    const { teams } = noticesSchema.parse({
      teams: { a: [{ slack: { channel: "#a" } }, { email }], b: [{ inbox: true }] },
    });
    expect(unsendable({ teams })).toEqual([
      "notices.teams.a.1: e-mail needs a mail server on one machine; name it in notices.smtp",
      "notices.teams.b.0: only the sandbox has an inbox; name a channel that sends",
    ]);
  });

  it("are none when a mail server is named", () => {
    const notices = noticesSchema.parse({ teams: { a: [{ email }] }, smtp: { host: "mail.corp.example" } });
    expect(unsendable(notices)).toEqual([]);
  });
});

describe("the configuration of the mail server", () => {
  it.each<[string, SmtpInput]>([
    ["starttls elsewhere", { host: "mail.corp.example" }],
    ["none on this machine", { host: "127.0.0.1", security: "none" }],
    ["a user with a password", { host: "mail.corp.example", user: "gate", passwordName: "SMTP_PASSWORD" }],
  ])("may be %s", (_, smtp) => {
    expect(noticesSchema.safeParse({ smtp }).success).toBe(true);
  });

  it.each<[string, SmtpInput]>([
    ["none elsewhere", { host: "mail.corp.example", security: "none" }],
    [
      "none at an address that only begins like this machine's",
      { host: "127.0.0.1.evil.example", security: "none" },
    ],
    ["a user without a password", { host: "mail.corp.example", user: "gate" }],
    ["a password without a user", { host: "mail.corp.example", passwordName: "SMTP_PASSWORD" }],
    ["a host that is an address with a path", { host: "mail.corp.example/x" }],
  ])("may not be %s", (_, smtp) => {
    expect(noticesSchema.safeParse({ smtp }).success).toBe(false);
  });
});
