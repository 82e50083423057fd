// The keys: one that encrypts everything at rest, one for linked accounts, and those that sign session tokens, which are rotated by having two.
import { Stack, Validations } from "aws-cdk-lib";
import { Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { DeployConfig } from "./config.ts";

export class Keys extends Construct {
  /** Records, bodies, escrow, secrets, approvals under way, alarm mail. */
  readonly data: Key;
  /** Tokens of linked GitHub accounts, and nothing else: whoever reads the table with the other key cannot open them. */
  readonly links: Key;
  /** In the order of the configuration: the first signs, all are published. */
  readonly signing: readonly Key[];

  constructor(scope: Construct, id: string, { signingKeys }: Pick<DeployConfig, "signingKeys">) {
    super(scope, id);
    this.data = new Key(this, "Data", {
      enableKeyRotation: true,
      description: "Gatehouse: records, bodies, escrow, secrets, approvals",
    });
    this.links = new Key(this, "Links", {
      enableKeyRotation: true,
      description: "Gatehouse: tokens of linked GitHub accounts",
    });
    // Without this an alarm cannot be published to an encrypted topic, and nobody would notice.
    this.data.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsPublish",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    this.signing = signingKeys.map(({ name }) => this.signer(name));
  }

  private signer(name: string): Key {
    const key = new Key(this, `Signing-${name}`, {
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      alias: `${Stack.of(this).stackName}/signing/${name}`,
      description: `Gatehouse: session tokens (${name})`,
    });
    Validations.of(key).acknowledge({
      id: "AwsSolutions-KMS5",
      reason:
        "KMS cannot rotate asymmetric keys. A second key is added instead, and an alarm watches the age.",
    });
    return key;
  }
}
