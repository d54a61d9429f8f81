/** The filter box: what it could say is listed below it while somebody writes. */
import { X } from "lucide-react";
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import type * as Suggest from "../data/suggest.ts";
import type { Suggestion } from "../data/suggest.ts";
import { useBoard, useFilter, usePicture } from "../ui/board-context.ts";
import { IconButton, Kbd } from "../ui/controls.tsx";

export function FilterBox(): ReactNode {
  const { address, go } = useBoard();
  const { problems } = useFilter();
  const box = useRef<HTMLInputElement>(null);
  const id = useId();
  const list = useSuggestions(box);
  const { options, chosen, take } = list;
  return (
    <div className="relative w-80 max-w-full max-md:order-last max-md:w-full">
      <input
        ref={box}
        id="filter"
        type="text"
        role="combobox"
        aria-label="Filter"
        aria-describedby="filter-problem"
        aria-autocomplete="list"
        aria-expanded={options.length > 0}
        aria-controls={id}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen}`}
        placeholder="Filter: words, state:failed, worker:ada"
        spellCheck={false}
        autoComplete="off"
        value={address.q}
        onChange={(event) => {
          go({ q: event.target.value }, "replace");
          list.open(event.target.selectionStart ?? 0);
        }}
        onKeyDown={list.onKey}
        onFocus={list.load}
        onBlur={list.close}
        className="h-7 w-full rounded-md border border-line-strong bg-surface pr-8 pl-2.5 placeholder:text-faint"
      />
      <Aside isEmpty={address.q === ""} onClear={() => go({ q: "" })} />
      <ul
        id={id}
        role="listbox"
        aria-label="Suggestions"
        className={
          options.length === 0
            ? "hidden"
            : "absolute top-8 left-0 z-20 w-full rounded-md border border-line bg-raised p-1 shadow-float"
        }
      >
        {options.map((option, index) => (
          // The box has the focus and takes the keys; to press here must not take it away.
          <li
            key={option.text}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => take(option)}
            className={`flex cursor-pointer items-center gap-3 rounded px-2 py-1 ${index === chosen ? "bg-sunken" : "hover:bg-sunken"}`}
          >
            <span className="truncate font-mono text-xs">{option.text}</span>
            <span className="min-w-0 flex-1 truncate text-right text-xs text-faint">{option.about}</span>
          </li>
        ))}
      </ul>
      <p
        id="filter-problem"
        role="status"
        className={
          problems.length === 0 || options.length > 0
            ? "sr-only"
            : "absolute top-8 left-0 z-10 rounded-md border border-line bg-raised px-2 py-1 text-xs text-failed shadow-float"
        }
      >
        {problems[0]}
      </p>
    </div>
  );
}

function Aside({ isEmpty, onClear }: { readonly isEmpty: boolean; readonly onClear: () => void }): ReactNode {
  if (!isEmpty)
    return (
      <IconButton label="Clear the filter" className="absolute inset-y-0 right-0" onClick={onClear}>
        <X size={13} aria-hidden />
      </IconButton>
    );
  return (
    <span aria-hidden className="pointer-events-none absolute inset-y-0 right-2 flex items-center max-md:hidden">
      <Kbd>/</Kbd>
    </span>
  );
}

interface Suggestions {
  readonly options: readonly Suggestion[];
  /** Place of the one that a key has come to. */
  readonly chosen: number | undefined;
  /** What suggestions are made by comes when somebody goes to the box. */
  readonly load: () => void;
  readonly open: (caret: number) => void;
  readonly close: () => void;
  readonly take: (option: Suggestion) => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

const NONE: readonly Suggestion[] = [];

/** Closed until somebody writes or asks with an arrow, so that nothing covers the page by itself. */
function useSuggestions(box: { readonly current: HTMLInputElement | null }): Suggestions {
  const { address, go } = useBoard();
  const picture = usePicture();
  const [made, setMade] = useState<typeof Suggest>();
  const [caret, setCaret] = useState<number>();
  const [isAsked, setAsked] = useState(false);
  const [at, setAt] = useState<number>();
  const isOpen = caret !== undefined && made !== undefined;
  const options = !isOpen ? NONE : made.suggestionsFor({ text: address.q, caret, isAsked }, picture);
  const chosen = at === undefined || options.length === 0 ? undefined : Math.min(at, options.length - 1);
  const open = (place: number | undefined, asked = false): void => {
    setCaret(place);
    setAsked(asked);
    setAt(undefined);
  };
  const take = (option: Suggestion): void => {
    if (made === undefined) return;
    const [q, place] = made.taken(address.q, caret ?? address.q.length, option);
    go({ q }, "replace");
    // After a name its values follow.
    open(place);
    requestAnimationFrame(() => box.current?.setSelectionRange(place, place));
  };
  const step = (by: 1 | -1): void => {
    if (options.length === 0) return open(box.current?.selectionStart ?? address.q.length, true);
    const from = chosen ?? (by > 0 ? -1 : options.length);
    setAt(Math.min(options.length - 1, Math.max(0, from + by)));
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && chosen !== undefined) take(options[chosen]!);
    else if (event.key === "Escape" && options.length > 0) {
      open(undefined);
      // Only the list: the next one leaves the box.
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  const load = (): void => {
    if (made === undefined) void import("../data/suggest.ts").then(setMade);
  };
  return { options, chosen, load, open, close: () => open(undefined), take, onKey };
}
