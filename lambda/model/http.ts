// Requests and answers as plain values: nothing is lost to URL parsing or header merging before a decision is made.

/** Header fields in the order and spelling received; a repeated name is a repeated pair (RFC 9110, 5.3). */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export type Bytes = Uint8Array;
export type ByteStream = AsyncIterable<Bytes>;

export interface GatewayRequest {
  readonly method: string;
  /** The request target as it stood on the request line: path and query, still encoded. */
  readonly target: string;
  /** The Host header, lower case, with its port. */
  readonly host: string;
  readonly headers: HeaderList;
  readonly body: ByteStream;
  readonly remoteAddress: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Absent where nothing limits how long an answer may take. */
  readonly deadline?: Deadline;
}

/** Where an answer must have ended by a certain time (AWS Lambda: 15 minutes). */
export interface Deadline {
  /** Milliseconds since 1970. Whoever waits for a person says goodbye well before. */
  readonly atMs: number;
  /** Aborts shortly before: what is still under way breaks off, while there is time to record its outcome. */
  readonly signal: AbortSignal;
}

/** The body's end is the end of the story: it is reached only after the outcome has been recorded. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: ByteStream;
}

/** The value of the first field with this name, or undefined. */
export function header(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** All values of the fields with this name, in order. */
export function headerValues(headers: HeaderList, name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
}

/** The same list without the named fields. */
export function withoutHeaders(headers: HeaderList, ...names: string[]): HeaderList {
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  return headers.filter(([key]) => !dropped.has(key.toLowerCase()));
}

/** A stream of the given chunks. */
export async function* streamOf(...chunks: Bytes[]): AsyncGenerator<Bytes> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
