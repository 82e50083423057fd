// What a reviewer sees when they open a mask: the masked lines that would land, as they are, and no others.
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { OpenedMasks } from "../../lambda/model/api.ts";
import type { FileChange } from "../../lambda/model/change.ts";
import { hiddenInFile, hiddenInJson } from "../../lambda/scan/hidden-lines.ts";
import { maskChange } from "../../lambda/scan/mask-change.ts";
import { inMemory } from "./escrow.ts";
import { fakeMasker, key, maybe, token } from "./fake-masker.ts";
import { Git } from "./git.ts";
import { read } from "./pushes.ts";

let git: Git;
beforeEach(async () => {
  git = await Git.create();
});
afterEach(() => git.remove());

interface Pushed {
  readonly file: FileChange;
  readonly open: () => ReturnType<typeof hiddenInFile>;
}

async function pushed(before: string, after: string): Promise<Pushed> {
  await git.write("a.env", before);
  const old = await git.commit("before");
  await git.write("a.env", after);
  const fresh = await git.commit("after");
  const { summary } = maskChange(await read(git, { old, new: fresh }), fakeMasker);
  const file = summary.refs[0]?.files[0];
  if (file === undefined) throw new Error("no file in the change");
  const pack = inMemory(await git.pack([fresh], [old]));
  return { file, open: () => hiddenInFile({ file, pack, objects: noLookUp }) };
}

const noLookUp = (): Promise<undefined> => Promise.resolve(undefined);
const far = Array.from({ length: 20 }, (_, line) => `filler ${line}`).join("\n");

describe("the masked lines of a file in a pack", () => {
  it("are those that the diff shows: new ones and those around them, not removed ones nor those out of sight", async () => {
    const before = `${token("F")}\n${far}\nnear=${token("N")}\nold=${token("O")}\nend\n`;
    const after = `${token("F")}\n${far}\nnear=${token("N")}\nnew=${maybe("X")}\nplain=1\nend\n`;
    const { file, open } = await pushed(before, after);
    expect(file.hasMasks).toBe(true);
    expect(await open()).toEqual({
      lines: [
        { line: 22, text: `near=${token("N")}` },
        { line: 23, text: `new=${maybe("X")}` },
      ],
      isCut: false,
    });
  });

  it("of a key over several lines are all opened", async () => {
    const { open } = await pushed("x\n", `x\n${key(2)}\n`);
    expect((await open()).lines.map(({ text }) => text)).toEqual(["keybody0", "keybody1"]);
  });

  it("are not offered where only a removed line is masked", async () => {
    const { file, open } = await pushed(`a\n${token("R")}\n`, "a\n");
    expect(file.hasMasks).toBeUndefined();
    expect((await open()).lines).toEqual([]);
  });

  it("are not offered where nothing is masked", async () => {
    const { file } = await pushed("a\n", "b\n");
    expect(file.hasMasks).toBeUndefined();
  });

  it.each([
    [200, false],
    [201, true],
  ])("%i of them are cut: %s", async (count, isCut) => {
    const secrets = Array.from({ length: count }, () => maybe("M")).join("\n");
    const opened = await (await pushed("a\n", `${secrets}\n`)).open();
    expect(opened.lines).toHaveLength(200);
    expect(opened.isCut).toBe(isCut);
  });
});

describe("the masked texts of a JSON body", () => {
  const inJson = (value: unknown): OpenedMasks =>
    hiddenInJson(Buffer.from(JSON.stringify(value)), fakeMasker);

  it("are named by their place and line, base64 file contents opened", () => {
    const content = Buffer.from(`first\nkey=${maybe("C")}\n`).toString("base64");
    expect(inJson({ message: `use ${maybe("B")}`, content, branch: "main" }).lines).toEqual([
      { place: "message", line: 1, text: `use ${maybe("B")}` },
      { place: "content", line: 2, text: `key=${maybe("C")}` },
    ]);
  });

  it("are none in a body without secrets", () => {
    expect(inJson({ title: "x", labels: ["a"] })).toEqual({ lines: [], isCut: false });
  });

  it("never name a place by a key that is a secret itself", () => {
    const places = inJson({ [token("K")]: maybe("V") }).lines.map(({ place }) => place);
    expect(places).toEqual(["", "?"]);
  });
});
