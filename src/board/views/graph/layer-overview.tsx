import { useMemo, type ReactNode } from "react";
import type { Picture } from "../../data/item-store.ts";
import type { Placed } from "../../data/layered.ts";
import { LAMPS, LAMP_WORDS, lampOf, type Lamp } from "../../data/lamp.ts";
import type { Item } from "../../data/wire.ts";
import { countOf, plural } from "../../ui/format.ts";
import { StateMark } from "../../ui/state-mark.tsx";
import { VirtualList } from "../../ui/virtual-list.tsx";

export interface LayerOverviewProps {
  readonly placed: Placed;
  readonly picture: Picture;
  readonly onSelect: (id: string) => void;
}

interface Layer {
  readonly number: number;
  readonly counts: Readonly<Record<Lamp, number>>;
  readonly size: number;
  /** Where to begin to look: what failed, what is being done, or whatever is first. */
  readonly first: Item;
}

/** Many items as layers, each with how far it is; a click begins at an item of it. */
export function LayerOverview({ placed, picture, onSelect }: LayerOverviewProps): ReactNode {
  const layers = useMemo(() => summed(placed, picture), [placed, picture]);
  const largest = Math.max(1, ...layers.map(({ size }) => size));
  return (
    <VirtualList
      items={layers}
      rowHeight={52}
      gap={6}
      keyOf={({ number }) => number}
      label="Layers"
      className="flex-1"
      row={(layer) => <LayerRow layer={layer} largest={largest} onSelect={onSelect} />}
    />
  );
}

function summed({ items, placement }: Placed, picture: Picture): Layer[] {
  const layers: Item[][] = Array.from({ length: placement.layers }, () => []);
  items.forEach((item, number) => layers[placement.layer[number]!]!.push(picture.item(item.id) ?? item));
  return layers.map((members, number) => {
    const counts = Object.fromEntries(LAMPS.map((lamp) => [lamp, 0])) as Record<Lamp, number>;
    for (const item of members) counts[lampOf(item)]++;
    const first =
      members.find(({ status }) => status === "failed") ?? members.find(({ status }) => status === "claimed");
    return { number, counts, size: members.length, first: first ?? members[0]! };
  });
}

interface LayerRowProps {
  readonly layer: Layer;
  readonly largest: number;
  readonly onSelect: (id: string) => void;
}

function LayerRow({ layer, largest, onSelect }: LayerRowProps): ReactNode {
  const { number, counts, size, first } = layer;
  const lit = LAMPS.filter((lamp) => counts[lamp] > 0);
  return (
    <button
      type="button"
      onClick={() => onSelect(first.id)}
      className="flex h-full w-full items-center gap-4 rounded-lg border border-line bg-surface px-4 text-left hover:shadow-float"
    >
      <span className="w-28 shrink-0">
        <span className="block font-medium">Layer {number + 1}</span>
        <span className="block text-xs text-faint">{plural(size, "item")}</span>
      </span>
      <span className="flex h-2.5 min-w-0 flex-1">
        <span
          className="flex gap-px overflow-hidden rounded-full"
          style={{ width: `${Math.max(2, (size / largest) * 100)}%` }}
        >
          {lit.map((lamp) => (
            <span key={lamp} data-lamp={lamp} className="lamp-bar" style={{ flexGrow: counts[lamp] }} />
          ))}
        </span>
      </span>
      <span className="flex w-72 shrink-0 flex-wrap justify-end gap-x-3 text-xs max-md:hidden">
        {lit.map((lamp) => (
          <span key={lamp} className="flex items-center gap-1 text-soft">
            <StateMark lamp={lamp} size={11} />
            {countOf(counts[lamp])} {LAMP_WORDS[lamp].toLowerCase()}
          </span>
        ))}
      </span>
    </button>
  );
}
