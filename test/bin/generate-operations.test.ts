import { describe, expect, it } from "@jest/globals";
import { operationTable, type Description, type HandMade } from "../../bin/generate-operations.ts";

const nobody: HandMade = {
  read: [],
  "read-many": [],
  write: [],
  "branch-write": [],
  "protection-weaken": [],
  indirect: [],
  admin: [],
};

function description(path: string, method: string, id: string, more: object = {}): Description {
  return { paths: { [path]: { [method]: { operationId: id, summary: "Do it", ...more } } } };
}

describe("operationTable", () => {
  it("fails, and names it, when GitHub publishes a write that nobody has classified", () => {
    const news = description("/repos/{owner}/{repo}/merge-later", "put", "repos/merge-later");
    expect(() => operationTable([news], nobody)).toThrow(
      "PUT /repos/{owner}/{repo}/merge-later (repos/merge-later)",
    );
    expect(operationTable([news], { ...nobody, "branch-write": ["repos/merge-later"] })).toHaveLength(1);
  });

  it("takes a new GET for a read of its repository, and elsewhere for one that may span several", () => {
    const inside = description("/repos/{owner}/{repo}/news", "get", "repos/news");
    const outside = description("/orgs/{org}/news", "get", "orgs/news");
    expect(operationTable([inside, outside], nobody).map((row) => row.effect)).toEqual(["read-many", "read"]);
  });

  it("refuses two effects for one operation", () => {
    const twice: HandMade = { ...nobody, read: ["x"], write: ["x"] };
    expect(() => operationTable([], twice)).toThrow("x has two effects");
  });

  it("keeps kinds of path parameters and unites query names and body keys of the editions", () => {
    const body = (properties: object): object => ({
      requestBody: { content: { "application/json": { schema: { properties } } } },
    });
    const path = "/repos/{owner}/{repo}/x/{path}/{number}";
    const parameters = [
      { name: "path", in: "path", "x-multi-segment": true, schema: { type: "string" } },
      { name: "number", in: "path", schema: { type: "integer" } },
    ];
    const query = (name: string, type: string): object => ({ name, in: "query", schema: { type } });
    const one = description(path, "put", "x", {
      parameters: [...parameters, query("a", "string")],
      ...body({ branch: {} }),
    });
    const two = description(path, "put", "x", {
      parameters: [...parameters, query("b", "array")],
      ...body({ base: {} }),
    });
    expect(operationTable([one, two], { ...nobody, "branch-write": ["x"] })).toEqual([
      {
        method: "PUT",
        path: "/repos/{owner}/{repo}/x/{path:segments}/{number:integer}",
        id: "x",
        effect: "branch-write",
        title: "Do it",
        query: "a,b*",
        body: "json",
        keys: "base,branch",
      },
    ]);
  });
});
