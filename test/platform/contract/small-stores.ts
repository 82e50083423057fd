// What every directory, stop list, keyed store and token signer keeps to.
import { describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { turnUntil } from "../steered-clock.ts";
import { eachWith } from "./platform.ts";
import type { MakePlatform } from "./platform.ts";

const alice = { subject: "idp#alice", login: "alice", teams: ["engineering"], person: "idp#alice" };

export function directoryContract(make: MakePlatform): void {
  const world = eachWith(make);

  describe("the directory", () => {
    it("knows a person as last seen, also after a restart", async () => {
      await world.platform.directory.remember(alice);
      await world.platform.directory.remember({ ...alice, teams: ["security-team"] });
      const { directory } = await world.platform.restart();
      await expect(directory.person("idp#alice")).resolves.toEqual({ ...alice, teams: ["security-team"] });
    });

    it("does not know whom it never saw", async () => {
      await expect(world.platform.directory.person("idp#nobody")).resolves.toBeUndefined();
    });

    it("keeps of a caller only what belongs to the person", async () => {
      const caller = { ...alice, session: "ses_a", remoteAddress: "127.0.0.1" };
      await world.platform.directory.remember(caller);
      await expect(world.platform.directory.person("idp#alice")).resolves.toEqual(alice);
    });
  });
}

export function stopListContract(make: MakePlatform): void {
  const world = eachWith(make);
  const stop = { session: "ses_a", subject: "idp#alice", atMs: 5_000, by: "idp#erin" };
  const company = { session: "ses_b", subject: "idp#alice", proof: "company-token" as const };

  describe("the stop list", () => {
    it("bars a stopped session for good, also after a restart", async () => {
      await world.platform.stops.stop(stop);
      const { stops } = await world.platform.restart();
      const caller = { session: "ses_a", subject: "idp#alice", proof: "session-token" as const };
      await expect(stops.isStopped({ ...caller, issuedAtMs: 9_999_999 })).resolves.toBe(true);
      await expect(stops.isStopped({ ...caller, session: "ses_b", issuedAtMs: 0 })).resolves.toBe(false);
    });

    it("bars the subject's company tokens issued up to the stop, and not the one issued after it", async () => {
      await world.platform.stops.stop(stop);
      await expect(world.platform.stops.isStopped({ ...company, issuedAtMs: 5_000 })).resolves.toBe(true);
      await expect(world.platform.stops.isStopped({ ...company, issuedAtMs: 5_001 })).resolves.toBe(false);
    });

    it("leaves other people alone", async () => {
      await world.platform.stops.stop(stop);
      const bob = { ...company, subject: "idp#bob", issuedAtMs: 1 };
      await expect(world.platform.stops.isStopped(bob)).resolves.toBe(false);
    });

    it("moves the bar on with a later stop of the same session, and not back with an earlier one", async () => {
      await world.platform.stops.stop(stop);
      await world.platform.stops.stop({ ...stop, atMs: 7_000 });
      await world.platform.stops.stop({ ...stop, atMs: 6_000 });
      await expect(world.platform.stops.isStopped({ ...company, issuedAtMs: 7_000 })).resolves.toBe(true);
      await expect(world.platform.stops.isStopped({ ...company, issuedAtMs: 7_001 })).resolves.toBe(false);
    });

    it("tells who watches at once, and no longer after they left", async () => {
      const told: string[] = [];
      const leave = world.platform.stops.watch((session) => told.push(session));
      await world.platform.stops.stop(stop);
      expect(told).toEqual(["ses_a"]);
      leave();
      await world.platform.stops.stop({ ...stop, session: "ses_z" });
      expect(told).toEqual(["ses_a"]);
    });

    it("tells within a second of a stop made by another process, once", async () => {
      const told: string[] = [];
      await world.platform.stops.stop({ ...stop, session: "ses_before" });
      const leave = world.platform.stops.watch((session) => told.push(session));
      const { stops } = await world.platform.beside();
      await stops.stop(stop);
      for (let polls = 0; polls < 3; polls += 1) {
        await world.clock.advance(1_000);
        // The poll has had its answer once its loop sleeps again.
        await turnUntil(() => world.clock.sleepers() === 1);
        expect(told).toEqual(["ses_a"]);
      }
      leave();
    });

    it("leaves no timer behind when nobody watches", async () => {
      const leave = world.platform.stops.watch(() => undefined);
      expect(world.clock.sleepers()).toBe(1);
      leave();
      await world.clock.advance(0);
      expect(world.clock.sleepers()).toBe(0);
    });
  });
}

export function keyedStoreContract(make: MakePlatform): void {
  const world = eachWith(make);
  const inAMoment = (): number => world.clock.now() + 1_000;

  describe("the keyed store", () => {
    it("gives back the newest value, also after a restart", async () => {
      await world.platform.keyed.put("key", "old", inAMoment());
      await world.platform.keyed.put("key", "new", inAMoment());
      const { keyed } = await world.platform.restart();
      await expect(keyed.get("key")).resolves.toBe("new");
      await expect(keyed.get("other")).resolves.toBeUndefined();
    });

    it("shows every process at once what another put, each time", async () => {
      const { keyed } = await world.platform.beside();
      for (const value of ["one", "two"]) {
        await world.platform.keyed.put("key", value, inAMoment());
        await expect(keyed.get("key")).resolves.toBe(value);
      }
    });

    it("holds a value until the millisecond before it expires", async () => {
      await world.platform.keyed.put("key", "value", inAMoment());
      await world.clock.advance(999);
      await expect(world.platform.keyed.get("key")).resolves.toBe("value");
      await world.clock.advance(1);
      await expect(world.platform.keyed.get("key")).resolves.toBeUndefined();
      await expect(world.platform.keyed.take("key")).resolves.toBeUndefined();
    });

    it("lets exactly one of many in two processes take a value", async () => {
      await world.platform.keyed.put("key", "value", inAMoment());
      const { keyed } = await world.platform.beside();
      const taken = await Promise.all(
        Array.from({ length: 10 }, (_, at) => (at % 2 ? keyed : world.platform.keyed).take("key")),
      );
      expect(taken.filter((value) => value === "value")).toHaveLength(1);
      expect(taken.filter((value) => value === undefined)).toHaveLength(9);
    });

    it("lets exactly one of many in two processes put a key that is not there", async () => {
      const { keyed } = await world.platform.beside();
      const put = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          (at % 2 ? keyed : world.platform.keyed).putNew("key", `value ${at}`, inAMoment()),
        ),
      );
      expect(put.filter((isNew) => isNew)).toHaveLength(1);
      await expect(keyed.get("key")).resolves.toBe(`value ${put.indexOf(true)}`);
    });

    it("takes a key as new again when its value has expired, and not a millisecond before", async () => {
      await world.platform.keyed.putNew("key", "old", inAMoment());
      await world.clock.advance(999);
      await expect(world.platform.keyed.putNew("key", "new", inAMoment())).resolves.toBe(false);
      await world.clock.advance(1);
      await expect(world.platform.keyed.putNew("key", "new", inAMoment())).resolves.toBe(true);
      await expect(world.platform.keyed.get("key")).resolves.toBe("new");
    });

    it("lets exactly one of many in two processes replace the value that all of them knew", async () => {
      await world.platform.keyed.put("key", "known", inAMoment());
      const { keyed } = await world.platform.beside();
      const replaced = await Promise.all(
        Array.from({ length: 10 }, (_, at) =>
          (at % 2 ? keyed : world.platform.keyed).replace("key", "known", `value ${at}`, inAMoment()),
        ),
      );
      expect(replaced.filter((isMine) => isMine)).toHaveLength(1);
      await expect(keyed.get("key")).resolves.toBe(`value ${replaced.indexOf(true)}`);
    });

    it("replaces nothing that was removed, or that has expired", async () => {
      await expect(world.platform.keyed.replace("key", "known", "new", inAMoment())).resolves.toBe(false);
      await world.platform.keyed.put("key", "known", inAMoment());
      await world.clock.advance(1_000);
      await expect(world.platform.keyed.replace("key", "known", "new", inAMoment())).resolves.toBe(false);
      await expect(world.platform.keyed.get("key")).resolves.toBeUndefined();
    });

    it("forgets what is removed", async () => {
      await world.platform.keyed.put("key", "value", inAMoment());
      await world.platform.keyed.remove("key");
      await world.platform.keyed.remove("key");
      await expect(world.platform.keyed.get("key")).resolves.toBeUndefined();
    });
  });
}

export function lockboxContract(make: MakePlatform): void {
  const world = eachWith(make);
  const secret = ["ghu", "x".repeat(36)].join("_");

  describe("the lockbox", () => {
    it("opens what it locked, also after a restart and in another process", async () => {
      const locked = await world.platform.lockbox.lock("idp#alice", secret);
      const { lockbox } = await world.platform.restart();
      await expect(lockbox.unlock("idp#alice", locked)).resolves.toBe(secret);
      const beside = await world.platform.beside();
      await expect(beside.lockbox.unlock("idp#alice", locked)).resolves.toBe(secret);
    });

    it("shows nothing of the secret, and never locks it to the same text twice", async () => {
      const { lockbox } = world.platform;
      const [one, two] = [await lockbox.lock("idp#alice", secret), await lockbox.lock("idp#alice", secret)];
      expect(one).not.toBe(two);
      expect(Buffer.from(one, "base64").toString("latin1")).not.toContain("xxxx");
      expect(one).toMatch(/^[\x21-\x7e]+$/);
    });

    it("opens nothing for another owner, and nothing that was changed", async () => {
      const { lockbox } = world.platform;
      const locked = await lockbox.lock("idp#alice", secret);
      await expect(lockbox.unlock("idp#bob", locked)).rejects.toThrow();
      const bytes = Buffer.from(locked, "base64");
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      await expect(lockbox.unlock("idp#alice", bytes.toString("base64"))).rejects.toThrow();
      await expect(lockbox.unlock("idp#alice", "")).rejects.toThrow();
    });
  });
}

export function tokenSignerContract(make: MakePlatform): void {
  const world = eachWith(make);

  describe("the token signer", () => {
    it("signs what its published key verifies, also after a restart", async () => {
      const token = await world.platform.signer.sign({ sub: "idp#alice", aud: "road" });
      const { signer } = await world.platform.restart();
      const keys = createLocalJWKSet((await signer.jwks()) as unknown as JSONWebKeySet);
      const { payload, protectedHeader } = await jwtVerify(token, keys, { algorithms: ["ES256"] });
      expect(payload).toEqual({ sub: "idp#alice", aud: "road" });
      expect(protectedHeader.alg).toBe("ES256");
    });

    it("publishes nothing of the private half", async () => {
      const { keys } = await world.platform.signer.jwks();
      expect(keys).toHaveLength(1);
      expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    });
  });
}
