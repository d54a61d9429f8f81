/** Where items stand in the graph, worked out beside the page. */
import { useEffect, useRef, useState } from "react";
import type { Placed } from "../../data/layered.ts";
import { numberedOf, placementOf, type Placement } from "../../data/placement.ts";
import type { Item } from "../../data/wire.ts";
import type { LayoutAsked, LayoutDone } from "./layout-worker.ts";

/** `undefined` until the first one is there; then the last one that is. Other states of the same items move nothing. */
export function usePlaced(items: readonly Item[], structure: object): Placed | undefined {
  const [placed, setPlaced] = useState<Placed>();
  const [layouts] = useState(() => new Layouts(setPlaced));
  const shape = useShape(items, structure);
  useEffect(() => layouts.ask(shape), [layouts, shape]);
  useEffect(() => () => layouts.close(), [layouts]);
  return placed;
}

/** The items as they were when there were others, or other needs. */
function useShape(items: readonly Item[], structure: object): readonly Item[] {
  const shape = useRef({ items, structure });
  const known = shape.current;
  const isSame =
    known.structure === structure &&
    known.items.length === items.length &&
    items.every(({ id }, place) => known.items[place]!.id === id);
  if (!isSame) shape.current = { items, structure };
  return shape.current.items;
}

/** One layout at a time; of those that were asked for meanwhile only the last. */
class Layouts {
  readonly #tell: (placed: Placed) => void;
  #worker: Worker | undefined;
  #underWay: { readonly id: number; readonly items: readonly Item[] } | undefined;
  #next: readonly Item[] | undefined;
  #lastId = 0;

  constructor(tell: (placed: Placed) => void) {
    this.#tell = tell;
  }

  ask(items: readonly Item[]): void {
    if (this.#underWay !== undefined) {
      this.#next = items;
      return;
    }
    const id = ++this.#lastId;
    this.#underWay = { id, items };
    const graph = numberedOf(items);
    const asked: LayoutAsked = { id, graph };
    this.#started().postMessage(asked, [graph.starts.buffer, graph.needs.buffer]);
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#underWay = undefined;
    this.#next = undefined;
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module", name: "layout" });
    worker.addEventListener("message", ({ data }: MessageEvent<LayoutDone>) => this.#done(data.id, data.placement));
    // A worker that does not start is no reason to show nothing.
    worker.addEventListener("error", () => {
      if (this.#underWay === undefined) return;
      this.#done(this.#underWay.id, placementOf(numberedOf(this.#underWay.items)));
    });
    this.#worker = worker;
    return worker;
  }

  #done(id: number, placement: Placement): void {
    const answered = this.#underWay;
    if (answered?.id !== id) return;
    this.#underWay = undefined;
    this.#tell({ items: answered.items, placement });
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.ask(next);
  }
}
