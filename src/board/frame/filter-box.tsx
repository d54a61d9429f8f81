/** The filter box: what it could say is listed below it while somebody writes. */
import { X } from "lucide-react";
import { useId, useRef, type ReactNode } from "react";
import { useBoard, useFilter } from "../ui/board-context.ts";
import { IconButton, Kbd } from "../ui/controls.tsx";
import { useSuggestions, type Suggestions } from "../ui/use-suggestions.ts";

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
      <Options id={id} {...{ options, chosen, take }} />
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

interface OptionsProps extends Pick<Suggestions, "options" | "chosen" | "take"> {
  readonly id: string;
}

function Options({ id, options, chosen, take }: OptionsProps): ReactNode {
  return (
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
  );
}
