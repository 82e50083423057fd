// What is deployed, looked at as CloudFormation gets it.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { signals } from "../../lib/log-signals.ts";
import { filesBelow, textOf } from "../house/source.ts";
import { makeStack, templateOf } from "./a-stack.ts";

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

describe("the stack", () => {
  let template: Template;
  beforeAll(() => {
    template = templateOf(makeStack());
  });

  function statements(): Statement[] {
    return Object.values(template.findResources("AWS::IAM::Policy")).flatMap(
      (policy) =>
        (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument
          .Statement,
    );
  }

  it("runs every function on Node 24 and arm64, with all names that the platform asks for", () => {
    const functions = Object.values(template.findResources("AWS::Lambda::Function"));
    expect(functions).toHaveLength(5);
    const asked = [...textOf("lambda/platform/aws/environment.ts").matchAll(/"(GATEHOUSE_\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(asked.length).toBeGreaterThan(7);
    for (const { Properties } of functions as {
      Properties: { Runtime: string; Architectures: string[]; Environment: { Variables: object } };
    }[]) {
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"] });
      expect(Object.keys(Properties.Environment.Variables)).toEqual(expect.arrayContaining(asked));
    }
  });

  it("streams every method of both APIs for up to 15 minutes", () => {
    const methods = Object.values(template.findResources("AWS::ApiGateway::Method")) as {
      Properties: { Integration: object };
    }[];
    expect(methods.length).toBeGreaterThan(8);
    for (const { Properties } of methods)
      expect(Properties.Integration).toMatchObject({
        Type: "AWS_PROXY",
        ResponseTransferMode: "STREAM",
        TimeoutInMillis: 900_000,
      });
  });

  it("asks for a caller on the road, and not where nobody can have a token yet", () => {
    const paths = new Map<string, string>();
    const resources = template.findResources("AWS::ApiGateway::Resource") as Record<
      string,
      { Properties: { PathPart: string; ParentId: { Ref?: string } } }
    >;
    const pathOf = (id: string): string => {
      const found = resources[id];
      if (found === undefined) return "";
      return `${pathOf(found.Properties.ParentId.Ref ?? "")}/${found.Properties.PathPart}`;
    };
    const methods = Object.values(template.findResources("AWS::ApiGateway::Method")) as {
      Properties: { AuthorizationType: string; ResourceId: { Ref?: string }; RestApiId: { Ref: string } };
    }[];
    for (const { Properties } of methods)
      if (Properties.RestApiId.Ref.startsWith("FrontDoor"))
        paths.set(pathOf(Properties.ResourceId.Ref ?? ""), Properties.AuthorizationType);
    expect(Object.fromEntries(paths)).toEqual({
      "": "CUSTOM",
      "/{proxy+}": "CUSTOM",
      "/.well-known": "NONE",
      "/.well-known/{proxy+}": "NONE",
      "/_gatehouse/health": "NONE",
      "/_gatehouse/hooks": "NONE",
      "/_gatehouse/hooks/{proxy+}": "NONE",
      "/login": "NONE",
      "/login/{proxy+}": "NONE",
      "/telemetry": "NONE",
      "/telemetry/{proxy+}": "NONE",
    });
  });

  it("says 401 with a challenge that git and MCP clients understand", () => {
    template.hasResourceProperties("AWS::ApiGateway::GatewayResponse", {
      ResponseType: "UNAUTHORIZED",
      StatusCode: "401",
      ResponseParameters: Match.objectLike({
        "gatewayresponse.header.WWW-Authenticate":
          `'Basic realm="gatehouse", Bearer realm="gatehouse", ` +
          `resource_metadata="https://gw.example.com/.well-known/oauth-protected-resource"'`,
      }),
    });
  });

  it("logs no path, query, header or body of a request", () => {
    const stages = Object.values(template.findResources("AWS::ApiGateway::Stage")) as {
      Properties: { AccessLogSetting: { Format: string } };
    }[];
    expect(stages).toHaveLength(2);
    for (const { Properties } of stages)
      expect(Properties.AccessLogSetting.Format).not.toMatch(
        /context\.path\b|querystring|header|authorizer\.(?!principalId)|body/i,
      );
  });

  it("locks the archive and not the escrow, and lets neither be reached without TLS", () => {
    const buckets = Object.values(template.findResources("AWS::S3::Bucket")) as {
      Properties: { ObjectLockEnabled?: boolean };
    }[];
    expect(buckets.map(({ Properties }) => Properties.ObjectLockEnabled === true).sort()).toEqual([
      false,
      true,
    ]);
    const policies = JSON.stringify(template.findResources("AWS::S3::BucketPolicy"));
    expect(policies.match(/aws:SecureTransport/g)).toHaveLength(2);
  });

  it("grants no action by wildcard, and every resource everywhere only where AWS knows no other", () => {
    const actions = statements().flatMap(({ Action }) => (Array.isArray(Action) ? Action : [Action]));
    expect(actions.filter((action) => action.includes("*"))).toEqual([]);
    const everywhere = statements().filter(({ Resource }) => JSON.stringify(Resource) === '"*"');
    const services = everywhere.flatMap(({ Action }) =>
      (Array.isArray(Action) ? Action : [Action]).map((action) => action.split(":")[0]),
    );
    expect([...new Set(services)].sort()).toEqual(["logs", "xray"]);
  });

  it("lets nobody delete records' objects or weaken their lock", () => {
    const actions = statements().flatMap(({ Action }) => (Array.isArray(Action) ? Action : [Action]));
    expect(actions.filter((action) => /Retention|LegalHold|Bypass|DeleteObjectVersion/.test(action))).toEqual(
      [],
    );
    const archive = statements().filter(({ Sid }) => Sid === "Archive");
    expect(archive.length).toBeGreaterThan(0);
    expect(archive.flatMap(({ Action }) => Action).filter((action) => action.includes("Delete"))).toEqual([]);
  });

  it("lets only the road and the console sign session tokens, and never the authorizer", () => {
    const signers = Object.entries(template.findResources("AWS::IAM::Policy")).filter(([, policy]) =>
      JSON.stringify(policy).includes("kms:Sign"),
    );
    expect(signers.map(([id]) => id.replace(/Policy\w+$/, "")).sort()).toEqual(["Console", "Gateway"]);
  });

  it("keeps table, archive and keys when the stack is removed", () => {
    for (const type of ["AWS::DynamoDB::Table", "AWS::KMS::Key"])
      for (const resource of Object.values(template.findResources(type)))
        expect(resource).toMatchObject({ DeletionPolicy: "Retain" });
  });

  it("wakes somebody by every alarm, with a sentence that says what to do", () => {
    for (const alarm of Object.values(template.findResources("AWS::CloudWatch::Alarm"))) {
      const { AlarmActions, AlarmDescription } = (
        alarm as { Properties: { AlarmActions: unknown[]; AlarmDescription: string } }
      ).Properties;
      expect(AlarmActions).toHaveLength(1);
      expect(AlarmDescription.length).toBeGreaterThan(40);
    }
  });

  it("publishes the old signing key beside the new one while it is rotated", () => {
    const signingKeys = [
      { name: "second", since: "2026-12-01" },
      { name: "first", since: "2026-06-01" },
    ];
    const rotated = templateOf(makeStack({ signingKeys }));
    expect(Object.keys(rotated.findResources("AWS::KMS::Key"))).toEqual(
      expect.arrayContaining(Object.keys(template.findResources("AWS::KMS::Key"))),
    );
  });
});

describe("a log-archive account", () => {
  const keyArn = "arn:aws:kms:eu-central-1:444455556666:key/made-up";
  const logArchive = { account: "444455556666", bucket: "example-log-archive", keyArn };

  it("gets a copy of everything in the archive, as its own, and no removals", () => {
    const template = templateOf(makeStack({ logArchive }));
    template.hasResourceProperties("AWS::S3::Bucket", {
      ObjectLockEnabled: true,
      ReplicationConfiguration: {
        Rules: [
          Match.objectLike({
            Status: "Enabled",
            Filter: { Prefix: "" },
            DeleteMarkerReplication: { Status: "Disabled" },
            SourceSelectionCriteria: Match.objectLike({ SseKmsEncryptedObjects: { Status: "Enabled" } }),
            Destination: Match.objectLike({
              Account: "444455556666",
              AccessControlTranslation: { Owner: "Destination" },
              EncryptionConfiguration: { ReplicaKmsKeyID: keyArn },
            }),
          }),
        ],
      },
    });
    const escrow = Object.values(template.findResources("AWS::S3::Bucket")).filter(
      (bucket) => !("ReplicationConfiguration" in (bucket as { Properties: object }).Properties),
    );
    expect(escrow.length).toBeGreaterThan(0);
  });

  it("is written to by S3 alone, which can neither delete there nor read there", () => {
    const template = templateOf(makeStack({ logArchive }));
    const there = Object.values(template.findResources("AWS::IAM::Policy"))
      .flatMap(
        (policy) =>
          (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument
            .Statement,
      )
      .filter(({ Resource }) => /example-log-archive|444455556666/.test(JSON.stringify(Resource)));
    expect(there.map(({ Sid, Action }) => [Sid, Action])).toEqual([
      ["WriteThere", ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"]],
      ["EncryptThere", "kms:Encrypt"],
    ]);
  });

  it("is nobody's business when none is configured", () => {
    expect(JSON.stringify(templateOf(makeStack()).toJSON())).not.toContain("ReplicationConfiguration");
  });
});

describe("what counts in the logs", () => {
  it("is logged somewhere, by exactly that name", () => {
    const source = filesBelow("lambda").map(textOf).join("\n");
    const unknown = signals.flatMap(({ events }) => events).filter((event) => !source.includes(`"${event}"`));
    expect(unknown).toEqual([]);
  });
});
