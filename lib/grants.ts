// What each function may do at AWS, on one screen: every action by name, every resource by its own.
import type { EventBus } from "aws-cdk-lib/aws-events";
import type { AuditVault } from "./audit-vault.ts";
import type { Connector } from "./connector.ts";
import type { Keys } from "./keys.ts";
import type { Grant } from "./node-function.ts";

export interface Holdings {
  readonly vault: AuditVault;
  readonly keys: Keys;
  readonly connector: Connector;
  readonly bus: EventBus;
  /** By its name, because the machine itself refers to one of the functions. */
  readonly machineArn: string;
  /** Secrets of notice channels (Slack), by ARN. */
  readonly noticeSecretArns: readonly string[];
  /** SES identities that notices are sent from, by ARN. */
  readonly senderArns: readonly string[];
}

/** The road: decides, records, holds and forwards; it opens the clock of a plan and wakes it. */
export function gatewayGrants(holdings: Holdings): readonly Grant[] {
  return [
    ...everyday(holdings),
    sessionTokens(holdings),
    clock(holdings, ["states:StartExecution", "states:SendTaskSuccess"]),
    ...notices(holdings),
  ];
}

/** Reads what the road wrote, takes decisions, and stops sessions. */
export function consoleGrants(holdings: Holdings): readonly Grant[] {
  return [
    ...everyday(holdings),
    sessionTokens(holdings),
    clock(holdings, ["states:SendTaskSuccess"]),
    ...notices(holdings),
  ];
}

/** Tells reviewers, and carries out approved plans. */
export function approvalGrants(holdings: Holdings): readonly Grant[] {
  return [
    ...everyday(holdings),
    publicKeys(holdings),
    clock(holdings, ["states:SendTaskSuccess"]),
    ...notices(holdings),
  ];
}

/** Closes and carries on what crashes left open, and tells how it ended. */
export function sweepGrants(holdings: Holdings): readonly Grant[] {
  return [
    ...everyday(holdings),
    publicKeys(holdings),
    clock(holdings, ["states:StartExecution", "states:SendTaskSuccess"]),
    ...notices(holdings),
  ];
}

/** Only says who is calling. It may note a person whom it sees for the first time. */
export function authorizerGrants(holdings: Holdings): readonly Grant[] {
  return [
    {
      sid: "ReadPeopleAndStops",
      actions: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"],
      resources: [holdings.vault.table.tableArn],
    },
    dataKey(holdings.keys),
    publicKeys(holdings),
  ];
}

function everyday({ vault, keys, connector, bus }: Holdings): readonly Grant[] {
  return [
    {
      sid: "RecordsAndPlans",
      actions: [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
      ],
      resources: [vault.table.tableArn],
    },
    {
      sid: "Lists",
      actions: ["dynamodb:Query"],
      resources: vault.indexes.map((index) => `${vault.table.tableArn}/index/${index}`),
    },
    {
      // No delete and no retention change: Object Lock would refuse, and nobody should even ask.
      sid: "Archive",
      actions: ["s3:PutObject", "s3:GetObject"],
      resources: [vault.archive.arnForObjects("*")],
      because: "Objects are named after entries, which do not exist yet; the bucket holds nothing else.",
    },
    {
      sid: "Escrow",
      actions: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      resources: [vault.escrow.arnForObjects("*")],
      because: "Objects are named after requests, which do not exist yet; the bucket holds nothing else.",
    },
    // Listing also makes a missing object 404 instead of 403.
    {
      sid: "ListBuckets",
      actions: ["s3:ListBucket"],
      resources: [vault.archive.bucketArn, vault.escrow.bucketArn],
    },
    dataKey(keys),
    { sid: "Links", actions: ["kms:Encrypt", "kms:Decrypt"], resources: [keys.links.keyArn] },
    {
      sid: "Connector",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [connector.secret.secretArn],
    },
    { sid: "Events", actions: ["events:PutEvents"], resources: [bus.eventBusArn] },
  ];
}

function dataKey({ data }: Keys): Grant {
  return {
    sid: "DataKey",
    actions: [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ],
    resources: [data.keyArn],
  };
}

function sessionTokens({ keys }: Holdings): Grant {
  return {
    sid: "SessionTokens",
    actions: ["kms:Sign", "kms:GetPublicKey"],
    resources: keys.signing.map((key) => key.keyArn),
  };
}

function publicKeys({ keys }: Holdings): Grant {
  return {
    sid: "PublicKeys",
    actions: ["kms:GetPublicKey"],
    resources: keys.signing.map((key) => key.keyArn),
  };
}

function clock({ machineArn }: Holdings, actions: readonly string[]): Grant {
  return { sid: "ApprovalClock", actions, resources: [machineArn] };
}

function notices({ noticeSecretArns, senderArns }: Holdings): readonly Grant[] {
  return [
    ...(noticeSecretArns.length === 0
      ? []
      : [
          {
            sid: "NoticeSecrets",
            actions: ["secretsmanager:GetSecretValue"],
            resources: noticeSecretArns,
            because:
              "Secrets Manager adds six characters to the configured name, which nobody can know before.",
          },
        ]),
    ...(senderArns.length === 0
      ? []
      : [{ sid: "NoticeMail", actions: ["ses:SendEmail"], resources: senderArns }]),
  ];
}
