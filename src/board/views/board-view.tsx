/** Columns by state, with a card for each item. */
import { useMemo, type ReactNode } from "react";
import { LAMPS, LAMP_WORDS, lampOf, type Lamp } from "../data/lamp.ts";
import { columnsOf } from "../data/order.ts";
import type { Picture } from "../data/item-store.ts";
import type { Item } from "../data/wire.ts";
import { Empty } from "../ui/controls.tsx";
import { countOf } from "../ui/format.ts";
import { useAllConflicts } from "../ui/use-all-conflicts.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { VirtualList } from "../ui/virtual-list.tsx";
import { CARD_HEIGHT, ItemCard } from "./item-card.tsx";
import type { ViewProps } from "./view.ts";

const NOTHING: Readonly<Record<Lamp, string>> = {
  blocked: "Nothing waits for another item",
  ready: "Nothing is waiting for a worker",
  claimed: "Nobody is working",
  failed: "Nothing has failed",
  done: "Nothing is done yet",
  cancelled: "Nothing was cancelled",
};

/** Where the chosen item stands in its column; only that column is searched. */
function placeIn(column: readonly Item[], lamp: Lamp, picture: Picture, selected: string | undefined): number {
  const item = selected === undefined ? undefined : picture.item(selected);
  return item === undefined || lampOf(item) !== lamp ? -1 : column.indexOf(item);
}

export function BoardView({ picture, matching, selected, onSelect }: ViewProps): ReactNode {
  const columns = useMemo(() => columnsOf(matching), [matching]);
  const conflicts = useAllConflicts(picture.counts.claimed > 1);
  const shown = LAMPS.filter((lamp) => lamp !== "cancelled" || picture.counts.cancelled > 0);
  return (
    <div className="flex h-full gap-3 overflow-x-auto p-4">
      {shown.map((lamp) => (
        <section
          key={lamp}
          aria-label={LAMP_WORDS[lamp]}
          className={`flex min-h-0 flex-1 flex-col rounded-xl border border-line bg-sunken ${columns[lamp].length === 0 ? "min-w-36" : "min-w-60"}`}
        >
          <h2 className="flex items-center gap-2 px-3 pt-2.5 pb-2 font-semibold">
            <StateMark lamp={lamp} />
            {LAMP_WORDS[lamp]}
            <span className="ml-auto rounded-full bg-surface px-2 text-xs font-medium whitespace-nowrap text-soft">
              {countOf(columns[lamp].length)}
              {lamp === "claimed" && ` / ${countOf(picture.liveItemsMax)}`}
            </span>
          </h2>
          {columns[lamp].length === 0 ? (
            <Empty title={NOTHING[lamp]} />
          ) : (
            <VirtualList
              items={columns[lamp]}
              rowHeight={CARD_HEIGHT}
              gap={8}
              keyOf={(item) => item.id}
              label={`${LAMP_WORDS[lamp]} items`}
              className="flex-1 px-2 pb-2"
              follow={placeIn(columns[lamp], lamp, picture, selected)}
              row={(item) => (
                <ItemCard
                  {...{ item, picture, onSelect }}
                  conflicts={conflicts.get(item.id)}
                  isSelected={item.id === selected}
                />
              )}
            />
          )}
        </section>
      ))}
    </div>
  );
}
