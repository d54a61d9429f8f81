/**
 * States of a run as short strings. What an item can be is a small set, so each shape of it gets a number when it is first seen;
 * a state is one character for everything but the items and one for each item. The rules share what they do not change, so
 * most shapes are recognised by identity.
 *
 * What nobody will ever read again is left out: how many attempts an item took that is done, failed or cancelled. Two states that
 * differ in that alone accept the same events for ever, so looking at one of them is enough.
 */
import type { RunSpecState } from "../../machines/run-spec.ts";
import { InternalError } from "../base/errors.ts";

type ItemState = RunSpecState["items"][number];
type Rest = Omit<RunSpecState, "items">;

/** Characters that are free to use: below the surrogates, which strings must pair. */
const SHAPES_MAX = 0xd7ff;

export class StateCodec {
  readonly #items = new Shapes<ItemState>(forgetful);
  readonly #rests = new Shapes<Rest>((rest) => rest);

  encode({ items, ...rest }: RunSpecState): string {
    let text = String.fromCharCode(this.#rests.numberOf(rest));
    for (const item of items) text += String.fromCharCode(this.#items.numberOf(item));
    return text;
  }

  decode(text: string): RunSpecState {
    const items: ItemState[] = [];
    for (let at = 1; at < text.length; at++) items.push(this.#items.at(text.charCodeAt(at)));
    return { ...this.#rests.at(text.charCodeAt(0)), items };
  }
}

function forgetful(item: ItemState): ItemState {
  const isOpen = item.status === "todo" || item.status === "claimed";
  // Whether it was ever tried stays: sentences about items that never ran ask for it.
  return isOpen || item.spent <= 1 ? item : { ...item, spent: 1 };
}

class Shapes<T extends object> {
  readonly #essence: (shape: T) => T;
  readonly #byIdentity = new WeakMap<T, number>();
  readonly #byText = new Map<string, number>();
  readonly #all: T[] = [];

  constructor(essence: (shape: T) => T) {
    this.#essence = essence;
  }

  numberOf(given: T): number {
    const known = this.#byIdentity.get(given);
    if (known !== undefined) return known;
    const shape = this.#essence(given);
    const text = JSON.stringify(shape, sortedKeys);
    let number = this.#byText.get(text);
    if (number === undefined) {
      number = this.#all.length;
      if (number > SHAPES_MAX) throw new InternalError(`more than ${SHAPES_MAX} shapes of a state`);
      this.#byText.set(text, number);
      this.#all.push(shape);
    }
    this.#byIdentity.set(given, number);
    return number;
  }

  at(number: number): T {
    return this.#all[number]!;
  }
}

/** The order in which a rule writes the fields is no part of a state. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
