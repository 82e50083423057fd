// What `npm start` says when it is ready: one line for programs, or what a person needs next.
import { defaultDataDir } from "./paths.ts";
import type { Running } from "./start.ts";

export function readyLine({ gateway, console, setup, caFile }: Running): string {
  return `${JSON.stringify({
    ready: true,
    gateway,
    console,
    issuer: setup.issuerUrl,
    github: setup.githubUrl,
    people: setup.people,
    repositories: setup.repositories,
    ...(caFile === undefined ? {} : { caFile }),
  })}\n`;
}

export function banner(running: Running): string {
  return running.setup.config.isSandbox ? sandboxBanner(running) : githubBanner(running);
}

function githubBanner({ gateway, console, setup, caFile }: Running): string {
  return `
Gatehouse is ready, in front of ${setup.githubUrl}.

  gateway   ${gateway}
  console   ${console}
  issuer    ${setup.issuerUrl}
${trustLines(gateway, caFile)}`;
}

/** Each client has its own way to be told of a private authority. */
function trustLines(gateway: string, caFile: string | undefined): string {
  if (caFile === undefined) return "";
  const file = quoted(caFile);
  return `
Let clients trust this gateway's certificate, and only for this gateway:

  export NODE_EXTRA_CA_CERTS=${file}     # Copilot CLI, Octokit, MCP clients
  export SSL_CERT_FILE=${file}     # gh; it then trusts nothing else in this shell
  git config --global http.${gateway}.sslCAInfo ${file}
`;
}

function sandboxBanner({ gateway, console, setup, dataDir, caFile }: Running): string {
  const data = dataDir === defaultDataDir ? "" : ` --data ${quoted(dataDir)}`;
  const { protocol, host } = new URL(gateway);
  const people = setup.people
    .map(({ login, teams }) => `${login.padEnd(8)} ${teams.join(", ") || "no team"}`)
    .join("\n            ");
  const repositories = setup.repositories
    .map(({ fullName, protected: branches }) => `${fullName.padEnd(11)} protected: ${branches.join(", ")}`)
    .join("\n            ");
  return `
Gatehouse is ready, with the sandbox: an embedded GitHub and demo people. Nothing leaves this machine.

  gateway   ${gateway}
  console   ${console}
  data      ${dataDir}
  people    ${people}
  repos     ${repositories}
${trustLines(gateway, caFile)}
Be alice, with git:

  export GW_TOKEN=$(npx gatehouse token --as alice${data})
  git clone "${protocol}//alice:$GW_TOKEN@${host}/acme/app.git" && cd app
  git commit --allow-empty -m "Try Gatehouse" && git push origin main     # waits for a reviewer

Be carol, the reviewer: open ${console}, sign in as carol, look, approve; the push then finishes by itself.

With curl or Octokit (baseUrl "${gateway}/api/v3", auth: the token):

  curl ${caFile === undefined ? "" : `--cacert ${quoted(caFile)} `}-H "Authorization: token $GW_TOKEN" ${gateway}/api/v3/repos/acme/app

Ctrl-C ends it; the data stays.
`;
}

/** For the shell of the one who copies the line. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
