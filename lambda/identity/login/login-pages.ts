// What the sign-in's pages say.
import type { Person } from "../../model/caller.ts";
import type { Answer } from "../../model/http.ts";
import type { Client } from "./clients.ts";
import { html, page, type Html } from "./pages.ts";
import type { Browser, Purpose } from "./visits.ts";

export function codePage(gatewayUrl: string, browser: Browser, problem?: string, status = 200): Answer {
  const warning = problem === undefined ? [] : [html`<p class="warning" role="alert">${problem}</p>`];
  return page(
    "Connect a device",
    html`${warning}
      <p>
        Type the code that your program shows. Nobody else gives you a code: whoever sends you one wants to
        act in your name.
      </p>
      <form method="post" action="${gatewayUrl}/login/device">
        <input type="hidden" name="csrf" value="${browser.csrf}" />
        <label for="code">Code</label>
        <input
          id="code"
          name="user_code"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          maxlength="20"
          required
          autofocus
          placeholder="XXXX-XXXX"
        />
        <button class="primary" type="submit">Continue to your company's sign-in</button>
      </form>`,
    status,
    [browser.setCookie],
  );
}

/** Who, which client, from where: all that a person can check before somebody acts in their name. */
export function confirmPage(about: {
  readonly gatewayUrl: string;
  readonly ticket: string;
  readonly person: Person;
  readonly client: Client;
  readonly purpose: Purpose;
  readonly address: string;
}): Answer {
  const { person, client, purpose, address } = about;
  const warnings: Html[] = [];
  if (!client.isKnown)
    warnings.push(
      html`<p class="warning" role="alert">
        This gateway does not know this program. Allow it only if you started it yourself.
      </p>`,
    );
  if (purpose.address !== address)
    warnings.push(
      html`<p class="warning" role="alert">
        The program asked from ${purpose.address}, but you are at ${address}. Allow this only if the program
        runs on another machine of yours. If somebody sent you the code, refuse.
      </p>`,
    );
  const target =
    purpose.flow === "device"
      ? []
      : [
          html`<dt>Answer goes to</dt>
            <dd>${place(purpose.redirect)}</dd>`,
        ];
  const name = person.name === undefined ? person.login : `${person.name} (${person.login})`;
  return page(
    `Let ${client.isKnown ? client.name : "this program"} act for you?`,
    html`${warnings}
      <dl>
        <dt>You are</dt>
        <dd>${name}</dd>
        <dt>Program</dt>
        <dd>${client.name}</dd>
        <dt>Asked from</dt>
        <dd>${purpose.address}</dd>
        <dt>You are at</dt>
        <dd>${address}</dd>
        ${target}
      </dl>
      <p class="quiet">
        It will reach GitHub in your name for up to 8 hours, through this gateway's rules and on its record.
      </p>
      <form method="post" action="${about.gatewayUrl}/login/confirm">
        <input type="hidden" name="ticket" value="${about.ticket}" />
        <button class="primary" type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="refuse">Refuse</button>
      </form>`,
  );
}

export function donePage(title: string, sentence: string): Answer {
  return page(title, html`<p>${sentence}</p>`);
}

export function troublePage(sentence: string, status: number): Answer {
  return page("That did not work", html`<p class="warning" role="alert">${sentence}</p>`, status);
}

/** Without a query: it is for programs. */
function place(redirect: string): string {
  return redirect.split("?", 1)[0] ?? "";
}
