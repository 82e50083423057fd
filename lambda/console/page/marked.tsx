// Shows text that somebody else wrote: as text, never as markup, with what hides in it made visible and named.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { hasInvisible, piecesOf } from "./marks.ts";
import { count } from "./words.ts";

const shownAtOnce = 2000;
const shownMore = 20_000;

interface MarkedProps {
  readonly text: string;
  /** `name` for refs, paths and people: there every character outside ASCII is named. */
  readonly where?: "text" | "name";
}

export function Marked({ text, where = "text" }: MarkedProps): JSX.Element {
  const [limit, setLimit] = useState(shownAtOnce);
  const shown = text.length > limit ? text.slice(0, limit) : text;
  const hidden = text.length - shown.length;
  return (
    <>
      <Pieces text={shown} where={where} />
      {hidden === 0 ? null : (
        <button
          type="button"
          class="more-text"
          onClick={() => {
            setLimit(limit + shownMore);
          }}
        >
          … {count(hidden, "more character")}
          {hasInvisible(text.slice(shown.length)) ? ", some invisible" : ""}: show more
        </button>
      )}
    </>
  );
}

function Pieces({ text, where }: { text: string; where: "text" | "name" }): JSX.Element {
  return (
    <>
      {piecesOf(text, where).map((piece, index) => {
        if (piece.kind === "text") return piece.text;
        if (piece.kind === "masked") {
          return (
            <mark key={index} class="masked-value" title={piece.name}>
              {piece.text}
              <span class="mark-name">{piece.name}</span>
            </mark>
          );
        }
        // A lookalike is shown beside its number; an invisible character is shown only by name.
        return (
          <mark key={index} class="hidden-character" title={piece.name}>
            {piece.kind === "lookalike" ? `${piece.text} ` : ""}⟦{piece.name}⟧
          </mark>
        );
      })}
    </>
  );
}

/** Words of an agent, boxed and labelled, so that they are not read as the gateway's own. */
export function Quoted({ text, by }: { text: string; by: string }): JSX.Element {
  return (
    <figure class="quoted">
      <figcaption>{by}</figcaption>
      <p class="said">
        <Marked text={text} />
      </p>
    </figure>
  );
}
