// Device codes (RFC 8628) on their way from the client that asked to the person who decides, and back. Only hashes are kept.
import type { Person } from "../../model/caller.ts";
import type { Clock, Ids, KeyedStore } from "../../model/ports.ts";
import { hashed, randomText } from "../console-session.ts";
import type { OAuthError } from "./answers.ts";
import { newUserCode } from "./user-code.ts";

export const deviceCodeSeconds = 15 * 60;
export const intervalSeconds = 5;
/** A poll that arrives a little early has lost its time on the way, not in the client. */
const toleranceMs = 1_000;
/** How long a spent or expired code is still told apart from an invented one. */
const rememberedMs = 15 * 60_000;
const newCodeTries = 5;

export interface DeviceGrant {
  readonly client: string;
  readonly scope: string;
  /** Where the client asked from. */
  readonly address: string;
  readonly expiresAtMs: number;
}

/** Names a grant without its secret. */
export interface DeviceKey {
  readonly device: string;
  readonly userCode: string;
}

export type Decision =
  | { readonly is: "granted"; readonly person: Person; readonly confirmedFrom: string }
  | { readonly is: "refused" };

export interface DeviceCodes {
  open(grant: Omit<DeviceGrant, "expiresAtMs">): Promise<{ deviceCode: string; userCode: string }>;
  /** The grant that waits under this user code; undefined when there is none, or it is decided. */
  find(userCode: string): Promise<{ readonly grant: DeviceGrant; readonly key: DeviceKey } | undefined>;
  /** One decision per code; false when there was one already, or the code expired. */
  decide(key: DeviceKey, decision: Decision): Promise<boolean>;
  /** Once only: whoever gets "granted" is the only one. */
  poll(deviceCode: string, client: string): Promise<PollResult>;
}

export type PollResult =
  | {
      readonly is: "granted";
      readonly person: Person;
      readonly grant: DeviceGrant;
      readonly confirmedFrom: string;
    }
  | { readonly is: "not-yet"; readonly error: OAuthError };

export function createDeviceCodes(store: KeyedStore, clock: Clock, ids: Ids): DeviceCodes {
  const grantAt = (device: string): string => `login-device:${device}`;
  const decisionAt = (device: string): string => `login-decision:${device}`;
  const userCodeAt = (userCode: string): string => `login-user-code:${userCode}`;

  async function grantOf(device: string): Promise<DeviceGrant | undefined> {
    const text = await store.get(grantAt(device));
    return text === undefined ? undefined : (JSON.parse(text) as DeviceGrant);
  }

  async function claimUserCode(device: string, expiresAtMs: number): Promise<string> {
    for (let tried = 0; tried < newCodeTries; tried++) {
      const userCode = newUserCode(ids);
      if (await store.putNew(userCodeAt(hashed(userCode)), device, expiresAtMs)) return userCode;
    }
    throw new Error("no free user code was found");
  }

  return {
    async open(asked) {
      const deviceCode = randomText(ids);
      const device = hashed(deviceCode);
      const expiresAtMs = clock.now() + deviceCodeSeconds * 1000;
      const grant: DeviceGrant = { ...asked, expiresAtMs };
      await store.put(grantAt(device), JSON.stringify(grant), expiresAtMs + rememberedMs);
      return { deviceCode, userCode: await claimUserCode(device, expiresAtMs) };
    },

    async find(text) {
      const userCode = hashed(text);
      const device = await store.get(userCodeAt(userCode));
      const grant = device === undefined ? undefined : await grantOf(device);
      if (device === undefined || grant === undefined || clock.now() >= grant.expiresAtMs) return undefined;
      return { grant, key: { device, userCode } };
    },

    async decide({ device, userCode }, decision) {
      // Taking the user code is the one step that only one decision can do.
      if ((await store.take(userCodeAt(userCode))) !== device) return false;
      const grant = await grantOf(device);
      if (grant === undefined || clock.now() >= grant.expiresAtMs) return false;
      await store.put(decisionAt(device), JSON.stringify(decision), grant.expiresAtMs);
      return true;
    },

    async poll(deviceCode, client) {
      const device = hashed(deviceCode);
      const grant = await grantOf(device);
      if (grant === undefined) return notYet("incorrect_device_code");
      if (grant.client !== client) return notYet("incorrect_client_credentials");
      const now = clock.now();
      if (now >= grant.expiresAtMs) return notYet("expired_token");
      const pausedUntilMs = now + intervalSeconds * 1000 - toleranceMs;
      if (!(await store.putNew(`login-poll:${device}`, "polled", pausedUntilMs))) return notYet("slow_down");
      const text = await store.get(decisionAt(device));
      if (text === undefined) return notYet("authorization_pending");
      const decision = JSON.parse(text) as Decision;
      if (decision.is === "refused") return notYet("access_denied");
      if ((await store.take(decisionAt(device))) === undefined) return notYet("incorrect_device_code");
      await store.remove(grantAt(device));
      return { ...decision, grant };
    },
  };
}

function notYet(error: OAuthError): PollResult {
  return { is: "not-yet", error };
}
