// Everything the stories need: the ports of the outside world and the rooms that hold state.
import type { Identity } from "../identity/identity.ts";
import type { Login } from "../identity/login/login.ts";
import type { Masker } from "../model/masking.ts";
import type { Config } from "../model/config.ts";
import type { Action, RefChange, Repository } from "../model/action.ts";
import type { GatewayRequest } from "../model/http.ts";
import type {
  ApprovalClock,
  BodyStore,
  Clock,
  Credentials,
  Directory,
  EscrowStore,
  Events,
  GitHubFacts,
  Ids,
  Inbox,
  KeyedStore,
  Lockbox,
  NoticeChannels,
  PlanStore,
  RecordStore,
  Secrets,
  StopList,
  TokenSigner,
  Upstream,
} from "../model/ports.ts";
import type { Policies } from "../policy/policies.ts";
import type { Protection } from "../policy/protection.ts";
import type { Ledger } from "../record/ledger.ts";
import type { LiveEntries } from "./live.ts";

/** What a platform brings (DESIGN 5): DynamoDB and S3, or SQLite and files. */
export interface Platform {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly records: RecordStore;
  readonly bodies: BodyStore;
  readonly escrow: EscrowStore;
  readonly plans: PlanStore;
  readonly approvals: ApprovalClock;
  readonly directory: Directory;
  readonly stops: StopList;
  readonly keyed: KeyedStore;
  readonly lockbox: Lockbox;
  readonly signer: TokenSigner;
  readonly notices: NoticeChannels;
  readonly events: Events;
  readonly secrets: Secrets;
  /** Where messages can be looked at instead of being sent: in the sandbox only. */
  readonly inbox?: Inbox;
}

export interface World extends Platform {
  readonly config: Config;
  readonly identity: Identity;
  readonly login: Login;
  readonly ledger: Ledger;
  readonly policies: Policies;
  readonly protection: Protection;
  /** Hides secrets and the gateway's own credentials. */
  readonly masker: Masker;
  /** Hides the gateway's own credentials only: for callers whose rules ask for no masks. */
  readonly ownMasker: Masker;
  readonly upstream: Upstream;
  readonly credentials: Credentials;
  readonly facts: GitHubFacts;
  readonly live: LiveEntries;
  /**
   * After anything that may have changed what is remembered of this repository at GitHub; without one, of any. Holds for
   * every process; rejects when the others may not hear of it.
   */
  forget(repositoryId: number | undefined): Promise<void>;
  /** Before anything remembered is used: another process may have been told that it is stale. */
  refresh(): Promise<void>;
  /** For operators: one line of structured text; never a secret, a body or a query. */
  log(event: string, details: Readonly<Record<string, string | number>>): void;
}

/** An action after its look-ups: the canonical repository, and every ref it would change. */
export interface Target {
  readonly action: Action;
  readonly repository?: Repository;
  readonly refs: readonly RefChange[];
  readonly touchesAllBranches: boolean;
}

export type { GatewayRequest };
