import { useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import type * as Suggest from "../data/suggest.ts";
import type { Suggestion } from "../data/suggest.ts";
import { useBoard, usePicture } from "./board-context.ts";

export interface Suggestions {
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
export function useSuggestions(box: { readonly current: HTMLInputElement | null }): Suggestions {
  const { address, go } = useBoard();
  const picture = usePicture();
  const [made, setMade] = useState<typeof Suggest>();
  const [caret, setCaret] = useState<number>();
  const [isAsked, setAsked] = useState(false);
  const [at, setAt] = useState<number>();
  const caretToSet = useRef<number>(undefined);
  // With the text that it belongs to: set any later, it would throw back somebody who types on at once.
  useLayoutEffect(() => {
    if (caretToSet.current === undefined) return;
    box.current?.setSelectionRange(caretToSet.current, caretToSet.current);
    caretToSet.current = undefined;
  });
  const isOpen = caret !== undefined && made !== undefined;
  const options = !isOpen ? NONE : made.suggestionsFor({ text: address.q, caret, isAsked }, picture);
  const chosen = at === undefined || options.length === 0 ? undefined : Math.min(at, options.length - 1);
  const open = (place: number | undefined, asked = false): void => {
    caretToSet.current = undefined;
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
    caretToSet.current = place;
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
