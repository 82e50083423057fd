// The chain's index may be a moment late: that is told from a record that is gone.
import { describe, expect, it } from "@jest/globals";
import type { Item, Items } from "../../../lambda/platform/aws/items.ts";
import { createRecordStore } from "../../../lambda/platform/aws/record-store.ts";

describe("a chain whose index is late", () => {
  const item = (seq: number): Item => ({
    pk: `V#wrt_a#${seq}`,
    sk: "event",
    seq,
    hash: "",
    json: JSON.stringify({ kind: "event", writer: "wrt_a", seq }),
  });
  const all = [item(0), item(1), item(2)];

  /** Which sequence numbers are read, and how long it took, when the index shows these at each look. */
  async function read(...looks: number[][]): Promise<{ seqs: number[]; sleptMs: number }> {
    let sleptMs = 0;
    let look = -1;
    const items: Partial<Items> = {
      query: () => {
        look = Math.min(look + 1, looks.length - 1);
        return Promise.resolve(all.filter(({ seq }) => looks[look]?.includes(Number(seq))));
      },
      getAll: (keys) => Promise.resolve(all.filter(({ pk }) => keys.some((key) => key.pk === pk))),
    };
    const clock = {
      sleep: (ms: number) => {
        sleptMs += ms;
        return Promise.resolve();
      },
    };
    const records = createRecordStore(items as Items, clock, { next: () => "id" });
    const seqs: number[] = [];
    for await (const { record } of records.chain("wrt_a")) seqs.push(record.seq);
    return { seqs, sleptMs };
  }

  it("is read whole once the index has it", async () => {
    await expect(read([0, 2], [0, 2], [0, 1, 2])).resolves.toEqual({ seqs: [0, 1, 2], sleptMs: 375 });
  });

  it("is read with its gap when the gap stays, within two seconds", async () => {
    await expect(read([0, 2])).resolves.toEqual({ seqs: [0, 2], sleptMs: 1875 });
  });

  it("is read at once when it has no gap", async () => {
    await expect(read([0, 1])).resolves.toEqual({ seqs: [0, 1], sleptMs: 0 });
  });
});
