import { describe, expect, it } from "@jest/globals";
import { mutationTable } from "../../bin/generate-mutations.ts";

const schema = `
type Mutation {
  """
  Merge it. At once.
  """
  mergeIt(input: MergeItInput!): MergeItPayload
}
input MergeItInput { clientMutationId: String pullRequestId: ID! labelIds: [ID!] commitBody: String }
type MergeItPayload { clientMutationId: String }
`;

describe("mutationTable", () => {
  it("fails, and names it, when GitHub publishes a mutation that nobody has classified", () => {
    expect(() => mutationTable(schema, {})).toThrow("mergeIt");
  });

  it("keeps the keys of the input, and marks those that hold node ids", () => {
    expect(mutationTable(schema, { "branch-write": ["mergeIt"] })).toEqual([
      {
        name: "mergeIt",
        effect: "branch-write",
        title: "Merge it",
        keys: "commitBody,labelIds#,pullRequestId#",
      },
    ]);
  });

  it("refuses two effects for one mutation", () => {
    expect(() => mutationTable(schema, { write: ["mergeIt"], admin: ["mergeIt"] })).toThrow("two effects");
  });

  it("refuses a mutation whose input is not the one type that the gateway would name", () => {
    const odd = schema.replace("input: MergeItInput!", "input: OtherInput!");
    expect(() => mutationTable(odd, { write: ["mergeIt"] })).toThrow("MergeItInput");
  });
});
