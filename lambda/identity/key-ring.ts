// Keeps an issuer's public keys: loaded when needed, renewed when old, asked again at most so often.
import type { Clock } from "../model/ports.ts";

/** A key that the issuer withdrew is refused after this time at the latest. */
const freshForMs = 10 * 60_000;
/** When the issuer cannot be reached, keys this old still count; then nobody gets in. */
const usableForMs = 60 * 60_000;
/** Tokens with invented key ids must not turn the gateway into a flood on the issuer. */
const pauseBetweenLoadsMs = 10_000;

export interface PublicKey {
  readonly kty: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly crv?: string;
  readonly n?: string;
}

export class KeysUnavailable extends Error {
  constructor(options?: { cause?: unknown }) {
    super("the issuer's keys could not be read", options);
    this.name = "KeysUnavailable";
  }
}

export interface KeyRing {
  /** Makes sure that the keys are fresh, and that the issuer was asked about this key id. Throws KeysUnavailable. */
  ready(kid: string): Promise<void>;
}

/** `load` reads the issuer's key ids and hands the keys on to whoever verifies with them. */
export function createKeyRing(clock: Clock, load: () => Promise<ReadonlySet<string>>): KeyRing {
  let known: ReadonlySet<string> = new Set();
  let loadedAtMs = -Infinity;
  let triedAtMs = -Infinity;
  let failure: unknown;
  let loading: Promise<void> | undefined;

  async function reload(): Promise<void> {
    triedAtMs = clock.now();
    try {
      known = await load();
      loadedAtMs = triedAtMs;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }

  return {
    async ready(kid) {
      const isFresh = clock.now() - loadedAtMs < freshForMs;
      if (isFresh && known.has(kid)) return;
      if (loading === undefined && clock.now() - triedAtMs >= pauseBetweenLoadsMs) {
        loading = reload().finally(() => {
          loading = undefined;
        });
      }
      await loading;
      if (clock.now() - loadedAtMs >= usableForMs) throw new KeysUnavailable({ cause: failure });
    },
  };
}
