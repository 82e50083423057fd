// Small secrets encrypted on one machine: AES-256-GCM under a key in the data folder, the owner authenticated with it.
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Ids, Lockbox } from "../../model/ports.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** `key` has 32 bytes. Random nonces are safe for 2³² secrets (NIST SP 800-38D, 8.3); people link less often. */
export function createLockbox(key: Uint8Array, ids: Pick<Ids, "random">): Lockbox {
  return {
    lock(owner, secret) {
      const nonce = ids.random(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(owner));
      const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return Promise.resolve(Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64"));
    },
    unlock(owner, locked) {
      const bytes = Buffer.from(locked, "base64");
      return new Promise((resolve) => {
        const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
        if (tag.length !== tagBytes) throw new Error("what is to be unlocked is too short");
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        });
        decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
        const body = bytes.subarray(nonceBytes + tagBytes);
        resolve(Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8"));
      });
    },
  };
}
