// One process hears from GitHub that protection changed; every other one forgets before it answers its next request.
import { beforeEach, describe, expect, it } from "@jest/globals";
import { createStaleness, type Staleness } from "../../lambda/flow/staleness.ts";
import type { KeyedStore } from "../../lambda/model/ports.ts";

const values = new Map<string, string>();
let isDown = false;
let marked = 0;

beforeEach(() => {
  values.clear();
  isDown = false;
});

const keyed: KeyedStore = {
  get: (key) => (isDown ? Promise.reject(new Error("down")) : Promise.resolve(values.get(key))),
  put: (key, value) => {
    if (isDown) return Promise.reject(new Error("down"));
    values.set(key, value);
    return Promise.resolve();
  },
  putNew: () => Promise.resolve(true),
  replace: () => Promise.resolve(true),
  take: () => Promise.resolve(undefined),
  remove: () => Promise.resolve(),
};

interface Process extends Staleness {
  readonly forgotten: (number | undefined)[];
}

function process(ownMark: number): Process {
  const forgotten: (number | undefined)[] = [];
  const ids = { next: () => `stl_${(marked += 1)}`, random: () => new Uint8Array([ownMark]) };
  const staleness = createStaleness({ keyed, clock: { now: () => 0 }, ids }, (id) => forgotten.push(id));
  return { ...staleness, forgotten };
}

describe("what is remembered of GitHub", () => {
  it("is forgotten here for that repository, and by every other process for all, once", async () => {
    const here = process(0);
    const others = Array.from({ length: 256 }, (_, at) => process(at));
    await here.forget(7);
    for (const other of others) {
      await other.refresh();
      await other.refresh();
    }
    expect(here.forgotten).toEqual([7]);
    expect(new Set(others.map(({ forgotten }) => forgotten.length))).toEqual(new Set([1]));
  });

  it("is kept while nothing changed", async () => {
    const one = process(3);
    await one.refresh();
    await one.refresh();
    expect(one.forgotten).toEqual([]);
  });

  it("is forgotten again with each change", async () => {
    const [here, other] = [process(1), process(2)];
    await here.forget(7);
    await other.refresh();
    await here.forget(8);
    await other.refresh();
    expect(other.forgotten).toEqual([undefined, undefined]);
  });

  it("is forgotten at every request while nobody can say whether it changed", async () => {
    const one = process(3);
    isDown = true;
    await one.refresh();
    await one.refresh();
    expect(one.forgotten).toEqual([undefined, undefined]);
  });

  it("cannot be said to be forgotten everywhere when the store is down, and is forgotten here all the same", async () => {
    const one = process(3);
    isDown = true;
    await expect(one.forget(7)).rejects.toThrow("down");
    expect(one.forgotten).toEqual([7]);
  });
});
