// Where records, bodies and escrow live: what is recorded cannot be overwritten, and what is in escrow does not stay.
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Key } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface AuditVaultProps {
  /** How long sealed segments and bodies cannot be deleted by anybody, days. */
  readonly retentionDays?: number;
}

export class AuditVault extends Construct {
  /** Encrypts records, bodies and escrow. */
  readonly key: Key;
  /** Records and plans: single-item conditional writes only. */
  readonly table: Table;
  /** Masked bodies and sealed segments, under Object Lock. */
  readonly archive: Bucket;
  /** Raw bytes of live requests and pending plans: never locked, gone after a week at the latest. */
  readonly escrow: Bucket;

  constructor(scope: Construct, id: string, { retentionDays = 365 }: AuditVaultProps = {}) {
    super(scope, id);
    this.key = new Key(this, "Key", {
      enableKeyRotation: true,
      description: "Gatehouse records, bodies and escrow",
    });
    this.table = new Table(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      timeToLiveAttribute: "expiresAt",
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: "lists",
      partitionKey: { name: "list", type: AttributeType.STRING },
      sortKey: { name: "at", type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.archive = this.bucket("Archive", {
      removalPolicy: RemovalPolicy.RETAIN,
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(retentionDays)),
    });
    this.escrow = this.bucket("Escrow", {
      removalPolicy: RemovalPolicy.DESTROY,
      lifecycleRules: [
        { expiration: Duration.days(7), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
  }

  private bucket(id: string, props: Partial<ConstructorParameters<typeof Bucket>[2]>): Bucket {
    return new Bucket(this, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      ...props,
    });
  }
}
