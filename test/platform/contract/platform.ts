// What a contract test needs of an edition: its ports over fresh storage, and a second process beside it.
import { afterEach, beforeEach } from "@jest/globals";
import type {
  BodyStore,
  Directory,
  EscrowStore,
  KeyedStore,
  Lockbox,
  PlanStore,
  RecordStore,
  StopList,
  TokenSigner,
} from "../../../lambda/model/ports.ts";
import { steeredClock } from "../steered-clock.ts";
import type { SteeredClock } from "../steered-clock.ts";

export interface ContractPorts {
  readonly records: RecordStore;
  readonly bodies: BodyStore;
  readonly escrow: EscrowStore;
  readonly plans: PlanStore;
  readonly directory: Directory;
  readonly stops: StopList;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  readonly signer: TokenSigner;
}

export interface ContractPlatform extends ContractPorts {
  /** The same storage as another process sees it. */
  beside(): Promise<ContractPorts>;
  /** Ends this process and starts another on the same storage. */
  restart(): Promise<ContractPorts>;
  close(): Promise<void>;
}

/** Fresh storage at each call. */
export type MakePlatform = (clock: SteeredClock) => Promise<ContractPlatform>;

/** A new platform and clock before each test, closed after it. */
export function eachWith(make: MakePlatform): {
  readonly platform: ContractPlatform;
  readonly clock: SteeredClock;
} {
  let platform: ContractPlatform | undefined;
  let clock = steeredClock();
  beforeEach(async () => {
    clock = steeredClock();
    platform = await make(clock);
  });
  afterEach(async () => {
    await platform?.close();
    platform = undefined;
  });
  return {
    get platform() {
      if (platform === undefined) throw new Error("only inside a test");
      return platform;
    },
    get clock() {
      return clock;
    },
  };
}
