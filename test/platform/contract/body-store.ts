// What every body store keeps to.
import { describe, expect, it } from "@jest/globals";
import { RecordExists } from "../../../lambda/model/errors.ts";
import { eachWith } from "./platform.ts";
import type { MakePlatform } from "./platform.ts";

export function bodyStoreContract(make: MakePlatform): void {
  const world = eachWith(make);

  describe("bodies", () => {
    it("are read back as written, also after a restart", async () => {
      const bytes = Buffer.from([0, 1, 255, 10]);
      await world.platform.bodies.put("req_abc/request", bytes);
      const { bodies } = await world.platform.restart();
      expect(Buffer.from((await bodies.get("req_abc/request")) ?? [])).toEqual(bytes);
    });

    it("may be empty", async () => {
      await world.platform.bodies.put("req_abc/request", new Uint8Array());
      await expect(world.platform.bodies.get("req_abc/request")).resolves.toHaveLength(0);
    });

    it("that nobody wrote are undefined", async () => {
      await expect(world.platform.bodies.get("req_abc/response")).resolves.toBeUndefined();
    });

    it("are written once: a second write is refused and the first stays", async () => {
      await world.platform.bodies.put("req_abc/change", Buffer.from("first"));
      await expect(world.platform.bodies.put("req_abc/change", Buffer.from("second"))).rejects.toThrow(
        RecordExists,
      );
      expect(Buffer.from((await world.platform.bodies.get("req_abc/change")) ?? []).toString()).toBe("first");
    });

    it("have exactly one writer when ten write one name at once", async () => {
      const writes = Array.from({ length: 10 }, (_, at) =>
        world.platform.bodies.put("exe_abc/response", Buffer.from(String(at))),
      );
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    it("refuse names that are not an entry and a part", async () => {
      for (const name of [
        "",
        "req_abc",
        "req_abc/other",
        "../req_abc/request",
        "req_abc/../request",
        "req_A/request",
        "req_abc/request\n",
        "req_abc/request/x",
        "/req_abc/request",
      ]) {
        await expect(world.platform.bodies.put(name, Buffer.from("x"))).rejects.toThrow(TypeError);
        await expect(world.platform.bodies.get(name)).rejects.toThrow(TypeError);
      }
    });
  });
}
