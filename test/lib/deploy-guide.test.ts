// The deploy guide says what the program does: its settings, its examples and its cost table are held to the code.
import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { costTable, defaults, fixedCounts, monthly } from "../../bin/cost/prices.ts";
import { deploySchema, parseDeployConfig } from "../../lib/config.ts";
import { example, makeStack, templateOf } from "./a-stack.ts";

const guide = readFileSync(join(import.meta.dirname, "../../docs/deploy.md"), "utf8");

describe("docs/deploy.md", () => {
  it("has a row for each setting, with its default", () => {
    const schema = z.toJSONSchema(deploySchema, { io: "input" });
    const expected = Object.entries(schema.properties ?? {}).map(([key, value]) => {
      const isRequired = schema.required?.includes(key) === true;
      const fallback =
        typeof value === "object" && value.default !== undefined && typeof value.default !== "object"
          ? `\`${JSON.stringify(value.default)}\``
          : "–";
      return [key, isRequired ? "required" : fallback];
    });
    const table = /^\| key[\s\S]*?\n\n/m.exec(guide)?.[0] ?? "";
    const rows = [...table.matchAll(/^\| `([^`]+)` +\| (.+?) +\| \S/gm)].map(([, key, value]) => [
      key,
      value,
    ]);
    expect(rows).toEqual(expected);
  });

  it.each([...guide.matchAll(/^\{\n {2}"issuer"[\s\S]*?^\}$/gm)].map(([text]) => [text]))(
    "gives an identity provider that the gateway takes: %s",
    (text) => {
      const issuer = JSON.parse(text) as { issuer: string };
      const gatehouse = {
        ...(example().gatehouse as object),
        issuers: [issuer],
        console: { issuer: issuer.issuer, clientId: "console" },
      };
      const config = parseDeployConfig("the guide", { ...example(), gatehouse });
      expect(config.gatehouse.issuers).toMatchObject([issuer]);
    },
  );

  it("names five identity providers", () => {
    expect([...guide.matchAll(/^\{\n {2}"issuer"/gm)]).toHaveLength(5);
  });

  it("shows the cost table that the calculator prints", () => {
    expect(guide).toContain(costTable(monthly(defaults)));
  });
});

describe("the cost calculator", () => {
  it("counts the alarms and keys that the stack has", () => {
    const template = templateOf(makeStack());
    template.resourceCountIs("AWS::CloudWatch::Alarm", fixedCounts.alarms);
    template.resourceCountIs("AWS::KMS::Key", fixedCounts.encryptionKeys + defaults.signingKeys);
    template.resourceCountIs("AWS::SecretsManager::Secret", 1);
  });

  it("asks nothing per request when there are none, and only what stands", () => {
    const idle = monthly({ ...defaults, requests: 0, heldPushes: 0, storedGb: 0 });
    expect(idle.filter(({ dollars }) => dollars > 0).map(({ what }) => what)).toEqual([
      "Each month, used or not",
    ]);
  });
});
