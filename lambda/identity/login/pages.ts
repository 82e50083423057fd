// The sign-in's pages on the road's host: plain HTML, one style sheet, no script.
import { createHash } from "node:crypto";
import { streamOf, type Answer, type HeaderList } from "../../model/http.ts";

/** The console's colours. */
const style = `
:root { color-scheme: light dark; --page: light-dark(#f6f8f7, #0f1513); --card: light-dark(#ffffff, #161e1b); --text: light-dark(#16211d, #e4ece8); --quiet: light-dark(#54635d, #9aaaa3); --line: light-dark(#d5deda, #2a3631); --accent: light-dark(#14614a, #6fd3ae); --on-accent: light-dark(#ffffff, #06251a); --amber: light-dark(#7c4a03, #f2c063); --amber-soft: light-dark(#fdf0d2, #362a10); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.75rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.brand, .quiet { color: var(--quiet); }
.warning { padding: .75rem 1rem; border: 1px solid var(--amber); border-radius: 8px; background: var(--amber-soft); color: var(--amber); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: 0 0 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; }
form { display: grid; gap: .75rem; }
label { font-weight: 600; }
input { width: 100%; padding: .6rem .75rem; border: 1px solid var(--quiet); border-radius: 8px; background: transparent; color: inherit; font: 1.3rem ui-monospace, monospace; letter-spacing: .08em; text-transform: uppercase; }
button { padding: .6rem 1rem; border: 1px solid var(--quiet); border-radius: 8px; background: transparent; color: inherit; font: inherit; font-weight: 600; cursor: pointer; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

const styleHash = createHash("sha256").update(style).digest("base64");

const pageHeaders: HeaderList = [
  ["Content-Type", "text/html; charset=utf-8"],
  [
    "Content-Security-Policy",
    `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  ],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
  ["Cross-Origin-Opener-Policy", "same-origin"],
  ["Cache-Control", "no-store"],
];

/** Text and markup apart: only this file's own templates are markup. */
export interface Html {
  readonly markup: string;
}

/** Everything filled in is escaped, unless it came from this function itself. */
export function html(
  texts: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  const filled = values.map((value) => {
    if (typeof value === "string") return escaped(value);
    return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
  });
  return { markup: texts.map((text, at) => text + (filled[at] ?? "")).join("") };
}

export function page(title: string, content: Html, status = 200, extra: HeaderList = []): Answer {
  const whole = html`<main>
    <p class="brand">Gatehouse</p>
    <h1>${title}</h1>
    ${content}
  </main>`;
  return {
    status,
    // Not no-referrer: that would turn the Origin header of our own forms into "null".
    headers: [...pageHeaders, ["Referrer-Policy", "same-origin"], ...extra],
    body: document(title, whole.markup, ""),
  };
}

/**
 * Leads the browser on to another site. A redirect would not do: browsers hold it to the form-action of the page whose
 * form was sent, and companies' sign-ins redirect on to hosts that nobody can list.
 */
export function leadOn(title: string, address: string, extra: HeaderList = []): Answer {
  const whole = html`<main>
    <p class="brand">Gatehouse</p>
    <h1>${title}</h1>
    <p><a href="${address}">Continue</a> if nothing happens. You can close this page afterwards.</p>
  </main>`;
  return {
    status: 200,
    headers: [...pageHeaders, ["Referrer-Policy", "no-referrer"], ...extra],
    body: document(
      title,
      whole.markup,
      html`<meta http-equiv="refresh" content="0;url=${address}" />`.markup,
    ),
  };
}

function document(title: string, body: string, head: string): Answer["body"] {
  return streamOf(
    new TextEncoder().encode(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Gatehouse</title>
${head}<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`),
  );
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
