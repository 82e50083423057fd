// A document of mutations: how many, with which input, and every id that stands in it, wherever it stands.
import { describe, expect, it } from "@jest/globals";
import { ask, codeOf } from "./requests.ts";

const send = (query: string, variables: object = {}) =>
  ask("POST", "/api/graphql", { json: { query, variables } });
const comment = (id: string, alias = ""): string =>
  `${alias}addComment(input:{subjectId:"${id}",body:"x"}){clientMutationId}`;
const many = (count: number, id: (at: number) => string): string =>
  `mutation{${Array.from({ length: count }, (_, at) => comment(id(at), `a${at}:`)).join(" ")}}`;
const fieldsOf = async (query: string, variables: object = {}) => {
  const { graphql } = await send(query, variables);
  if (graphql?.is !== "mutation") throw new Error("it is no mutation");
  return graphql.fields;
};

describe("a document of mutations", () => {
  it("of one is named for it", async () => {
    expect(await send(`mutation{${comment("I_1")}}`)).toMatchObject({
      surface: "graphql",
      operation: "graphql/addComment",
      effect: "write",
      branches: { from: "none" },
      paths: [],
      parameters: { mutations: "addComment" },
    });
  });

  it("of several has the gravest effect, in either order, and names each", async () => {
    const remove = 'deleteRef(input:{refId:"REF_1"}){clientMutationId}';
    for (const query of [`mutation{${comment("I_1")} ${remove}}`, `mutation{${remove} ${comment("I_1")}}`])
      expect((await send(query)).effect).toBe("branch-write");
    expect(await send(`mutation{${comment("I_1")} ${remove}}`)).toMatchObject({
      operation: "graphql/several",
      title: "2 GraphQL mutations: addComment, deleteRef",
      parameters: { mutations: "addComment, deleteRef" },
    });
  });

  it.each([
    [20, "passed"],
    [21, "GH_BAD_BODY"],
  ])("of %d is %s", async (count, code) => {
    expect(await codeOf(send(many(count, () => "I_1")))).toBe(code);
  });

  it("has a title of 200 characters at most", async () => {
    expect((await send(many(20, () => "I_1"))).title).toHaveLength(200);
  });

  it.each([
    ["mutation{__typename}", "GH_BAD_BODY"],
    [`mutation{__typename ${comment("I_1")}}`, "passed"],
    ["mutation{unheardOf(input:{}){clientMutationId}}", "GH_UNKNOWN_OPERATION"],
    [
      'mutation{addComment(input:{subjectId:"I",body:"x",extra:1}){clientMutationId}}',
      "GH_UNKNOWN_OPERATION",
    ],
    ['mutation{addComment(input:{subjectId:"I",body:"x"},other:1){clientMutationId}}', "GH_BAD_BODY"],
    ["mutation{addComment{clientMutationId}}", "GH_BAD_BODY"],
    ["mutation{addComment(input:1){clientMutationId}}", "GH_BAD_BODY"],
    ["mutation{addComment(input:null){clientMutationId}}", "GH_BAD_BODY"],
    ["mutation{addComment(input:[]){clientMutationId}}", "GH_BAD_BODY"],
    ["mutation{addComment(input:{subjectId:1}){clientMutationId}}", "GH_BAD_BODY"],
    ['mutation{addComment(input:{subjectId:"a b"}){clientMutationId}}', "GH_BAD_BODY"],
    ['mutation{addComment(input:{subjectId:""}){clientMutationId}}', "GH_BAD_BODY"],
    [`mutation{${comment("I".repeat(300))}}`, "passed"],
    [`mutation{${comment("I".repeat(301))}}`, "GH_BAD_BODY"],
    ["mutation{addComment(input:{subjectId:null}){clientMutationId}}", "passed"],
  ])("%s is %s", async (query, code) => {
    expect(await codeOf(send(query))).toBe(code);
  });

  it("keeps the alias under which GitHub answers", async () => {
    const fields = await fieldsOf(`mutation{x:${comment("I_1")} ${comment("I_2")}}`);
    expect(fields.map(({ answerKey, nodeIds }) => [answerKey, nodeIds])).toEqual([
      ["x", ["I_1"]],
      ["addComment", ["I_2"]],
    ]);
  });

  it("takes the same field in two fragments for one, and another alias for another", async () => {
    const twice = `mutation{...A ...B} fragment A on Mutation{${comment("I_1")}} fragment B on Mutation{${comment("I_1")}}`;
    expect(await fieldsOf(twice)).toHaveLength(1);
    expect(await fieldsOf(`mutation{a:${comment("I_1")} b:${comment("I_1")}}`)).toHaveLength(2);
  });

  it("that asks back for more than the repository's own reads many, in whichever of its fragments", async () => {
    const reading = (fields: string): string => `addComment(input:{subjectId:"I_1",body:"x"}){${fields}}`;
    const parts = ["clientMutationId", "unheardOf{x}"];
    for (const [one = "", two = ""] of [parts, parts.toReversed()]) {
      const query = `mutation{...A ...B} fragment A on Mutation{${reading(one)}} fragment B on Mutation{${reading(two)}}`;
      expect((await fieldsOf(query)).map(({ readsMany }) => readsMany)).toEqual([true]);
    }
    expect((await fieldsOf(`mutation{${reading("clientMutationId")}}`))[0]?.readsMany).toBe(false);
  });

  it("stays as it is where the same field asks for no more the second time", async () => {
    const plain = 'addComment(input:{subjectId:"I_1",body:"x"}){clientMutationId}';
    const query = `mutation{...A ...B} fragment A on Mutation{${plain}} fragment B on Mutation{${plain}}`;
    expect((await fieldsOf(query)).map(({ readsMany }) => readsMany)).toEqual([false]);
  });

  it("takes two fields of one name for two where their inputs differ, or their mutations do", async () => {
    const other = 'a:closeIssue(input:{issueId:"I_1"}){clientMutationId}';
    const reopened = 'a:reopenIssue(input:{issueId:"I_1"}){clientMutationId}';
    expect(await fieldsOf(`mutation{${comment("I_1", "a:")} ${comment("I_2", "a:")}}`)).toHaveLength(2);
    expect(await fieldsOf(`mutation{${other} ${reopened}}`)).toHaveLength(2);
  });

  it("asks about 100 nodes at most", async () => {
    const assigning = (count: number): string =>
      `mutation{addAssigneesToAssignable(input:{assignableId:"I_1",assigneeIds:${JSON.stringify(Array.from({ length: count - 1 }, (_, at) => `U${at}`))}}){clientMutationId}}`;
    expect(await codeOf(send(assigning(100)))).toBe("passed");
    expect(await codeOf(send(assigning(101)))).toBe("GH_BAD_BODY");
  });

  it("asks about an id once, and not about a client's own mark", async () => {
    const [field] = await fieldsOf(
      'mutation{addLabelsToLabelable(input:{clientMutationId:"a b",labelableId:"I_1",labelIds:["L","I_1"]}){clientMutationId}}',
    );
    expect(field?.nodeIds).toEqual(["I_1", "L"]);
  });

  it.each([
    ['{id:"N"}', ["N"]],
    ['{ids:["N","M"]}', ["N", "M"]],
    ['{fooId:"N"}', ["N"]],
    ['{fooIds:["N","M"]}', ["N", "M"]],
    ['[{fooId:"N"},{id:"M"}]', ["N", "M"]],
    ['{a:{b:[{fooId:"N"}]}}', ["N"]],
    ['{id:{fooId:"N"}}', ["N"]],
    ["{fooId:null}", []],
    ["{roleDatabaseId:5}", []],
    ["{a:null,b:true,c:1}", []],
    ['{identifier:"a b"}', []],
    ['{fooIdentity:"a b",kidsIds2:"a b",void:"a b",Idea:"a b"}', []],
    ['{singleSelectOptionId:"a b",iterationId:"a b",optionId:"a b"}', []],
    ['{optionIdeaId:"N"}', ["N"]],
    ['"N"', []],
    ["5", []],
    ["null", []],
  ])("finds the ids in a value of its input: %s", async (value, ids) => {
    const [field] = await fieldsOf(
      `mutation{createCheckRun(input:{repositoryId:"R",name:"x",headSha:"x",actions:${value}}){clientMutationId}}`,
    );
    expect(field?.nodeIds).toEqual(["R", ...ids]);
  });

  it.each(['{id:"a b"}', '{fooIds:["N",1]}', '{fooIds:["N",null]}', '{a:[{fooId:""}]}'])(
    "refuses what is no id where one belongs: %s",
    async (value) => {
      const query = `mutation{createCheckRun(input:{repositoryId:"R",actions:${value}}){clientMutationId}}`;
      expect(await codeOf(send(query))).toBe("GH_BAD_BODY");
    },
  );
});
