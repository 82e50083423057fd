// Which page an address shows; addresses are the console's memory, so links and the back button just work.

export type Route =
  | { readonly page: "approvals"; readonly state: string }
  | { readonly page: "approval"; readonly id: string }
  | { readonly page: "sessions"; readonly filter: Readonly<Record<FilterName, string>> }
  | { readonly page: "session"; readonly id: string; readonly entry: string }
  | { readonly page: "blame"; readonly repository: string; readonly commit: string }
  /** In the sandbox only; elsewhere the gateway says that it is not there. */
  | { readonly page: "inbox" }
  /** Also where GitHub sends the browser back to. */
  | { readonly page: "account"; readonly code: string; readonly state: string; readonly refused: string }
  | { readonly page: "missing" };

export const filterNames = ["user", "repository", "day", "decision"] as const;
export type FilterName = (typeof filterNames)[number];

export function readRoute(address: { pathname: string; search: string; hash: string }): Route {
  const [first = "", id, more] = address.pathname.split("/").slice(1);
  const query = new URLSearchParams(address.search);
  if (more !== undefined) return { page: "missing" };
  if (first === "" || (first === "approvals" && id === undefined)) {
    return { page: "approvals", state: query.get("state") === "all" ? "all" : "pending" };
  }
  if (first === "approvals" && id !== undefined && id !== "") return { page: "approval", id };
  if (first === "blame" && id === undefined) {
    return { page: "blame", repository: query.get("repository") ?? "", commit: query.get("commit") ?? "" };
  }
  if (first === "inbox" && id === undefined) return { page: "inbox" };
  if (first === "account" && id === undefined) {
    const [code = "", state = "", refused = ""] = ["code", "state", "error"].map(
      (name) => query.get(name) ?? "",
    );
    return { page: "account", code, state, refused };
  }
  if (first === "sessions" && id === undefined) return { page: "sessions", filter: readFilter(query) };
  if (first === "sessions" && id !== undefined && id !== "") {
    return { page: "session", id, entry: address.hash.slice(1) };
  }
  return { page: "missing" };
}

function readFilter(query: URLSearchParams): Record<FilterName, string> {
  return {
    user: query.get("user") ?? "",
    repository: query.get("repository") ?? "",
    day: query.get("day") ?? "",
    decision: query.get("decision") ?? "",
  };
}

/** `?user=…&day=…` without the empty ones; an empty text when all are empty. */
export function filterQuery(filter: Readonly<Record<FilterName, string>>): string {
  const query = new URLSearchParams();
  for (const name of filterNames) if (filter[name] !== "") query.set(name, filter[name]);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}
