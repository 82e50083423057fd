// How the stand-ins refuse, and how their JSON services are dispatched by `x-amz-target`.

export class AwsError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = "AwsError";
    this.type = type;
    this.status = status;
  }
}

export type JsonInput = Readonly<Record<string, unknown>>;
/** Tests may put another in the place of one. */
export type JsonOperations = Record<string, (input: JsonInput) => unknown>;

/** The text under a name; a missing one is the caller's mistake, as the services say it. */
export function text(input: JsonInput, name: string): string {
  const value = input[name];
  if (typeof value !== "string" || value === "")
    throw new AwsError("ValidationException", `${name} is required`);
  return value;
}

export function optionalText(input: JsonInput, name: string): string | undefined {
  const value = input[name];
  return typeof value === "string" ? value : undefined;
}

export function base64(input: JsonInput, name: string): Buffer {
  return Buffer.from(text(input, name), "base64");
}
