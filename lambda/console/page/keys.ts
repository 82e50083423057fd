// The replay's keyboard.

export const keyWords = [
  ["j", "next entry"],
  ["k", "entry before"],
  ["space", "play or pause"],
  ["n", "next that was held, denied, masked or committed"],
  ["d", "show the diff"],
  ["/", "search"],
  ["?", "this help"],
] as const;

export type KeyAction = "next" | "previous" | "play" | "decision" | "diff" | "search" | "help";

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** `on` is the element that has focus: letters typed into a field, and a space on a button, are theirs. */
export function keyAction(
  pressed: Pressed,
  on: { readonly isField: boolean; readonly isControl: boolean },
): KeyAction | undefined {
  if (on.isField || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return undefined;
  switch (pressed.key) {
    case "j":
      return "next";
    case "k":
      return "previous";
    case " ":
      return on.isControl ? undefined : "play";
    case "n":
      return "decision";
    case "d":
      return "diff";
    case "/":
      return "search";
    case "?":
      return "help";
    default:
      return undefined;
  }
}
