// The console's few drawn signs; drawn, because the fonts of phones and terminals disagree about symbols.
import type { JSX } from "preact";

const paths = {
  check: "M3 8.5l3.2 3.2L13 4.8",
  pause: "M5.5 4v8M10.5 4v8",
  cross: "M4 4l8 8M12 4l-8 8",
  mask: "M2.5 8h2M7 8h2M11.5 8h2",
  stop: "M4.5 4.5h7v7h-7z",
  question: "M5.8 6a2.2 2.2 0 1 1 3.4 1.9c-.8.5-1.2.9-1.2 1.7M8 12.2v.1",
  copy: "M6 6h7v7H6zM3.5 10V3.5H10",
  clock: "M8 4.5V8l2.3 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  warning: "M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
