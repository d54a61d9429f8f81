/** The rows of the timeline: items, or layers of them where there are too many to be told apart. */
import { changesOf, type Changes, type ItemHistory } from "./history.ts";

export interface ItemRow {
  readonly kind: "item";
  readonly id: string;
  readonly history: ItemHistory;
}

export interface LayerRow {
  readonly kind: "layer";
  readonly id: string;
  readonly layer: number;
  readonly histories: readonly ItemHistory[];
  readonly changes: Changes;
  /** When attempts of it failed, in no order. */
  readonly failedAt: readonly number[];
  readonly startedAt: number;
  /** `undefined` while one of it goes on. */
  readonly endedAt: number | undefined;
}

export type TimelineRow = ItemRow | LayerRow;

/** More than these are shown by layer until somebody looks closer. */
export const ITEM_ROWS_MAX = 2_000;

export function itemRows(histories: readonly ItemHistory[]): ItemRow[] {
  return histories.map((history) => ({ kind: "item", id: history.item.id, history }));
}

/** `layerOf` says on which layer an item is. */
export function layerRows(
  histories: readonly ItemHistory[],
  layerOf: ReadonlyMap<string, number>,
  nowMs: number,
): LayerRow[] {
  const layers: ItemHistory[][] = [];
  for (const history of histories) (layers[layerOf.get(history.item.id) ?? 0] ??= []).push(history);
  return layers.flatMap((members, layer) => {
    const [first] = members;
    if (first === undefined) return [];
    let endedAt: number | undefined = 0;
    const failedAt: number[] = [];
    for (const { endedAt: end, attempts } of members) {
      endedAt = endedAt === undefined || end === undefined ? undefined : Math.max(endedAt, end);
      for (const { to, endedAt: at } of attempts) if (to === "failed" && at !== undefined) failedAt.push(at);
    }
    const row: LayerRow = {
      kind: "layer",
      id: `layer ${layer}`,
      layer,
      histories: members,
      changes: changesOf(members, nowMs),
      failedAt,
      startedAt: first.startedAt,
      endedAt,
    };
    return [row];
  });
}
