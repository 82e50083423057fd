#!/usr/bin/env node
// Writes docs/errors.md from the error catalogue.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { catalogue } from "../lambda/model/errors.ts";

const rows = Object.entries(catalogue).map(
  ([code, { status, text }]) => `| <a id="${code.toLowerCase()}"></a>\`${code}\` | ${status} | ${text} |`,
);
const page = `# Errors

Every refusal carries a code from this catalogue, and the reference of its entry in the record. REST answers are
GitHub-shaped JSON with \`gatehouse.code\`; git shows the sentence as \`remote:\` lines or per ref. Words in braces are filled
in. This page is written by \`npm run errors\` and checked by a test.

| code | status | what it says |
| --- | --- | --- |
${rows.join("\n")}
`;
await writeFile(resolve(import.meta.dirname, "../docs/errors.md"), page);
