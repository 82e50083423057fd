// A browser for tests of sign-in pages: cookies, redirects and forms, over fetch.

/** As much of a browser as signing in needs: cookies by path, and no script. */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, { value: string; path: string }>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  async open(
    target: string,
    form?: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const url = new URL(target, this.#origin);
    const cookie = [...this.#cookies]
      .filter(([, { path }]) => url.pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
    const answer = await fetch(url, {
      method: form === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: { cookie, ...headers },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /; path=([^;]+)/i.exec(line)?.[1] ?? "/";
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, { value, path });
    }
    return answer;
  }

  /** Follows redirects to the first page, or to an address outside the issuer. */
  async follow(target: string): Promise<{ url: string; answer?: Response }> {
    let url = target;
    for (let step = 0; step < 10; step += 1) {
      if (new URL(url, this.#origin).origin !== this.#origin) return { url };
      const answer = await this.open(url);
      const next = answer.headers.get("location");
      if (next === null) return { url, answer };
      url = next;
    }
    throw new Error("redirected in circles");
  }

  /** Chooses a person on the page at `url`, then goes on. */
  async choose(url: string, login: string): Promise<{ url: string; answer?: Response }> {
    const answer = await this.open(url, { person: login }, { origin: this.#origin });
    return this.follow(answer.headers.get("location") ?? "");
  }
}
