// Where records, bodies and escrow live: what is recorded cannot be overwritten, and what is in escrow does not stay.
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import type { Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { indexes, table as shape } from "../lambda/platform/aws/table.ts";
import type { DeployConfig } from "./config.ts";
import { LogArchive } from "./log-archive.ts";

export interface AuditVaultProps extends Pick<DeployConfig, "archive" | "logArchive"> {
  readonly key: Key;
}

export class AuditVault extends Construct {
  readonly key: Key;
  /** Records and plans: single-item conditional writes only. */
  readonly table: Table;
  /** Names of the table's indexes, as grants need them. */
  readonly indexes: readonly string[] = Object.values(indexes).map(({ name }) => name);
  /** Masked bodies, under Object Lock. */
  readonly archive: Bucket;
  /** Raw bytes of live requests and pending plans: never locked, gone after a month at the latest. */
  readonly escrow: Bucket;
  /** Who copies the archive into another account, where one is configured. */
  readonly copier: string | undefined;

  constructor(scope: Construct, id: string, { key, archive, logArchive }: AuditVaultProps) {
    super(scope, id);
    this.key = key;
    this.table = this.records();
    const copies = logArchive === undefined ? undefined : new LogArchive(this, "LogArchive", logArchive);
    const retention = Duration.days(archive.retentionDays);
    this.archive = this.bucket("Archive", {
      removalPolicy: RemovalPolicy.RETAIN,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention:
        archive.mode === "compliance"
          ? ObjectLockRetention.compliance(retention)
          : ObjectLockRetention.governance(retention),
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      ...(copies === undefined ? {} : { replicationRules: [copies.rule], replicationRole: copies.role }),
    });
    copies?.grantFrom(this.archive, key);
    this.copier = copies?.role.roleArn;
    this.escrow = this.bucket("Escrow", {
      removalPolicy: RemovalPolicy.DESTROY,
      // The longest that a plan can wait (@ttl) is 30 days; normally escrow goes when its plan ends.
      lifecycleRules: [
        { expiration: Duration.days(31), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
  }

  private records(): Table {
    const table = new Table(this, "Table", {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      sortKey: { name: shape.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      timeToLiveAttribute: shape.timeToLive,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const { name, partition, sort, sortType } of Object.values(indexes))
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partition, type: AttributeType.STRING },
        sortKey: { name: sort, type: sortType === "N" ? AttributeType.NUMBER : AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    return table;
  }

  private bucket(id: string, props: Partial<ConstructorParameters<typeof Bucket>[2]>): Bucket {
    const bucket = new Bucket(this, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      ...props,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Readings are records of their own; who wants S3's view too turns on CloudTrail data events.",
    });
    return bucket;
  }
}
