// The programs that ask for tokens: those everybody has, those that registered themselves, and unknown ones.
import { plain } from "../labels.ts";
import { isLoopbackRedirect, isSameRedirect, isVsCodeRedirect } from "./redirects.ts";

export interface Client {
  readonly id: string;
  /** For people: on the confirmation page, in the token and in the record. */
  readonly name: string;
  /** Whether its name is the gateway's own knowledge. A client id is no secret, so this is no proof either. */
  readonly isKnown: boolean;
  mayReturnTo(claimedRedirect: string): boolean;
}

/** Public client ids as these programs send them. */
const known: Readonly<Record<string, { readonly name: string; readonly hasVsCode?: true }>> = {
  Ov23ctDVkRmgkPke0Mmm: { name: "GitHub Copilot CLI" },
  "01ab8ac9400c4e429b23": { name: "Visual Studio Code", hasVsCode: true },
  "178c6fc778ccc68e1d6a": { name: "GitHub CLI (gh)" },
  "gatehouse-cli": { name: "Gatehouse command" },
};

const plainId = /^[A-Za-z0-9._:-]{1,100}$/;
const registeredPrefix = "reg_";
const maxRegisteredIdLength = 1500;
const maxRedirects = 10;

/** The client of this id, or undefined when no client can have it. */
export function clientOf(claimedId: string): Client | undefined {
  if (claimedId.startsWith(registeredPrefix)) return registeredClient(claimedId);
  if (!plainId.test(claimedId)) return undefined;
  const entry = Object.hasOwn(known, claimedId) ? known[claimedId] : undefined;
  return {
    id: claimedId,
    name: entry?.name ?? `unknown client ${claimedId}`,
    isKnown: entry !== undefined,
    mayReturnTo: (claimed) =>
      isLoopbackRedirect(claimed) || (entry?.hasVsCode === true && isVsCodeRedirect(claimed)),
  };
}

export interface Registration {
  readonly name: string;
  readonly redirects: readonly string[];
}

/**
 * The id says all about the client, so that nothing is stored for whoever asks. It needs no signature: a forged one
 * could name only redirects that every client may name, and names that count for nothing.
 */
export function registeredId({ name, redirects }: Registration): string | undefined {
  const id = registeredPrefix + Buffer.from(JSON.stringify([name, ...redirects])).toString("base64url");
  return registeredClient(id) === undefined ? undefined : id;
}

export function isRegistrable(claimedRedirect: string): boolean {
  return isLoopbackRedirect(claimedRedirect) || isVsCodeRedirect(claimedRedirect);
}

function registeredClient(id: string): Client | undefined {
  const parts = id.length <= maxRegisteredIdLength ? parsed(id.slice(registeredPrefix.length)) : undefined;
  const [name, ...redirects] = parts ?? [];
  if (name === undefined || redirects.length === 0 || redirects.length > maxRedirects) return undefined;
  if (!redirects.every(isRegistrable)) return undefined;
  return {
    id,
    name: `"${plain(name, 60) || "nameless"}" (registered itself)`,
    isKnown: false,
    mayReturnTo: (claimed) =>
      isRegistrable(claimed) && redirects.some((redirect) => isSameRedirect(claimed, redirect)),
  };
}

function parsed(encoded: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
    return Array.isArray(value) && value.every((part) => typeof part === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}
