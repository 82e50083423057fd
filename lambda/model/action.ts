// What a request asks for, in GitHub's own terms.
import type { Bytes, ByteStream, HeaderList } from "./http.ts";

export const effects = [
  "read",
  "read-many",
  "write",
  "branch-write",
  "protection-weaken",
  "indirect",
  "admin",
] as const;
export type Effect = (typeof effects)[number];

export type Surface = "git" | "rest" | "graphql" | "mcp" | "copilot" | "lfs" | "uploads" | "raw";

/** 40 lower-case hex digits. */
export type Oid = string;
export const zeroOid: Oid = "0".repeat(40);

export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** A repository as GitHub resolved it. Decisions key on the numeric id; names change. */
export interface Repository extends RepositoryName {
  readonly id: number;
  readonly fullName: string;
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
}

/** One ref that would change. `old` or `new` is absent when only GitHub will know it (a merge commit, say). */
export interface RefChange {
  /** Fully qualified: refs/heads/…, refs/tags/…. Compared byte by byte, never case-folded. */
  readonly ref: string;
  readonly change: "create" | "update" | "delete";
  readonly old?: Oid;
  readonly new?: Oid;
  /** The commit that GitHub would merge into the ref; `new` is known to GitHub only then. */
  readonly gains?: Oid;
  /** Whether history may be rewritten; a push cannot tell until the pack is read, then "unknown" counts as yes. */
  readonly force: "yes" | "no" | "unknown";
}

/** Where the affected branches are named; the flow resolves what needs a look-up before policy sees the action. */
export type BranchSource =
  | { readonly from: "none" }
  | { readonly from: "refs"; readonly refs: readonly RefChange[] }
  | { readonly from: "default-branch" }
  | { readonly from: "pull-base"; readonly pull: number; readonly claimedHead?: Oid }
  | { readonly from: "pull-head"; readonly pull: number; readonly claimedHead?: Oid }
  /** Every branch may be affected, or no resolver exists: counts as touching a protected branch. */
  | { readonly from: "all" };

export type UpstreamName = "api" | "graphql" | "git" | "uploads" | "raw" | "capi" | "mcp";

/** The request that will be sent, rebuilt from what was parsed; no client text is copied through. */
export interface UpstreamRequest {
  readonly upstream: UpstreamName;
  readonly method: string;
  /** Decoded path segments; encoded once, by `forward`. */
  readonly segments: readonly string[];
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: HeaderList;
  readonly body: UpstreamBody;
}

export type UpstreamBody =
  | { readonly is: "none" }
  | { readonly is: "bytes"; readonly bytes: Bytes }
  /** Streams once; `bytes` is the length when it is known. */
  | { readonly is: "stream"; readonly stream: ByteStream; readonly length?: number };

export interface Action {
  readonly surface: Surface;
  /** GitHub's operation id ("pulls/merge"), or "git/receive-pack", "git/upload-pack", "git/advertise-receive-pack" … */
  readonly operation: string;
  /** The operation in GitHub's words: "Merge a pull request". */
  readonly title: string;
  readonly effect: Effect;
  readonly repository?: RepositoryName;
  /** For operations on an organisation, and for `read-many`. */
  readonly organization?: string;
  readonly branches: BranchSource;
  /** File paths that the request names (contents/{path}); what a push touches is found by `scan`. */
  readonly paths: readonly string[];
  /** For display and for the record: parameters that matter, already decoded. Never a body. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The parsed JSON body of a REST call, for masking, the plan's digest and the record. */
  readonly json?: unknown;
  /** The model that is asked, as its name will be sent. */
  readonly model?: string;
  readonly push?: PushRequest;
  readonly fetch?: FetchRequest;
  readonly largeFile?: LargeFile;
  readonly graphql?: GraphQLRequest;
  readonly mcp?: McpRequest;
  /** Of a request that makes several writes at once, or may: each is decided on its own, and the strictest answer counts. */
  readonly parts?: readonly Part[];
  readonly send: UpstreamRequest;
}

/** One write of a GraphQL document. */
export interface Part {
  /** "graphql/mergePullRequest". */
  readonly operation: string;
  readonly title: string;
  readonly effect: Effect;
  /** GitHub's answer says under this name what became of it. */
  readonly answerKey: string;
  readonly refs: readonly RefChange[];
  readonly touchesAllBranches: boolean;
}

/** What a GraphQL document asks for, read without its aliases, fragments and variables. */
export type GraphQLRequest =
  | {
      readonly is: "query";
      /** Ids of nodes that it reads: look-ups tell in which repository they lie. */
      readonly nodeIds: readonly string[];
    }
  | { readonly is: "mutation"; readonly fields: readonly MutationField[] };

export interface MutationField {
  readonly name: string;
  readonly title: string;
  readonly effect: Effect;
  readonly answerKey: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The variable in which the input is sent. */
  readonly variable: string;
  readonly nodeIds: readonly string[];
  /** What it wants to read afterwards may lie in other repositories. */
  readonly readsMany: boolean;
}

export interface PushCommand {
  readonly old: Oid;
  readonly new: Oid;
  readonly ref: string;
}

/** A receive-pack request: its whole command list, strictly read, and the pack that follows, not read yet. */
export interface PushRequest {
  readonly commands: readonly PushCommand[];
  readonly capabilities: readonly string[];
  readonly options: readonly string[];
  readonly shallow: readonly Oid[];
  /** Everything before the pack, rebuilt from the above. */
  readonly preamble: Bytes;
  /** The pack's bytes, verbatim; empty when all commands are deletions. */
  readonly pack: ByteStream;
  /** A 4-byte probe (`0000`) that git sends before a large push: no commands at all. */
  readonly isProbe: boolean;
}

export interface FetchRequest {
  readonly protocol: 0 | 1 | 2;
  readonly command: "ls-refs" | "fetch" | "advertise";
  readonly wants: readonly Oid[];
}

/** One file of Git LFS. It lies outside of GitHub: GitHub says where, and the gateway moves the bytes. */
export interface LargeFile {
  readonly operation: "download" | "upload";
  /** SHA-256 of the content, 64 lower-case hex digits. */
  readonly oid: string;
  /** Bytes. */
  readonly size: number;
  /** Of an upload: streams once. */
  readonly content?: ByteStream;
}

/** One JSON-RPC message to GitHub's MCP server, or the opening and ending of its stream. */
export interface McpRequest {
  /** The JSON-RPC method; "response" answers a request of the server, "stream" is GET, "end" is DELETE. */
  readonly method: string;
  /** Absent where no answer is expected: notifications, responses. */
  readonly id?: string | number;
  /** Of tools/call. */
  readonly tool?: string;
  /** Where the client wants to hear that it is still being worked on. */
  readonly progressToken?: string | number;
  /** What we gave the client so that it asks again for a call that waits. */
  readonly requestState?: string;
  /** From 2026-07-28 on there are no sessions, and a result says that it is complete. */
  readonly isStateless: boolean;
  /** The session id that the client shows; who opened it is not known yet. */
  readonly claimedSession?: string;
  /** Whether the client takes an event stream as an answer. */
  readonly takesEvents: boolean;
  /** Whether the path asks for tools that read. */
  readonly isReadonly: boolean;
  /** What the client says in `params._meta`: read for labels only. */
  readonly claimedMeta?: Readonly<Record<string, unknown>>;
}
