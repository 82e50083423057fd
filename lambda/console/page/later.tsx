// A page whose code is fetched when somebody first looks at it: the others stay small.
import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Loading, Trouble } from "./bits.tsx";
import { asProblem, type Problem } from "./call.ts";

export function later<P extends object>(
  what: string,
  load: () => Promise<FunctionComponent<P>>,
): (props: P) => JSX.Element {
  let known: FunctionComponent<P> | undefined;
  return function Later(props) {
    const [Page, setPage] = useState(() => known);
    const [problem, setProblem] = useState<Problem>();
    useEffect(() => {
      if (known !== undefined) return;
      load().then(
        (page) => {
          known = page;
          setPage(() => page);
        },
        (error: unknown) => {
          // After an update of the gateway the old name of the file is gone.
          setProblem(asProblem(error));
        },
      );
    }, []);
    if (Page !== undefined) return <Page {...props} />;
    return problem === undefined ? <Loading what={what} /> : <Trouble problem={problem} isWholePage />;
  };
}
