// What the gateway asks of each AWS service, through the real SDK. Every stand-in passes it, and so does moto.
import { createPublicKey, randomUUID, verify } from "node:crypto";
import { Readable } from "node:stream";
import { expect, it } from "@jest/globals";
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateEventBusCommand, EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
} from "@aws-sdk/client-kms";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { CreateEmailIdentityCommand, SendEmailCommand, SESv2Client } from "@aws-sdk/client-sesv2";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { createGatewayTable } from "../stand-ins/aws/dynalite.ts";

/** Declares the tests; `process.env` says where the services are. Names are fresh, so that it can run twice on one server. `takesAnyTaskToken`: moto does. */
export function awsClientScript({ takesAnyTaskToken = false } = {}): void {
  const fresh = (): string => `t${randomUUID().replaceAll("-", "").slice(0, 20)}`;

  it("DynamoDB: conditional writes, old values, batches, sparse indexes", async () => {
    const client = new DynamoDBClient();
    const TableName = fresh();
    await createGatewayTable(client, TableName);
    const key = { pk: { S: "a" }, sk: { S: "b" } };
    const put = new PutItemCommand({
      TableName,
      Item: { ...key, work: { S: "open" }, at: { S: "1" }, n: { N: "1" } },
      ConditionExpression: "attribute_not_exists(pk)",
    });
    await client.send(put);
    await expect(client.send(put)).rejects.toThrow(
      expect.objectContaining({ name: "ConditionalCheckFailedException" }),
    );
    const open = new QueryCommand({
      TableName,
      IndexName: "work",
      KeyConditionExpression: "#w = :open AND #at < :end",
      ExpressionAttributeNames: { "#w": "work", "#at": "at" },
      ExpressionAttributeValues: { ":open": { S: "open" }, ":end": { S: "2" } },
      ScanIndexForward: false,
    });
    expect((await client.send(open)).Items).toEqual([{ ...key, work: { S: "open" }, at: { S: "1" } }]);
    const updated = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: key,
        UpdateExpression: "SET n = :n, firstAt = if_not_exists(firstAt, :n) REMOVE #w",
        ConditionExpression: "attribute_exists(pk) AND n < :n",
        ExpressionAttributeNames: { "#w": "work" },
        ExpressionAttributeValues: { ":n": { N: "2" } },
        ReturnValues: "ALL_NEW",
      }),
    );
    expect(updated.Attributes).toEqual({ ...key, at: { S: "1" }, n: { N: "2" }, firstAt: { N: "2" } });
    expect((await client.send(open)).Items).toEqual([]);
    const batch = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [TableName]: {
            Keys: [key, { pk: { S: "a" }, sk: { S: "none" } }],
            ConsistentRead: true,
            ProjectionExpression: "pk, sk",
          },
        },
      }),
    );
    expect(batch.Responses?.[TableName]).toEqual([key]);
    const taken = await client.send(new DeleteItemCommand({ TableName, Key: key, ReturnValues: "ALL_OLD" }));
    expect(taken.Attributes?.n).toEqual({ N: "2" });
    const gone = await client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }));
    expect(gone.Item).toBeUndefined();
  });

  it("S3: write-once objects, multipart, ranges, listings", async () => {
    const client = new S3Client();
    const Bucket = `gatehouse-${fresh()}`;
    await client.send(new CreateBucketCommand({ Bucket }));
    const Key = "escrow/a b+ü";
    const put = new PutObjectCommand({
      Bucket,
      Key,
      Body: Buffer.from("hello"),
      IfNoneMatch: "*",
      Metadata: { mark: "1" },
    });
    await client.send(put);
    await expect(client.send(put)).rejects.toThrow(expect.objectContaining({ name: "PreconditionFailed" }));
    const whole = await client.send(new GetObjectCommand({ Bucket, Key }));
    expect(await whole.Body?.transformToString()).toBe("hello");
    expect(whole.Metadata).toEqual({ mark: "1" });
    const part = await client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=1-2" }));
    expect([await part.Body?.transformToString(), part.ContentRange]).toEqual(["el", "bytes 1-2/5"]);
    const tail = await client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=-3" }));
    expect(await tail.Body?.transformToString()).toBe("llo");
    await expect(client.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=9-" }))).rejects.toThrow(
      expect.objectContaining({ name: "InvalidRange" }),
    );
    await expect(client.send(new GetObjectCommand({ Bucket, Key: "none" }))).rejects.toThrow(
      expect.objectContaining({ name: "NoSuchKey" }),
    );
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: "none" }))).rejects.toThrow(
      expect.objectContaining({ name: "NotFound" }),
    );
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: "escrow/stream",
        Body: Readable.from([Buffer.from("abc")]),
        ContentLength: 3,
      }),
    );

    const big = { Bucket, Key: "escrow/big" };
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...big, Metadata: { mark: "2" } }),
    );
    const bodies = [Buffer.alloc(5 * 1024 * 1024, 1), Buffer.from("end")];
    const Parts = [];
    for (const [at, Body] of bodies.entries()) {
      const { ETag } = await client.send(
        new UploadPartCommand({ ...big, UploadId, PartNumber: at + 1, Body }),
      );
      Parts.push({ PartNumber: at + 1, ETag });
    }
    await client.send(
      new CompleteMultipartUploadCommand({ ...big, UploadId, IfNoneMatch: "*", MultipartUpload: { Parts } }),
    );
    const head = await client.send(new HeadObjectCommand(big));
    expect([head.ContentLength, head.Metadata]).toEqual([5 * 1024 * 1024 + 3, { mark: "2" }]);
    const aborted = { Bucket, Key: "escrow/aborted" };
    const upload = await client.send(new CreateMultipartUploadCommand(aborted));
    await client.send(new AbortMultipartUploadCommand({ ...aborted, UploadId: upload.UploadId }));

    const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "escrow/", MaxKeys: 2 }));
    const second = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: "escrow/", ContinuationToken: first.NextContinuationToken }),
    );
    const listed = [...(first.Contents ?? []), ...(second.Contents ?? [])].map((object) => object.Key);
    expect(listed).toEqual(["escrow/a b+ü", "escrow/big", "escrow/stream"]);
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(client.send(new GetObjectCommand({ Bucket, Key }))).rejects.toThrow(
      expect.objectContaining({ name: "NoSuchKey" }),
    );
  });

  it("KMS: data keys bound to their context, and ES256 signatures", async () => {
    const client = new KMSClient();
    const { KeyMetadata: data } = await client.send(new CreateKeyCommand({}));
    const EncryptionContext = { escrow: "req_abc" };
    const { Plaintext, CiphertextBlob } = await client.send(
      new GenerateDataKeyCommand({ KeyId: data?.Arn, KeySpec: "AES_256", EncryptionContext }),
    );
    expect(Plaintext).toHaveLength(32);
    const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? [])).toEqual(Buffer.from(Plaintext ?? []));
    await expect(
      client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { escrow: "req_other" } })),
    ).rejects.toThrow(expect.objectContaining({ name: "InvalidCiphertextException" }));
    const sealed = await client.send(new EncryptCommand({ KeyId: data?.Arn, Plaintext: Buffer.from("x") }));
    const again = await client.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }));
    expect(Buffer.from(again.Plaintext ?? []).toString()).toBe("x");

    const { KeyMetadata: signing } = await client.send(
      new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }),
    );
    const Message = Buffer.from("header.payload");
    const { Signature = new Uint8Array() } = await client.send(
      new SignCommand({
        KeyId: signing?.Arn,
        Message,
        MessageType: "RAW",
        SigningAlgorithm: "ECDSA_SHA_256",
      }),
    );
    const { PublicKey = new Uint8Array() } = await client.send(
      new GetPublicKeyCommand({ KeyId: signing?.Arn }),
    );
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
    expect(verify("sha256", Message, publicKey, Signature)).toBe(true);
  });

  it("Secrets Manager: the current value and the one before", async () => {
    const client = new SecretsManagerClient();
    const Name = fresh();
    const { ARN } = await client.send(new CreateSecretCommand({ Name, SecretString: "one" }));
    await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: "two" }));
    const current = await client.send(new GetSecretValueCommand({ SecretId: ARN }));
    const previous = await client.send(
      new GetSecretValueCommand({ SecretId: Name, VersionStage: "AWSPREVIOUS" }),
    );
    expect([current.SecretString, previous.SecretString]).toEqual(["two", "one"]);
    await expect(client.send(new GetSecretValueCommand({ SecretId: fresh() }))).rejects.toThrow(
      expect.objectContaining({ name: "ResourceNotFoundException" }),
    );
  });

  it("Step Functions: executions have names, and each name is used once", async () => {
    const client = new SFNClient();
    const definition = JSON.stringify({
      StartAt: "Wait",
      States: { Wait: { Type: "Wait", Seconds: 600, End: true } },
    });
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: fresh(),
        definition,
        roleArn: "arn:aws:iam::123456789012:role/run",
      }),
    );
    const start = { stateMachineArn, name: `pln_${fresh()}`, input: '{"plan":"pln_a"}' };
    const { executionArn } = await client.send(new StartExecutionCommand(start));
    const other = new StartExecutionCommand({ ...start, input: '{"plan":"pln_b"}' });
    await expect(client.send(other)).rejects.toThrow(
      expect.objectContaining({ name: "ExecutionAlreadyExists" }),
    );
    const running = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect([running.status, running.input]).toEqual(["RUNNING", start.input]);
    await client.send(new StopExecutionCommand({ executionArn }));
    const stopped = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(stopped.status).toBe("ABORTED");
  });

  if (!takesAnyTaskToken)
    it("Step Functions: a task token that nobody gave out is refused", async () => {
      const client = new SFNClient();
      const foreign = new SendTaskSuccessCommand({ taskToken: "A".repeat(64), output: "{}" });
      await expect(client.send(foreign)).rejects.toThrow(
        expect.objectContaining({
          name: expect.stringMatching(/^(InvalidToken|TaskDoesNotExist|TaskTimedOut)$/),
        }),
      );
    });

  it("EventBridge: events are taken one by one", async () => {
    const client = new EventBridgeClient();
    const EventBusName = fresh();
    await client.send(new CreateEventBusCommand({ Name: EventBusName }));
    const entry = {
      EventBusName,
      Source: "gatehouse",
      DetailType: "kill",
      Detail: '{"v":1}',
      Time: new Date(),
    };
    const taken = await client.send(new PutEventsCommand({ Entries: [entry, entry] }));
    expect(taken.FailedEntryCount).toBe(0);
    expect(taken.Entries?.filter(({ EventId }) => EventId !== undefined)).toHaveLength(2);
  });

  it("SES: mail from a known sender is taken, any other is not", async () => {
    const client = new SESv2Client();
    const from = `${fresh()}@gatehouse.example`;
    await client.send(new CreateEmailIdentityCommand({ EmailIdentity: from }));
    const Body = { Text: { Data: "text" }, Html: { Data: "<p>text</p>" } };
    const mail = {
      Destination: { ToAddresses: ["reviewers@company.example"] },
      Content: { Simple: { Subject: { Data: "A push waits" }, Body } },
    };
    const sent = await client.send(new SendEmailCommand({ FromEmailAddress: from, ...mail }));
    expect(sent.MessageId).toMatch(/\S/);
    await expect(
      client.send(new SendEmailCommand({ FromEmailAddress: `${fresh()}@nobody.example`, ...mail })),
    ).rejects.toThrow(expect.objectContaining({ name: "MessageRejected" }));
  });
}
