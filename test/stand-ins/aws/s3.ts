// S3 as far as the gateway uses it: conditional puts, multipart uploads, ranges, listings and deletes, in memory.
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { AwsError } from "./aws-error.ts";
import { crc32Text, headerOf, receivedBody } from "./s3-body.ts";

export interface S3Object {
  bytes: Buffer;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly modified: Date;
}

interface Upload {
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly parts: Map<number, Buffer>;
}

interface Bucket {
  readonly objects: Map<string, S3Object>;
  readonly uploads: Map<string, Upload>;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface S3StandIn {
  createBucket(name: string): void;
  /** What a bucket holds, for tests to look at and to damage. */
  objects(bucket: string): Map<string, S3Object>;
  openUploads(bucket: string): number;
  handle(request: IncomingMessage, url: URL): Promise<S3Answer>;
}

/** All parts but the last have at least this many bytes (S3: EntityTooSmall). */
const minPartBytes = 5 * 1024 * 1024;

export function createS3StandIn(): S3StandIn {
  const buckets = new Map<string, Bucket>();

  function bucketOf(name: string): Bucket {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404);
    return bucket;
  }

  function store(
    bucket: Bucket,
    request: IncomingMessage,
    key: string,
    object: Omit<S3Object, "modified">,
  ): S3Answer {
    if (headerOf(request, "if-none-match") === "*" && bucket.objects.has(key))
      throw new AwsError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        412,
      );
    bucket.objects.set(key, { ...object, modified: new Date() });
    return { status: 200, headers: { etag: object.etag } };
  }

  async function put(
    bucket: Bucket,
    request: IncomingMessage,
    key: string,
    query: URLSearchParams,
  ): Promise<S3Answer> {
    const bytes = await receivedBody(request);
    const etag = etagOf(bytes);
    const uploadId = query.get("uploadId");
    if (uploadId === null) return store(bucket, request, key, { bytes, etag, ...described(request) });
    uploadOf(bucket, uploadId, key).parts.set(Number(query.get("partNumber")), bytes);
    return { status: 200, headers: { etag } };
  }

  async function post(
    bucket: Bucket,
    request: IncomingMessage,
    key: string,
    query: URLSearchParams,
  ): Promise<S3Answer> {
    if (query.has("uploads")) {
      const id = randomBytes(16).toString("hex");
      bucket.uploads.set(id, { key, parts: new Map(), ...described(request) });
      return xml(
        `<InitiateMultipartUploadResult><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    const uploadId = query.get("uploadId");
    if (uploadId === null) throw new AwsError("NotImplemented", "this POST is not imitated", 501);
    const { parts, metadata, contentType } = uploadOf(bucket, uploadId, key);
    const asked = (await receivedBody(request)).toString();
    const named = [...asked.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
    const chosen = named.map((number) => {
      const part = parts.get(number);
      if (part === undefined || !asked.includes(etagOf(part).replaceAll('"', "")))
        throw new AwsError("InvalidPart", "One or more of the specified parts could not be found.");
      return part;
    });
    if (chosen.length === 0) throw new AwsError("MalformedXML", "no parts");
    if (chosen.slice(0, -1).some((part) => part.length < minPartBytes))
      throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    const bytes = Buffer.concat(chosen);
    const answer = store(bucket, request, key, { bytes, etag: etagOf(bytes), metadata, contentType });
    bucket.uploads.delete(uploadId);
    return xml(
      `<CompleteMultipartUploadResult><ETag>${escaped(answer.headers?.etag ?? "")}</ETag></CompleteMultipartUploadResult>`,
    );
  }

  function get(bucket: Bucket, request: IncomingMessage, key: string): S3Answer {
    const object = bucket.objects.get(key);
    if (object === undefined) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
    const headers = {
      etag: object.etag,
      "content-type": object.contentType,
      "last-modified": object.modified.toUTCString(),
      "accept-ranges": "bytes",
      ...Object.fromEntries(
        Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
      ),
    };
    const range = headerOf(request, "range");
    if (range === undefined) {
      const checked = headerOf(request, "x-amz-checksum-mode") === "ENABLED";
      return {
        status: 200,
        headers: checked ? { ...headers, "x-amz-checksum-crc32": crc32Text(object.bytes) } : headers,
        body: object.bytes,
      };
    }
    const { from, to } = rangeOf(range, object.bytes.length);
    return {
      status: 206,
      headers: { ...headers, "content-range": `bytes ${from}-${to - 1}/${object.bytes.length}` },
      body: object.bytes.subarray(from, to),
    };
  }

  function remove(bucket: Bucket, key: string, query: URLSearchParams): S3Answer {
    const uploadId = query.get("uploadId");
    if (uploadId !== null) {
      uploadOf(bucket, uploadId, key);
      bucket.uploads.delete(uploadId);
    } else bucket.objects.delete(key);
    return { status: 204 };
  }

  function list(bucket: Bucket, query: URLSearchParams): S3Answer {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? query.get("start-after") ?? "";
    const limit = Math.min(Number(query.get("max-keys") ?? 1000), 1000);
    const found = [...bucket.objects.keys()]
      .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const items = page.map((key) => {
      const { bytes, etag, modified } = bucket.objects.get(key) ?? {
        bytes: "",
        etag: "",
        modified: new Date(),
      };
      return `<Contents><Key>${escaped(key)}</Key><Size>${bytes.length}</Size><ETag>${escaped(etag)}</ETag><LastModified>${modified.toISOString()}</LastModified></Contents>`;
    });
    const next =
      found.length > page.length && last !== undefined
        ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${escaped(last)}</NextContinuationToken>`
        : "<IsTruncated>false</IsTruncated>";
    return xml(
      `<ListBucketResult><KeyCount>${page.length}</KeyCount>${next}${items.join("")}</ListBucketResult>`,
    );
  }

  return {
    createBucket(name) {
      buckets.set(name, { objects: new Map(), uploads: new Map() });
    },
    objects: (name) => bucketOf(name).objects,
    openUploads: (name) => bucketOf(name).uploads.size,
    async handle(request, url) {
      const [, bucketName = "", ...rest] = url.pathname.split("/");
      const key = decodeURIComponent(rest.join("/"));
      const query = url.searchParams;
      if (key === "" && request.method === "PUT") {
        await receivedBody(request);
        buckets.set(bucketName, { objects: new Map(), uploads: new Map() });
        return { status: 200 };
      }
      const bucket = bucketOf(bucketName);
      if (key === "") return list(bucket, query);
      switch (request.method) {
        case "PUT":
          return put(bucket, request, key, query);
        case "POST":
          return post(bucket, request, key, query);
        case "GET":
        case "HEAD":
          return get(bucket, request, key);
        case "DELETE":
          return remove(bucket, key, query);
        default:
          throw new AwsError("MethodNotAllowed", "this method is not imitated", 405);
      }
    },
  };
}

function uploadOf(bucket: Bucket, id: string, key: string): Upload {
  const upload = bucket.uploads.get(id);
  if (upload?.key !== key)
    throw new AwsError("NoSuchUpload", "The specified multipart upload does not exist.", 404);
  return upload;
}

function described(request: IncomingMessage): Pick<S3Object, "metadata" | "contentType"> {
  const metadata = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith("x-amz-meta-") && typeof value === "string" ? [[name.slice(11), value]] : [],
  );
  return {
    metadata: Object.fromEntries(metadata),
    contentType: headerOf(request, "content-type") ?? "binary/octet-stream",
  };
}

/** `bytes=0-9`, `bytes=10-` or `bytes=-5`; 416 when nothing of it exists. */
function rangeOf(range: string, size: number): { from: number; to: number } {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (from >= to) throw new AwsError("InvalidRange", "The requested range is not satisfiable", 416);
  return { from, to };
}

const etagOf = (bytes: Buffer): string => `"${createHash("md5").update(bytes).digest("hex")}"`;

function xml(body: string): S3Answer {
  return {
    status: 200,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
  };
}

export function escaped(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
