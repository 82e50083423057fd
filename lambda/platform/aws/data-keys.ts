// Data keys from KMS: one for each escrow object, bound to its id, so that no object opens with another's key.
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import type { Bytes } from "../../model/http.ts";

export interface DataKeys {
  create(id: string): Promise<{ readonly plain: Bytes; readonly wrapped: string }>;
  open(id: string, wrapped: string): Promise<Bytes>;
}

export function createDataKeys(kms: KMSClient, keyArn: string): DataKeys {
  // Shows in CloudTrail: which entry's bytes were opened, and when.
  const bound = (id: string): { KeyId: string; EncryptionContext: Record<string, string> } => ({
    KeyId: keyArn,
    EncryptionContext: { gatehouse: "escrow", object: id },
  });
  return {
    async create(id) {
      const { Plaintext, CiphertextBlob } = await kms.send(
        new GenerateDataKeyCommand({ ...bound(id), KeySpec: "AES_256" }),
      );
      if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error("KMS gave no data key");
      return { plain: Plaintext, wrapped: Buffer.from(CiphertextBlob).toString("base64") };
    },
    async open(id, wrapped) {
      const { Plaintext } = await kms.send(
        new DecryptCommand({ ...bound(id), CiphertextBlob: Buffer.from(wrapped, "base64") }),
      );
      if (Plaintext === undefined) throw new Error("KMS did not open the data key");
      return Plaintext;
    },
  };
}
