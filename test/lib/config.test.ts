// The deployment's one file: what is wrong is said at once, with key and remedy.
import { describe, expect, it } from "@jest/globals";
import { parseDeployConfig } from "../../lib/config.ts";
import { example } from "./a-stack.ts";

function problems(change: Record<string, unknown>): string {
  try {
    parseDeployConfig("gatehouse.deploy.json", { ...example(), ...change });
    return "";
  } catch (error) {
    return String(error);
  }
}

function logArchive(account: string): Record<string, string> {
  return {
    account,
    bucket: "example-log-archive",
    keyArn: `arn:aws:kms:eu-central-1:${account}:key/made-up`,
  };
}

describe("gatehouse.deploy.json", () => {
  it("is accepted as in the example, with the addresses of its domain", () => {
    const { gatehouse } = parseDeployConfig("the example", example());
    expect(gatehouse.gateway.url).toBe("https://gw.example.com");
    expect(gatehouse.console.url).toBe("https://console.gw.example.com");
    expect(gatehouse.isSandbox).toBe(false);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown key", { regoin: "eu-central-1" }, /regoin/],
    ["half an address of the account", { account: "111122223333" }, /give account and region both/],
    [
      "a domain without a certificate",
      { domain: { name: "gw.example.com" } },
      /needs certificateArn, or zone/,
    ],
    [
      "a zone that does not hold the domain",
      { domain: { name: "gw.example.com", zone: { id: "Z1", name: "example.org" } } },
      /example\.org does not contain gw\.example\.com/,
    ],
    ["no signing key", { signingKeys: [] }, /signingKeys/],
    [
      "two signing keys of one name",
      { signingKeys: [1, 2].map(() => ({ name: "first", since: "2026-01-01" })) },
      /names are unique/,
    ],
    [
      "a log archive in the gateway's own account",
      {
        account: "111122223333",
        region: "eu-central-1",
        logArchive: { ...logArchive("111122223333"), account: "111122223333" },
      },
      /logArchive\.account: is the gateway's own/,
    ],
    [
      "a log archive whose key is another account's",
      { logArchive: { ...logArchive("444455556666"), account: "777788889999" } },
      /logArchive\.keyArn: is not a key of the account 777788889999/,
    ],
    ["an archive that keeps nothing", { archive: { retentionDays: 0 } }, /archive\.retentionDays/],
    [
      "the sandbox",
      { gatehouse: { ...(example().gatehouse as object), isSandbox: true } },
      /gatehouse\.isSandbox: not allowed here/,
    ],
    [
      "a secret in the file",
      {
        gatehouse: {
          ...(example().gatehouse as object),
          console: { issuer: "https://login.example.com", clientId: "c", clientSecret: "x" },
        },
      },
      /clientSecret: not allowed here; a secret in a file ends up in the bundle/,
    ],
    [
      "a mail server",
      { gatehouse: { ...(example().gatehouse as object), notices: { smtp: { host: "mail.example.com" } } } },
      /gatehouse\.notices\.smtp: not allowed here; on AWS e-mail goes through SES/,
    ],
    [
      "a mistake in the gateway's own part",
      { gatehouse: { ...(example().gatehouse as object), issuers: [] } },
      /gatehouse in gatehouse\.deploy\.json was not accepted:\n {2}- issuers/,
    ],
  ])("refuses %s", (_, change, message) => {
    expect(problems(change)).toMatch(message);
  });

  it("names every problem at once", () => {
    const said = problems({ regoin: "x", stackName: "0", logRetentionDays: 7 });
    for (const key of ["regoin", "stackName", "logRetentionDays"]) expect(said).toContain(key);
  });
});
