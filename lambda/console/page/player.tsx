// Plays a session: one entry after another in recorded rhythm, by button or keyboard.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { keyAction, keyWords, type KeyAction } from "./keys.ts";
import { pauseBefore, speeds, type Speed } from "./rhythm.ts";

interface PlayerProps {
  readonly atMs: readonly number[];
  readonly selected: number;
  readonly select: (index: number) => void;
  readonly nextDecision: () => void;
  readonly showDiff: () => void;
}

export interface PlayerState {
  readonly isPlaying: boolean;
  readonly speed: Speed;
  readonly isHelpOpen: boolean;
  readonly toggle: () => void;
  readonly setSpeed: (speed: Speed) => void;
  readonly setHelp: (isOpen: boolean) => void;
  readonly act: (action: KeyAction) => void;
}

export function usePlayer(props: PlayerProps): PlayerState {
  const [isPlaying, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(1);
  const [isHelpOpen, setHelp] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  const { selected } = props;
  const here = props.atMs[selected];
  const next = props.atMs[selected + 1];

  useEffect(() => {
    if (!isPlaying) return;
    if (here === undefined || next === undefined) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(
      () => {
        latest.current.select(selected + 1);
      },
      pauseBefore(here, next, speed),
    );
    return () => {
      clearTimeout(timer);
    };
  }, [isPlaying, speed, selected, here, next]);

  const toggle = (): void => {
    setPlaying((was) => !was);
  };
  const act = (action: KeyAction): void => {
    const { select, selected: at, nextDecision, showDiff } = latest.current;
    switch (action) {
      case "next":
        select(at + 1);
        return;
      case "previous":
        select(at - 1);
        return;
      case "play":
        toggle();
        return;
      case "decision":
        nextDecision();
        return;
      case "diff":
        showDiff();
        return;
      case "search":
        document.getElementById("replay-search")?.focus();
        return;
      case "help":
        setHelp((was) => !was);
        return;
      default:
        action satisfies never;
    }
  };
  const actor = useRef(act);
  actor.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const element = event.target instanceof Element ? event.target : document.body;
      const action = keyAction(event, {
        isField: element.closest("input, textarea, select, dialog") !== null,
        isControl: element.closest("a, button, summary, [role=tab]") !== null,
      });
      if (action === undefined) return;
      event.preventDefault();
      actor.current(action);
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
    };
  }, []);
  return { isPlaying, speed, isHelpOpen, toggle, setSpeed, setHelp, act };
}

export function Player({ player, position }: { player: PlayerState; position: string }): JSX.Element {
  return (
    <div class="player">
      <button type="button" class="primary" onClick={player.toggle} aria-pressed={player.isPlaying}>
        {player.isPlaying ? "❚❚ Pause" : "▶ Play"}
      </button>
      <span class="speeds" role="group" aria-label="Speed">
        {speeds.map((speed) => (
          <button
            key={speed}
            type="button"
            aria-pressed={player.speed === speed}
            onClick={() => {
              player.setSpeed(speed);
            }}
          >
            {speed}×
          </button>
        ))}
      </span>
      <button
        type="button"
        onClick={() => {
          player.act("decision");
        }}
      >
        Next decision
      </button>
      <span class="quiet position">{position}</span>
      <button
        type="button"
        class="help"
        aria-label="Keyboard help"
        onClick={() => {
          player.setHelp(true);
        }}
      >
        ?
      </button>
      {player.isHelpOpen ? (
        <Help
          onClose={() => {
            player.setHelp(false);
          }}
        />
      ) : null}
    </div>
  );
}

function Help({ onClose }: { onClose: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-label="Keyboard" onClose={onClose}>
      <h2>Keyboard</h2>
      <dl class="keys">
        {keyWords.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        onClick={() => {
          dialog.current?.close();
        }}
      >
        Close
      </button>
    </dialog>
  );
}
