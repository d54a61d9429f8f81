/** Ids of the items of a run: that of the run, with the number of the item in its last digits. */

/** Of an id of an item, the digits that say its number. */
const DIGITS = 8;
/** The one made last: whoever asks for an id mostly asks for it again. */
let last = { runId: "", index: -1, id: "" };

/** The id of the item with this number (0 is the first) in the run. */
export function itemIdOf(runId: string, index: number): string {
  if (last.index === index && last.runId === runId) return last.id;
  // Not with `+`: V8 keeps such a text as its two parts, and `JSON.stringify` takes twice as long for whatever holds one.
  const id = [runId.slice(0, -DIGITS), (index + 1).toString(16).padStart(DIGITS, "0")].join("");
  last = { runId, index, id };
  return id;
}

const HEX = "0123456789abcdef";

/** The number in the id of an item; -1 for a text that is no id of an item of this run. How many items there are the run knows. */
export function itemIndexOf(runId: string, id: string): number {
  const prefix = runId.length - DIGITS;
  if (id.length !== runId.length || !runId.startsWith(id.slice(0, prefix))) return -1;
  let number = 0;
  for (let at = prefix; at < id.length; at++) {
    const digit = HEX.indexOf(id[at]!);
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number - 1;
}
