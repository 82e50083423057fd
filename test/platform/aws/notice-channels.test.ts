// What reviewers are told, over Slack and SES.
import { SESv2Client, CreateEmailIdentityCommand } from "@aws-sdk/client-sesv2";
import { describe, expect, it } from "@jest/globals";
import type { NoticeMessage } from "../../../lambda/model/notices.ts";
import { services } from "./services.ts";

const message: NoticeMessage = {
  id: "pln_aa/asked/platform-team",
  plan: "pln_aa",
  kind: "asked",
  team: "platform-team",
  slack: { text: "A push waits", blocks: [{ type: "divider" }] },
  email: { subject: "A push waits", text: "Look at it", html: "<p>Look at it</p>" },
};
const webhook = { slack: { webhookSecret: "slack/webhook" } };
const channel = { slack: { channel: "#reviews" } };

describe("notices", () => {
  const on = services();
  const token = ["xoxb", "1234", "abcd"].join("-");
  const said = (body: object): Response => new Response(JSON.stringify(body));

  it("go to Slack's webhook as its secret says", async () => {
    on.aws.secrets.set("slack/webhook", "https://hooks.slack.com/services/T0/B0/x");
    await on.platform.notices.send(webhook, message);
    expect(on.slack.sent).toMatchObject([
      {
        url: "https://hooks.slack.com/services/T0/B0/x",
        init: { method: "POST", redirect: "error", body: JSON.stringify(message.slack) },
      },
    ]);
  });

  it.each([
    "http://hooks.slack.com/services/T0/B0/x",
    "https://hooks.slack.com.evil.example/x",
    "https://evil.example/services",
    "https://hooks.slack.com:8443/x",
    "not an address",
  ])("go nowhere when the webhook's secret is %s", async (address) => {
    on.aws.secrets.set("slack/webhook", address);
    const sent = on.platform.notices.send(webhook, message);
    await expect(sent).rejects.toThrow("the secret slack/webhook holds no address");
    await expect(sent).rejects.not.toThrow(address);
    expect(on.slack.sent).toEqual([]);
  });

  it("that a webhook refuses fail with Slack's word, without the webhook's address", async () => {
    on.aws.secrets.set("slack/webhook", "https://hooks.slack.com/services/T0/B0/x");
    on.slack.answer = () => new Response("channel_is_archived", { status: 410 });
    await expect(on.platform.notices.send(webhook, message)).rejects.toThrow(
      "Slack's webhook answered 410 channel_is_archived",
    );
    on.slack.answer = () => {
      throw new Error("cannot reach https://hooks.slack.com/services/T0/B0/x");
    };
    await expect(on.platform.notices.send(webhook, message)).rejects.not.toThrow("services");
  });

  it("that answer a pressed button go to the address that came with it, at Slack and nowhere else", async () => {
    const reply = { text: "Approved", blocks: [], replace_original: true };
    await on.platform.notices.reply?.("https://hooks.slack.com/actions/T0/1/x", reply);
    expect(on.slack.sent).toMatchObject([
      { url: "https://hooks.slack.com/actions/T0/1/x", init: { body: JSON.stringify(reply) } },
    ]);
    await expect(on.platform.notices.reply?.("https://evil.example/actions", reply)).rejects.toThrow(
      "not Slack's",
    );
    expect(on.slack.sent).toHaveLength(1);
  });

  it("go to a channel with the bot's token", async () => {
    on.aws.secrets.set("slack/bot", token);
    on.slack.answer = () => said({ ok: true });
    await on.platform.notices.send(channel, message);
    expect(on.slack.sent).toMatchObject([
      {
        url: "https://slack.com/api/chat.postMessage",
        init: {
          headers: { authorization: `Bearer ${token}` },
          body: expect.stringContaining('"channel":"#reviews"'),
        },
      },
    ]);
  });

  it("fail when Slack says no, which it does with status 200", async () => {
    on.aws.secrets.set("slack/bot", token);
    on.slack.answer = () => said({ ok: false, error: "not_in_channel" });
    await expect(on.platform.notices.send(channel, message)).rejects.toThrow(
      "Slack answered 200 not_in_channel",
    );
  });

  it("are sent with no token but Slack's", async () => {
    on.aws.secrets.set("slack/bot", "something else\nentirely");
    await expect(on.platform.notices.send(channel, message)).rejects.toThrow("holds no Slack token");
    expect(on.slack.sent).toEqual([]);
  });

  it("go by mail to every address, as text and as HTML", async () => {
    const ses = new SESv2Client({});
    await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: "gate@corp.example" }));
    ses.destroy();
    const email = { from: "gate@corp.example", to: ["a@corp.example", "b@corp.example"] };
    await on.platform.notices.send({ email }, message);
    expect(on.aws.mail.sent.at(-1)).toMatchObject({
      FromEmailAddress: "gate@corp.example",
      Destination: { ToAddresses: email.to },
      Content: {
        Simple: {
          Subject: { Data: "A push waits" },
          Body: { Text: { Data: "Look at it" }, Html: { Data: "<p>Look at it</p>" } },
        },
      },
    });
  });

  it("by mail fail when the sender is not known to SES", async () => {
    const email = { from: "nobody@corp.example", to: ["a@corp.example"] };
    await expect(on.platform.notices.send({ email }, message)).rejects.toThrow("not verified");
  });

  it("for an inbox fail, since there is none", async () => {
    await expect(on.platform.notices.send({ inbox: true }, message)).rejects.toThrow("has no inbox");
  });
});
