import { describe, expect, it } from "@jest/globals";
import { Validations, type App } from "aws-cdk-lib";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { AwsSolutionsChecks } from "cdk-nag";
import { example, makeStack } from "./a-stack.ts";

const ownCertificate = {
  name: "gw.example.com",
  certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/5f3e-made-up",
};
const signingKeys = [
  { name: "second", since: "2026-12-01" },
  { name: "first", since: "2026-06-01" },
];
const archive = { retentionDays: 30, mode: "compliance" };
const logArchive = {
  account: "444455556666",
  bucket: "example-log-archive",
  keyArn: "arn:aws:kms:eu-central-1:444455556666:key/5f3e0000-made-0000-up00-000000000000",
};
const vpc = {
  id: "vpc-0123456789abcdef0",
  subnets: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
};

function withNotices(): Record<string, unknown> {
  return {
    ...(example().gatehouse as object),
    notices: {
      teams: { "platform-team": [{ email: { to: ["team@example.com"], from: "gatehouse@example.com" } }] },
    },
  };
}

function findings(changes: Record<string, unknown>): string {
  return findingsOf(makeStack(changes).app);
}

function findingsOf(app: App): string {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("cdk-nag's AwsSolutions pack", () => {
  it.each([
    ["with a domain of its own", {}],
    ["without a domain", { domain: undefined }],
    [
      "with a certificate at hand and the account's log role",
      { domain: ownCertificate, apiGatewayLogRole: "exists" },
    ],
    ["with a firewall, two signing keys and a locked archive", { hasFirewall: true, signingKeys, archive }],
    ["within a VPC", { vpc, account: "111122223333", region: "eu-central-1" }],
    ["with copies in a log-archive account", { logArchive }],
    ["with notices by Slack and e-mail", { gatehouse: withNotices() }],
  ])("finds nothing in the stack %s", (_, changes) => {
    expect(findings(changes)).toBe("");
  });

  it("would find a wildcard that nobody gave a reason for", () => {
    const { app, stack } = makeStack();
    const role = new Role(stack, "Stranger", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    role.addToPolicy(new PolicyStatement({ actions: ["s3:*"], resources: ["*"] }));
    expect(findingsOf(app)).toContain("AwsSolutions-IAM5[Action::s3:*]");
  });
});
