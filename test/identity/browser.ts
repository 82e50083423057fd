// As much of a browser as a sign-in at the sandbox issuer needs: cookies, redirects, one button.

export class Browser {
  readonly #issuer: string;
  readonly #cookies = new Map<string, string>();

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  /** Follows the issuer's pages, choosing this person when asked; returns the address it leaves the issuer for. */
  async signInAs(login: string, address: string): Promise<string> {
    let next = { address, body: undefined as string | undefined };
    for (let step = 0; step < 12; step++) {
      const answer = await fetch(next.address, {
        method: next.body === undefined ? "GET" : "POST",
        redirect: "manual",
        headers: {
          cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "),
          ...(next.body === undefined
            ? {}
            : { "content-type": "application/x-www-form-urlencoded", origin: this.#issuer }),
        },
        ...(next.body === undefined ? {} : { body: next.body }),
      });
      this.#keep(answer.headers.getSetCookie());
      const location = answer.headers.get("location");
      if (location === null) {
        await answer.text();
        next = { address: next.address, body: `person=${login}` };
        continue;
      }
      const target = new URL(location, next.address);
      if (target.origin !== this.#issuer) return target.href;
      next = { address: target.href, body: undefined };
    }
    throw new Error("the issuer never sent the browser back");
  }

  #keep(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
