// Moves between pages without loading the console again.
import { useEffect, useState } from "preact/hooks";
import { readRoute, type Route } from "./route.ts";

const moved = "gatehouse-moved";

export function go(address: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  dispatchEvent(new Event(moved));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => readRoute(location));
  useEffect(() => {
    const read = (): void => {
      setRoute(readRoute(location));
    };
    const follow = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest("a") : null;
      if (link?.target !== "" || link.hasAttribute("download")) return;
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      // Signing in leaves the page: the issuer stands at another address.
      if (link.origin !== location.origin || /^\/(?:sign-|_gatehouse|assets)/.test(link.pathname)) return;
      if (link.pathname === location.pathname && link.hash !== "") return;
      event.preventDefault();
      go(link.pathname + link.search + link.hash);
      scrollTo(0, 0);
    };
    addEventListener("popstate", read);
    addEventListener("hashchange", read);
    addEventListener(moved, read);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", read);
      removeEventListener("hashchange", read);
      removeEventListener(moved, read);
      document.removeEventListener("click", follow);
    };
  }, []);
  return route;
}
