// What surrounds an invocation: failures are logged by name and place, and whoever waits gets an answer.
import { describe, expect, it, jest } from "@jest/globals";
import type { Context } from "aws-lambda";
import { answering, invocation, type Log } from "../../lambda/doors/invocation.ts";
import { GateError } from "../../lambda/model/errors.ts";
import { streamOf, type Answer, type ByteStream } from "../../lambda/model/http.ts";

const context = { awsRequestId: "aws-1", functionName: "gateway" } as Context;
const secret = ["gho", "x".repeat(36)].join("_");

async function textOf(answer: Answer): Promise<string> {
  let text = "";
  for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
  return text;
}

describe("a failure", () => {
  it("is logged with the request's id, its name and its place, and without its message", async () => {
    const write = jest.fn<Log>();
    const failing = invocation(() => Promise.reject(new TypeError(`bad header ${secret}`)), write);
    await expect(failing({}, context)).rejects.toThrow(TypeError);
    expect(write.mock.calls).toEqual([
      [
        "invocation-failed",
        expect.objectContaining({ request: "aws-1", function: "gateway", error: "TypeError" }),
      ],
    ]);
    expect(JSON.stringify(write.mock.calls)).not.toContain(secret);
    expect(JSON.stringify(write.mock.calls)).toContain("invocation.test.ts");
  });

  it("becomes an answer that names the log line and nothing else", async () => {
    const answer = await answering(() => Promise.reject(new Error(secret)), jest.fn<Log>())({}, context);
    const text = await textOf(answer);
    expect([answer.status, JSON.parse(text)]).toMatchObject([500, { gatehouse: { code: "GH_INTERNAL" } }]);
    expect(text).toContain("aws-1");
    expect(text).not.toContain(secret);
  });

  it("of the catalogue keeps its own sentence", async () => {
    const failing = answering(() => Promise.reject(new GateError("GH_AUDIT_UNAVAILABLE")), jest.fn<Log>());
    expect((await failing({}, context)).status).toBe(503);
  });
});

describe("an answer", () => {
  async function* failing(...chunks: string[]): ByteStream {
    for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
    throw new GateError("GH_UPSTREAM_UNREACHABLE");
  }
  const answerOf = (body: ByteStream): Promise<Answer> => Promise.resolve({ status: 200, headers: [], body });

  it("that fails before its first byte becomes a refusal, and is logged", async () => {
    const write = jest.fn<Log>();
    const answer = await answering(() => answerOf(failing()), write)({}, context);
    expect(answer.status).toBe(502);
    expect(JSON.parse(await textOf(answer))).toMatchObject({
      gatehouse: { code: "GH_UPSTREAM_UNREACHABLE" },
    });
    expect(write).toHaveBeenCalledTimes(1);
  });

  it("that fails after its first byte breaks off there", async () => {
    const answer = await answering(() => answerOf(failing("half")), jest.fn<Log>())({}, context);
    expect(answer.status).toBe(200);
    await expect(textOf(answer)).rejects.toMatchObject({ code: "GH_UPSTREAM_UNREACHABLE" });
  });

  it("that ends well is whole, also without a body", async () => {
    const bytes = streamOf(Buffer.from("a"), Buffer.from("b"));
    expect(await textOf(await answering(() => answerOf(bytes), jest.fn<Log>())({}, context))).toBe("ab");
    expect(await textOf(await answering(() => answerOf(streamOf()), jest.fn<Log>())({}, context))).toBe("");
  });
});

describe("a success", () => {
  it("passes through, and nothing is logged", async () => {
    const write = jest.fn<Log>();
    expect(await invocation(() => Promise.resolve(7), write)({}, context)).toBe(7);
    expect(write).not.toHaveBeenCalled();
  });
});
