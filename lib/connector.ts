// The secret that stands between everybody and GitHub: filled in by hand after the first deployment, read by the functions only.
import { RemovalPolicy, SecretValue, Validations } from "aws-cdk-lib";
import type { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

export class Connector extends Construct {
  readonly secret: Secret;

  constructor(scope: Construct, id: string, key: Key) {
    super(scope, id);
    this.secret = new Secret(this, "Secret", {
      description: "Gatehouse connector, see docs/connectors.md; set it with put-secret-value",
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
      // Not a credential: it marks the secret as not filled in yet. Deploying again does not overwrite what you set.
      secretObjectValue: { kind: SecretValue.unsafePlainText("unset") },
    });
    Validations.of(this.secret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "GitHub gives no way to rotate a token by program; an alarm watches its age instead.",
    });
  }
}
