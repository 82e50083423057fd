// A person with a browser, as far as signing in for a program needs one: cookies, forms, and the company's sign-in.
import { Browser } from "../identity/browser.ts";

export interface Shown {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

type Serve = (request: Request) => Promise<Response>;

/** One browser at one gateway; `serve` answers for the gateway, `fetch` unless given. */
export class WebPerson {
  readonly #gateway: string;
  readonly #serve: Serve;
  readonly #company: Browser;
  readonly #login: string;
  readonly cookies = new Map<string, string>();

  constructor(
    login: string,
    at: { readonly gateway: string; readonly issuer: string },
    serve: Serve = (request) => fetch(request),
  ) {
    this.#login = login;
    this.#gateway = at.gateway;
    this.#serve = serve;
    this.#company = new Browser(at.issuer);
  }

  async get(address: string): Promise<Shown> {
    return this.#ask(new Request(new URL(address, this.#gateway), { headers: this.#cookieHeader() }));
  }

  async post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Shown> {
    return this.#ask(
      new Request(new URL(path, this.#gateway), {
        method: "POST",
        headers: { origin: this.#gateway, ...this.#cookieHeader(), ...headers },
        body: new URLSearchParams(form),
      }),
    );
  }

  /** Types the code on the page; what the gateway shows then. */
  async types(userCode: string): Promise<Shown> {
    const page = await this.get("/login/device");
    return this.post("/login/device", { csrf: hidden(page, "csrf"), user_code: userCode });
  }

  /** From the gateway's page to the company and back, up to the confirmation. */
  async throughCompany(page: Shown): Promise<Shown> {
    return this.get(await this.#company.signInAs(this.#login, ledTo(page)));
  }

  async decides(page: Shown, decision: "allow" | "refuse"): Promise<Shown> {
    return this.post("/login/confirm", { ticket: hidden(page, "ticket"), decision });
  }

  /** All of the device flow that a person does. */
  async confirms(userCode: string, decision: "allow" | "refuse" = "allow"): Promise<Shown> {
    return this.decides(await this.throughCompany(await this.types(userCode)), decision);
  }

  #cookieHeader(): Record<string, string> {
    const all = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return all === "" ? {} : { cookie: all };
  }

  async #ask(request: Request): Promise<Shown> {
    const answer = await this.#serve(request);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }
}

export function hidden(page: Shown, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? "";
}

/** Where a page leads on to by itself. */
export function ledTo(page: Shown): string {
  const found = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(page.text)?.[1];
  if (found === undefined) throw new Error(`the page leads nowhere: ${page.status} ${page.text}`);
  return found.replaceAll("&amp;", "&");
}
