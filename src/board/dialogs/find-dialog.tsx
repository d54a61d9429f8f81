import { useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { VIEWS } from "../data/address.ts";
import { lampOf } from "../data/lamp.ts";
import { useBoard, usePicture, type Board } from "../ui/board-context.ts";
import { usePause } from "../ui/use-steering.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { DialogFrame } from "./frame.tsx";

const FOUND_MAX = 8;

interface Choice {
  readonly id: string;
  readonly words: string;
  readonly aside: string;
  readonly mark?: ReactNode;
  readonly take: () => void;
}

/** One box for items and commands. */
export function FindDialog(): ReactNode {
  const { open } = useBoard();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const choices = useChoices(text.trim().toLowerCase());
  const at = Math.min(chosen, Math.max(0, choices.length - 1));
  const take = (choice: Choice | undefined): void => {
    if (choice === undefined) return;
    open(undefined);
    choice.take();
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter") take(choices[at]);
    if (step === 0 && event.key !== "Enter") return;
    event.preventDefault();
    setChosen(Math.min(choices.length - 1, Math.max(0, at + step)));
  };
  return (
    <DialogFrame title="Find">
      <input
        role="combobox"
        aria-expanded
        aria-controls="found"
        aria-activedescendant={choices[at] === undefined ? undefined : `found-${choices[at].id}`}
        aria-label="Item or command"
        placeholder="Title, key, or a command"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
        className="h-9 w-full rounded-md border border-line-strong bg-ground px-3 placeholder:text-faint"
      />
      <ul id="found" role="listbox" aria-label="Found" className="mt-3">
        {choices.map((choice, index) => (
          // The box above has the focus and takes the keys.
          <li
            key={choice.id}
            id={`found-${choice.id}`}
            role="option"
            aria-selected={index === at}
            onClick={() => take(choice)}
            className={`flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 ${index === at ? "bg-sunken" : ""}`}
          >
            {choice.mark}
            <span className="min-w-0 flex-1 truncate">{choice.words}</span>
            <span className="max-w-40 truncate font-mono text-xs text-faint">{choice.aside}</span>
          </li>
        ))}
      </ul>
    </DialogFrame>
  );
}

function useChoices(text: string): readonly Choice[] {
  const board = useBoard();
  const picture = usePicture();
  const { isPaused, toggle } = usePause();
  return useMemo(() => {
    const commands = commandsOf(board, isPaused, toggle).filter(({ words }) => words.toLowerCase().includes(text));
    if (text === "") return commands;
    const found: Choice[] = [];
    for (const item of picture.items) {
      if (found.length === FOUND_MAX) break;
      if (!item.title.toLowerCase().includes(text) && !item.key.toLowerCase().includes(text)) continue;
      const { id, title, key } = item;
      const mark = <StateMark lamp={lampOf(item)} label />;
      found.push({ id, words: title, aside: key, mark, take: () => board.go({ item: id }) });
    }
    return [...found, ...commands];
  }, [text, board, picture, isPaused, toggle]);
}

function commandsOf({ go, open, mayChange }: Board, isPaused: boolean, toggle: () => void): Choice[] {
  const views = VIEWS.map((view) => ({
    id: view,
    words: `Show ${view}`,
    aside: "view",
    take: () => go({ view }),
  }));
  const changes = [
    { id: "create", words: "New work item", aside: "create", take: () => open({ kind: "create" }) },
    { id: "pause", words: isPaused ? "Resume" : "Pause", aside: "project", take: toggle },
    { id: "bulk", words: "Do something with all matching items", aside: "bulk", take: () => open({ kind: "bulk" }) },
  ];
  return [
    ...views,
    ...(mayChange ? changes : []),
    { id: "download", words: "Download", aside: "d", take: () => open({ kind: "download" }) },
    { id: "help", words: "Keys and help", aside: "?", take: () => open({ kind: "help" }) },
  ];
}
