/** Single keys, wherever the focus is, but not while somebody writes or a dialog is open. */
import { useEffect, useRef } from "react";
import { VIEWS } from "../data/address.ts";
import { canNow } from "../data/item-events.ts";
import { LAMPS, lampOf } from "../data/lamp.ts";
import type { Picture } from "../data/item-store.ts";
import { columnOf, lanesOf, nextUpOf } from "../data/order.ts";
import type { Item } from "../data/wire.ts";
import { useBoard, usePicture, type Board } from "../ui/board-context.ts";
import { useCopy } from "../ui/use-copy.ts";
import { useItemVerb, usePause, type ItemVerb } from "../ui/use-steering.ts";
import { shortcutsAreOn } from "./shortcuts.ts";

interface Hands {
  readonly board: Board;
  readonly picture: Picture;
  readonly item: Item | undefined;
  readonly matching: readonly Item[];
  readonly act: (verb: ItemVerb, item: Item) => Promise<void>;
  readonly togglePause: () => void;
  readonly copy: (text: string, words: string) => void;
}

export function useKeyboard(matching: readonly Item[]): void {
  const board = useBoard();
  const picture = usePicture();
  const act = useItemVerb();
  const { toggle } = usePause();
  const copy = useCopy();
  const item = board.address.item === undefined ? undefined : picture.item(board.address.item);
  const hands = useRef<Hands>(undefined);
  hands.current = { board, picture, item, matching, act, togglePause: toggle, copy };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (hands.current !== undefined && press(event, hands.current)) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

/** Answers whether the key meant something. */
function press(event: KeyboardEvent, hands: Hands): boolean {
  const { open, dialog, go, address } = hands.board;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && dialog === undefined) {
    open({ kind: "find" });
    return true;
  }
  if (dialog !== undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "Escape" && isWriting(event)) {
    (event.target as HTMLElement).blur();
    return true;
  }
  if (isWriting(event)) return false;
  if (event.key === "Escape" && address.item !== undefined) {
    go({ item: undefined });
    return true;
  }
  if (!shortcutsAreOn(window)) return false;
  return look(event.key, hands) || (hands.board.mayChange && change(event.key, hands));
}

function isWriting({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]")
  );
}

/** Keys that change nothing but what is shown. */
function look(key: string, hands: Hands): boolean {
  const { board, matching, item } = hands;
  const view = VIEWS[Number(key) - 1];
  if (view !== undefined) board.go({ view });
  else if (key === "/") document.getElementById("filter")?.focus();
  else if (key === "?") board.open({ kind: "help" });
  else if (key === "d") board.open({ kind: "download" });
  else if (key === "j" || key === "k") step(hands, walkOf(hands), key === "j" ? 1 : -1);
  else if (key === "n" || key === "N")
    step(
      hands,
      matching.filter(({ status }) => status === "failed"),
      key === "n" ? 1 : -1,
    );
  else if (key === "h" || key === "l") sideways(hands, key === "l" ? 1 : -1);
  else if (key === "y" && item !== undefined) hands.copy(item.id, "Copied the id");
  else if (key === "f") document.querySelector<HTMLElement>("[data-follow]")?.click();
  else return false;
  return true;
}

function change(key: string, { board, item, act, togglePause }: Hands): boolean {
  if (key === "i") board.open({ kind: "create" });
  else if (key === "x") board.open({ kind: "bulk" });
  else if (key === "p") togglePause();
  else if (key === "r" && item !== undefined && canNow(item, "requeue")) void act("requeue", item);
  else if (key === "c" && item !== undefined && canNow(item, "cancel")) board.open({ kind: "cancel", item });
  else return false;
  return true;
}

/** What `j` and `k` walk through: the item's own column where there are columns, in the order in which it is shown. */
function walkOf({ board, picture, matching, item }: Hands): readonly Item[] {
  const { view } = board.address;
  if (view === "board") return item === undefined ? matching : columnOf(matching, lampOf(item));
  if (view !== "lanes") return matching;
  const walks = {
    claimed: () => lanesOf(matching),
    failed: () => columnOf(matching, "failed"),
    ready: () => nextUpOf(matching, picture),
  };
  const lamp = item === undefined ? undefined : lampOf(item);
  if (lamp === "claimed" || lamp === "failed" || lamp === "ready") return walks[lamp]();
  if (lamp !== undefined) return columnOf(matching, lamp);
  // The first of these that there is any of, from the top.
  const first = Object.values(walks).find((walk) => walk().length > 0);
  return first?.() ?? matching;
}

function step({ board, item }: Hands, list: readonly Item[], by: 1 | -1): void {
  const at = item === undefined ? -1 : list.findIndex(({ id }) => id === item.id);
  const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : at + by];
  if (next !== undefined) board.go({ item: next.id }, item === undefined ? "push" : "replace");
}

function sideways({ board, matching, item }: Hands, by: 1 | -1): void {
  const from = item === undefined ? (by > 0 ? -1 : LAMPS.length) : LAMPS.indexOf(lampOf(item));
  for (let at = from + by; at >= 0 && at < LAMPS.length; at += by) {
    const next = columnOf(matching, LAMPS[at]!)[0];
    if (next !== undefined) return board.go({ item: next.id }, "replace");
  }
}
