// Small secrets encrypted by KMS itself, under a key of their own: each opening stands in CloudTrail with its owner.
import { DecryptCommand, EncryptCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { Lockbox } from "../../model/ports.ts";

/** KMS takes 4,096 bytes; a pair of tokens has a few hundred. */
export function createLockbox(kms: KMSClient, keyArn: string): Lockbox {
  const bound = (owner: string): { KeyId: string; EncryptionContext: Record<string, string> } => ({
    KeyId: keyArn,
    EncryptionContext: { gatehouse: "link", owner },
  });
  return {
    async lock(owner, secret) {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ ...bound(owner), Plaintext: new TextEncoder().encode(secret) }),
      );
      if (CiphertextBlob === undefined) throw new Error("KMS encrypted nothing");
      return Buffer.from(CiphertextBlob).toString("base64");
    },
    async unlock(owner, locked) {
      const { Plaintext } = await kms.send(
        new DecryptCommand({ ...bound(owner), CiphertextBlob: Buffer.from(locked, "base64") }),
      );
      if (Plaintext === undefined) throw new Error("KMS opened nothing");
      return new TextDecoder().decode(Plaintext);
    },
  };
}
