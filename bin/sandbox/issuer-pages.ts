// The sandbox issuer's pages: plain HTML, one style sheet, no script.
import { createHash } from "node:crypto";
import type { SandboxPerson } from "./people.ts";

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --dim: #5b6675; --card: #fff; --ground: #eef1f5; --line: #d5dbe3; --key: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf2; --dim: #9aa6b6; --card: #1b212a; --ground: #11151b; --line: #313a46; --key: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 27rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 2rem; }
h1 { margin: 0 0 .25rem; font-size: 1.4rem; }
p { margin: 0 0 1.25rem; color: var(--dim); }
.company { margin: 0 0 1rem; font-size: .8rem; letter-spacing: .08em; text-transform: uppercase; }
form { display: grid; gap: .6rem; }
button { width: 100%; text-align: left; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: transparent; color: inherit; font: inherit; cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--key); outline: 2px solid var(--key); outline-offset: -1px; }
button.go { text-align: center; margin-top: .6rem; background: var(--key); border-color: var(--key); color: var(--card); font-weight: 600; }
b { display: block; }
small { color: var(--dim); }
input[type=text] { width: 100%; padding: .7rem 1rem; border: 1px solid var(--line); border-radius: 10px; background: transparent; color: inherit; font: 1.2rem ui-monospace, monospace; text-align: center; text-transform: uppercase; }
code { font: 1.6rem ui-monospace, monospace; letter-spacing: .1em; color: var(--ink); }
`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** `formTargets`: origins where a form's answer may redirect to; browsers check them as part of the submission. */
export function pageHeaders(formTargets: readonly string[] = []): Record<string, string> {
  const formAction = ["'self'", ...formTargets].join(" ");
  return {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${formAction}; base-uri 'none'; frame-ancestors 'none'`,
    "X-Content-Type-Options": "nosniff",
    // Not no-referrer: that would turn the Origin header of our own forms into "null".
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
  };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Acme sandbox</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="company">Acme · sandbox sign-in</p>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;
}

export function signInPage(people: readonly SandboxPerson[], action: string, client: string): string {
  const buttons = people.map(
    ({ login, name, role, teams }) =>
      `<button type="submit" name="person" value="${escapeHtml(login)}"><b>${escapeHtml(name)} (${escapeHtml(login)})</b><small>${escapeHtml(role)}${teams.length === 0 ? "" : ` · ${escapeHtml(teams.join(", "))}`}</small></button>`,
  );
  return page(
    "Sign in as",
    `<p>${escapeHtml(client)} wants to know who you are. These people exist in the sandbox only, so there is no password.</p>
<form method="post" action="${escapeHtml(action)}">
${buttons.join("\n")}
</form>`,
  );
}

export function messagePage(title: string, message: string): string {
  return page(title, `<p>${escapeHtml(message)}</p>`);
}

/** oidc-provider hands over its form with an inline handler, which the page's policy would block: drop it. */
const withoutHandlers = (form: string): string => form.replace(/ onfocus="[^"]*"/g, "");

export function deviceCodePage(form: string, problem: string | undefined): string {
  return page(
    "Connect a device",
    `<p>${escapeHtml(problem ?? "Enter the code that your device shows.")}</p>
${withoutHandlers(form)}
<button class="go" type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

export function deviceConfirmPage(form: string, client: string, code: string): string {
  return page(
    "Is this your device?",
    `<p>${escapeHtml(client)} asks to act for you. Go on only if your device shows this code:</p>
<p><code>${escapeHtml(code)}</code></p>
${withoutHandlers(form)}
<button class="go" type="submit" form="op.deviceConfirmForm">Yes, continue</button>
<button class="go" type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No, stop</button>`,
  );
}
