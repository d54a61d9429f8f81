/** The keys of the board; `?` shows this list. */
export const SHORTCUTS = [
  ["j k", "next and previous item"],
  ["h l", "column to the left and to the right"],
  ["Enter", "open the item"],
  ["Esc", "close the item"],
  ["n N", "next and previous failure"],
  ["/", "filter"],
  ["Ctrl K", "find an item or a command"],
  ["1 to 5", "views: Lanes, Board, Timeline, Graph, Log"],
  ["+ - 0", "timeline: closer, further, all of it"],
  ["← →", "timeline: move along"],
  ["f", "follow the log"],
  ["r", "requeue the item"],
  ["c", "cancel the item, after a question"],
  ["x", "do something with all matching items"],
  ["y", "copy the id of the item"],
  ["p", "pause, or resume"],
  ["i", "new item"],
  ["d", "download"],
  ["?", "this list"],
] as const;

const NAME = "signalbox-shortcuts";

/** Whether single keys do something; people whose tools send keys of their own can turn that off. */
export function shortcutsAreOn({ localStorage }: Window): boolean {
  return localStorage.getItem(NAME) !== "off";
}

export function turnShortcuts({ localStorage }: Window, isOn: boolean): void {
  localStorage.setItem(NAME, isOn ? "on" : "off");
}
