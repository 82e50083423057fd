// A notice as a mail: plain text, and HTML that loads nothing from anywhere.
import type { EmailMessage, Notice } from "../../model/notices.ts";
import { factsOf, headlineOf } from "./notice.ts";

const maxSubject = 150;

export function emailMessage(notice: Notice): EmailMessage {
  const headline = headlineOf(notice);
  const facts = factsOf(notice);
  const call = notice.kind === "decided" ? "Look" : "Look and decide";
  const footer =
    "Opening this page changes nothing. It asks you to sign in, and only a person of the teams above can decide.";
  return {
    subject: headerText(`[Gatehouse] ${headline} (${notice.who})`),
    text: [
      headline,
      "",
      ...facts.map(([label, text]) => `${label}: ${text}`),
      "",
      `${call}: ${notice.link}`,
      "",
      footer,
      "",
    ].join("\n"),
    html: [
      '<!doctype html><html lang="en"><head><meta charset="utf-8">',
      `<title>${escaped(headline)}</title></head>`,
      '<body style="font-family:sans-serif">',
      `<h1 style="font-size:1.2em">${escaped(headline)}</h1>`,
      "<dl>",
      ...facts.map(([label, text]) => `<dt><b>${escaped(label)}</b></dt><dd>${escaped(text)}</dd>`),
      "</dl>",
      `<p><a href="${escaped(notice.link)}">${call}</a></p>`,
      `<p style="color:#555">${escaped(footer)}</p>`,
      "</body></html>",
    ].join("\n"),
  };
}

/** A header ends at the line's end (RFC 5322, 2.2): no text may bring one along. */
function headerText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, maxSubject)
    .toWellFormed();
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
