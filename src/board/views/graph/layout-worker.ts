/** Lays graphs out beside the page: ten thousand nodes take longer than a page may stand still. */
import { placementOf, type NumberedGraph, type Placement } from "../../data/placement.ts";

export interface LayoutAsked {
  readonly id: number;
  readonly graph: NumberedGraph;
}

export interface LayoutDone {
  readonly id: number;
  readonly placement: Placement;
}

/** What of a worker's own world is used here; the page's types know it only by half. */
interface WorkerScope {
  addEventListener(type: "message", listener: (event: { readonly data: LayoutAsked }) => void): void;
  postMessage(message: LayoutDone, transfer: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.addEventListener("message", ({ data: { id, graph } }) => {
  const placement = placementOf(graph);
  scope.postMessage({ id, placement }, [placement.layer.buffer, placement.row.buffer]);
});
