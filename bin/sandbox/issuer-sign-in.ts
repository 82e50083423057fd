// The sandbox issuer's sign-in: shows the people to choose from, and takes the choice.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { messagePage, pageHeaders, signInPage } from "./issuer-pages.ts";
import type { SandboxPerson } from "./people.ts";

const bodyLimitBytes = 10_000;

type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** The sign-in page, and the choice made on it. */
export async function serveSignIn(
  provider: Provider,
  people: readonly SandboxPerson[],
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, title: string, message: string): void => {
    response.writeHead(status, pageHeaders());
    response.end(messagePage(title, message));
  };
  let details: Details;
  try {
    details = await provider.interactionDetails(request, response);
  } catch {
    refuse(400, "This sign-in has ended", "It took too long, or it began in another browser. Start again.");
    return;
  }
  const { client_id: clientId, redirect_uri: redirectUri } = details.params;
  if (request.method === "GET") {
    const client = typeof clientId === "string" ? await provider.Client.find(clientId) : undefined;
    const targets = typeof redirectUri === "string" ? [new URL(redirectUri).origin] : [];
    response.writeHead(200, pageHeaders(targets));
    response.end(signInPage(people, `/interaction/${details.uid}`, client?.clientName ?? "A program"));
    return;
  }
  // Another site must not be able to sign a visitor in as somebody of its choice.
  const { origin } = request.headers;
  if (request.method !== "POST" || (origin !== undefined && origin !== url)) {
    refuse(403, "Not from here", "The choice has to be made on this page.");
    return;
  }
  const login = new URLSearchParams(await readText(request)).get("person");
  const person = people.find((one) => one.login === login);
  if (person === undefined) {
    refuse(400, "Nobody by that name", "Go back and choose one of the people on the page.");
    return;
  }
  await forgetOther(provider, details, person);
  await provider.interactionFinished(
    request,
    response,
    { login: { accountId: person.id }, consent: {} },
    { mergeWithLastSubmission: false },
  );
}

/** Whoever was signed in here before gives way, or the provider would answer with a script that signs them out. */
async function forgetOther(provider: Provider, details: Details, person: SandboxPerson): Promise<void> {
  if (details.session === undefined || details.session.accountId === person.id) return;
  const session = await provider.Session.findByUid(details.session.uid);
  await session?.destroy();
  delete details.session;
  await details.save(Math.max(1, details.exp - Math.floor(Date.now() / 1000)));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString("utf8");
    if (text.length > bodyLimitBytes) throw new Error("The form is larger than any of ours.");
  }
  return text;
}
