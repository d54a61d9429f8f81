/** What needs what, from left to right; of many items a map, the layers, or only those around the chosen one. */
import { useMemo, useState, type ReactNode } from "react";
import { aroundOf, layeredAt, mermaidOf, type Layered } from "../../data/layered.ts";
import { Button, Empty } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import { useCopy } from "../../ui/use-copy.ts";
import type { ViewProps } from "../view.ts";
import { GraphCanvas } from "./graph-canvas.tsx";
import { GraphMap } from "./graph-map.tsx";
import { LayerOverview } from "./layer-overview.tsx";
import { usePlaced } from "./use-placed.ts";

/** More than these are not drawn one by one: nobody could read it, and the page would stand still. */
const NODES_MAX = 300;
const HOPS = [1, 2, 3, 5] as const;

export function GraphView({ picture, matching, selected, onSelect }: ViewProps): ReactNode {
  const [hops, setHops] = useState<number>(2);
  const [isFocused, setFocused] = useState(false);
  const [isList, setList] = useState(false);
  const mustFocus = matching.length > NODES_MAX;
  const focus = mustFocus || isFocused ? selected : undefined;
  const items = useMemo(
    () => (focus === undefined ? matching : aroundOf(focus, hops, picture.item, picture.dependents, NODES_MAX)),
    [focus, hops, matching, picture],
  );
  const placed = usePlaced(items, picture.structure);
  if (matching.length === 0) return <Empty title="No item matches" />;
  // The last one stands until the next one is there, unless it is of the other kind.
  const isLarge = items.length > NODES_MAX;
  const isReady = placed !== undefined && placed.items.length > NODES_MAX === isLarge;
  const layered = isReady && !isLarge ? layeredAt(placed, picture.item) : undefined;
  return (
    <div className="flex h-full flex-col p-4">
      <div className="flex flex-wrap items-center gap-3 pb-2">
        <h2 className="text-base font-semibold">Graph</h2>
        <span className="text-xs text-faint">
          {plural(items.length, "item")}
          {isLarge && "; choose one to see what is around it"}
          {!isReady && ", being laid out"}
        </span>
        <span className="flex-1" />
        {selected !== undefined && (
          <FocusChoice {...{ hops, isFocused: focus !== undefined, mustFocus }} onHops={setHops} onFocus={setFocused} />
        )}
        {isLarge && <Button onClick={() => setList(!isList)}>{isList ? "Map" : "List of layers"}</Button>}
        {layered !== undefined && <CopyButton layered={layered} />}
      </div>
      {layered !== undefined ? (
        <GraphCanvas {...{ layered, selected, onSelect }} />
      ) : !isReady ? (
        <Empty title="Laying out the graph" />
      ) : isList ? (
        <LayerOverview {...{ placed, picture, onSelect }} />
      ) : (
        <GraphMap {...{ placed, picture, onSelect }} />
      )}
    </div>
  );
}

function CopyButton({ layered }: { readonly layered: Layered }): ReactNode {
  const copy = useCopy();
  return <Button onClick={() => copy(mermaidOf(layered), "Copied as Mermaid")}>Copy as Mermaid</Button>;
}
interface FocusChoiceProps {
  readonly hops: number;
  readonly isFocused: boolean;
  readonly mustFocus: boolean;
  readonly onHops: (hops: number) => void;
  readonly onFocus: (isFocused: boolean) => void;
}

function FocusChoice({ hops, isFocused, mustFocus, onHops, onFocus }: FocusChoiceProps): ReactNode {
  return (
    <>
      {!mustFocus && (
        <Button aria-pressed={isFocused} onClick={() => onFocus(!isFocused)}>
          {isFocused ? "Show all" : "Only around the item"}
        </Button>
      )}
      {isFocused && (
        <label className="flex items-center gap-1.5 text-xs text-soft">
          Steps
          <select
            value={hops}
            onChange={(event) => onHops(Number(event.target.value))}
            className="h-7 rounded-md border border-line bg-surface px-1.5"
          >
            {HOPS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
