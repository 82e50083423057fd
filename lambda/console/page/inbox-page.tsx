// The sandbox's inbox: what Slack and a mail program would show the reviewers. Text only; nothing here can be pressed.
import type { JSX } from "preact";
import type { EmailMessage, InboxMessage, SlackMessage } from "../../model/notices.ts";
import type { Page } from "../../model/ports.ts";
import { Empty, Loading, Time, Trouble, useTitle } from "./bits.tsx";
import { get } from "./call.ts";
import { Marked } from "./marked.tsx";
import { useLoad } from "./use-load.ts";

const pollMs = 4000;

export function InboxPage(): JSX.Element {
  useTitle("Inbox");
  const { value, problem, reload } = useLoad("inbox", () => get<Page<InboxMessage>>("/inbox"), pollMs);
  return (
    <>
      <header class="page-head">
        <h1>Inbox</h1>
        <p class="quiet">The sandbox sends nothing. This is what reviewers would get.</p>
      </header>
      {problem === undefined ? null : <Trouble problem={problem} onRetry={reload} />}
      {value === undefined ? (
        problem === undefined ? (
          <Loading what="messages" />
        ) : null
      ) : value.items.length === 0 ? (
        <Empty title="No messages yet">
          When a request waits for a team, its channels are told, and their messages appear here.
        </Empty>
      ) : (
        <ul class="cards inbox">
          {value.items.map((message) => (
            <li key={`${message.id} ${message.to}`}>
              <Message message={message} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Message({ message }: { message: InboxMessage }): JSX.Element {
  const { slack, email, to, team, atMs, plan } = message;
  return (
    <article class="card">
      <p class="card-top">
        <span class="flag plain">{slack === undefined ? "E-mail" : "Slack"}</span>
        <span>
          to <b>{to === "" ? team : to}</b>
        </span>
        <span class="quiet">
          <Time atMs={atMs} />
        </span>
        <a href={`/approvals/${plan}`} aria-label={`Open the approval that this ${message.kind} is about`}>
          Open
        </a>
      </p>
      {slack === undefined ? null : <Slack message={slack} />}
      {email === undefined ? null : <Email email={email} />}
    </article>
  );
}

/** The blocks that the gateway writes; any other would show as nothing, and a test finds it. */
interface Block {
  readonly type?: string;
  readonly text?: Text;
  readonly label?: Text;
  readonly elements?: readonly (Text & Button)[];
}
interface Text {
  readonly text?: string | Text;
}
interface Button {
  readonly type?: string;
  readonly style?: string;
}

function Slack({ message }: { message: SlackMessage }): JSX.Element {
  return (
    <div class="slack">
      {(message.blocks as readonly Block[]).map((block, index) => (
        <SlackBlock key={index} block={block} />
      ))}
    </div>
  );
}

function SlackBlock({ block }: { block: Block }): JSX.Element | null {
  switch (block.type) {
    case "header":
      return (
        <h2>
          <Marked text={words(block.text)} />
        </h2>
      );
    case "context":
    case "section":
      return (
        <p>
          <Marked text={[block.text, ...(block.elements ?? [])].map(words).join("")} />
        </p>
      );
    case "input":
      return <p class="quiet">{words(block.label)}: (a field to write in)</p>;
    case "actions":
      return (
        <p class="slack-actions">
          {block.elements?.map((button, index) => (
            <span key={index} class={button.style ?? ""}>
              {words(button)}
            </span>
          ))}
        </p>
      );
    default:
      return null;
  }
}

/** A text block, a button, or the text itself. */
function words(from: string | Text | undefined): string {
  if (from === undefined || typeof from === "string") return from ?? "";
  return words(from.text);
}

function Email({ email }: { email: EmailMessage & { readonly from: string } }): JSX.Element {
  return (
    <div class="email">
      <h2>
        <Marked text={email.subject} />
      </h2>
      <p class="quiet">from {email.from}</p>
      <p class="said">
        <Marked text={email.text} />
      </p>
    </div>
  );
}
