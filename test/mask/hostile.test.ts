// Input made to be slow: the work is counted, and grows with the input and no faster.
import { describe, expect, it } from "@jest/globals";
import { Stream } from "../../lambda/mask/stream.ts";
import { tokenKinds } from "../../lambda/mask/kinds.ts";
import { cut, drain, masker } from "./run.ts";
import { characters, base62 } from "./samples.ts";

/** Steps per byte that a stream took for `piece` repeated up to `bytes`. */
function stepsPerByte(piece: string, bytes: number, chunkBytes = 16_384): number {
  const input = Buffer.from(piece.repeat(Math.ceil(bytes / piece.length)));
  const stream = masker.stream("json");
  drain(stream, cut(input, chunkBytes));
  if (!(stream instanceof Stream)) throw new TypeError("This masker's streams do not count their steps.");
  return stream.steps / input.length;
}

const header = Buffer.from('{"alg":"none"}').toString("base64url");
const pieces: readonly string[] = [
  ...new Set(tokenKinds.map((row) => row.prefix)),
  ...tokenKinds.map((row) => `-${row.prefix}`),
  "-eyJ",
  ".eyJ",
  "eyJ.",
  `-${header}`,
  `-${header}.`,
  `${"-eyJhbGciOiJ9".repeat(100)}.`,
  `${"-eyJhbGciOiJIUzI1NiJ9".repeat(90)}.a.b `,
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY-----\n-",
  "-----BEGIN RSA PRIVATE KEY-----\n-----END ",
  "a://b:",
  "://",
  "://a:b@",
  ":\\/\\/a:",
  "password=",
  "aws_secret_access_key=",
  "AWS_SECRET_ACCESS_KEY:\"'",
  `AKIA${characters("ABCDEFGH234567", 16)} `,
  "SessionToken: ",
  " ",
  "a",
  "*",
  "\\",
  "\\u0067",
  "\\\\u0041ghp_",
  "-glpat-\\u0041",
  "%",
  "%67",
  "%41-ghp_",
  `"${characters(base62, 30)}`,
  `"${characters(base62, 23)}\\n`,
];

describe("hostile repeats", () => {
  it.each(pieces.map((piece) => [piece.length > 40 ? `${piece.slice(0, 40)}…` : piece, piece]))(
    "cost no more per byte when there is more of them: %j",
    (_name, piece) => {
      const little = stepsPerByte(piece, 20_000);
      const much = stepsPerByte(piece, 80_000);
      expect(much).toBeLessThan(little * 1.5 + 1);
      expect(much).toBeLessThan(100);
    },
  );

  it.each(["-eyJ", "glpat-", "-----BEGIN PRIVATE KEY-----\n", "AKIA", "\\u0067", "a://b:"])(
    "cost little in small chunks too: %j",
    (piece) => {
      expect(stepsPerByte(piece, 20_000, 16)).toBeLessThan(400);
    },
  );

  it("cannot exhaust memory with findings", () => {
    const input = Buffer.from(`sk_live_${characters(base62, 10)} `.repeat(5000));
    expect(masker.find(input)).toHaveLength(1000);
  });

  it("does not let uncertain findings crowd out a certain one", () => {
    const noise = `sk_live_${characters(base62, 10)} `.repeat(5000);
    const key = `-----BEGIN PRIVATE KEY-----\n${characters(base62, 64)}\n-----END PRIVATE KEY-----`;
    const found = masker.find(Buffer.from(noise + key));
    expect(found.filter((one) => one.isCertain)).toMatchObject([
      { kind: "private-key", offset: noise.length },
    ]);
  });
});
