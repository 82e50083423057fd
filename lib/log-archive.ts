// Copies the archive into another account's bucket: whoever rules the gateway's account cannot change what is there.
import { Role, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key, type IKey } from "aws-cdk-lib/aws-kms";
import { Bucket, ReplicationTimeValue, type IBucket, type ReplicationRule } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { DeployConfig } from "./config.ts";
import { wildcardBecause } from "./reasons.ts";

export class LogArchive extends Construct {
  /** Used by S3 alone, to read here and to write there. */
  readonly role: Role;
  readonly rule: ReplicationRule;
  readonly #bucket: IBucket;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, config: NonNullable<DeployConfig["logArchive"]>) {
    super(scope, id);
    const { account, bucket, keyArn } = config;
    this.#key = Key.fromKeyArn(this, "Key", keyArn);
    this.#bucket = Bucket.fromBucketAttributes(this, "Bucket", { bucketName: bucket, account });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("s3.amazonaws.com") });
    this.rule = {
      id: "log-archive",
      destination: this.#bucket,
      // The copies belong to the other account, and removals here are not repeated there.
      accessControlTransition: true,
      deleteMarkerReplication: false,
      kmsKey: this.#key,
      sseKmsEncryptedObjects: true,
      replicationTimeControl: ReplicationTimeValue.FIFTEEN_MINUTES,
      metrics: ReplicationTimeValue.FIFTEEN_MINUTES,
    };
  }

  /** What the copying needs of the archive, of its key, and of the other account. */
  grantFrom(archive: IBucket, key: IKey): void {
    const here = archive.arnForObjects("*");
    const there = this.#bucket.arnForObjects("*");
    for (const [sid, actions, resource] of [
      ["FindWhatIsNew", ["s3:GetReplicationConfiguration", "s3:ListBucket"], archive.bucketArn],
      [
        "ReadVersions",
        [
          "s3:GetObjectVersionForReplication",
          "s3:GetObjectVersionAcl",
          "s3:GetObjectVersionTagging",
          "s3:GetObjectRetention",
          "s3:GetObjectLegalHold",
        ],
        here,
      ],
      ["DecryptHere", ["kms:Decrypt"], key.keyArn],
      [
        "WriteThere",
        ["s3:ReplicateObject", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"],
        there,
      ],
      ["EncryptThere", ["kms:Encrypt"], this.#key.keyArn],
    ] as const)
      this.role.addToPolicy(new PolicyStatement({ sid, actions: [...actions], resources: [resource] }));
    wildcardBecause(this.role, here, "Every object of the archive is copied.");
    wildcardBecause(this.role, there, "The copies have the names that they have here.");
  }
}
