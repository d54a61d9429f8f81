/** What needs what, from left to right; of many items only those around the chosen one, or the layers. */
import { useMemo, useState, type ReactNode } from "react";
import { aroundOf, layeredOf, mermaidOf } from "../../data/layered.ts";
import { useBoard } from "../../ui/board-context.ts";
import { Button, Empty } from "../../ui/controls.tsx";
import { plural } from "../../ui/format.ts";
import type { ViewProps } from "../view.ts";
import { GraphCanvas } from "./graph-canvas.tsx";
import { LayerOverview } from "./layer-overview.tsx";

/** More than these are not drawn one by one: nobody could read it, and the page would stand still. */
const NODES_MAX = 300;
const HOPS = [1, 2, 3, 5] as const;

export function GraphView({ picture, matching, selected, onSelect }: ViewProps): ReactNode {
  const { say } = useBoard();
  const [hops, setHops] = useState<number>(2);
  const [isFocused, setFocused] = useState(false);
  const mustFocus = matching.length > NODES_MAX;
  const focus = mustFocus || isFocused ? selected : undefined;
  const items = useMemo(() => {
    if (focus !== undefined) return aroundOf(focus, hops, picture.item, picture.dependents, NODES_MAX);
    return mustFocus ? [] : matching;
  }, [focus, hops, mustFocus, matching, picture]);
  const layered = useMemo(() => layeredOf(items), [items]);
  const copy = (): void => {
    navigator.clipboard.writeText(mermaidOf(layered)).then(
      () => say("Copied as Mermaid"),
      () => say("The browser does not let this page copy"),
    );
  };
  if (matching.length === 0) return <Empty title="No item matches" />;
  const isOverview = mustFocus && focus === undefined;
  return (
    <div className="flex h-full flex-col p-4">
      <div className="flex flex-wrap items-center gap-3 pb-2">
        <h2 className="text-base font-semibold">Graph</h2>
        <span className="text-xs text-faint">
          {isOverview
            ? `${plural(matching.length, "item")} by layer; choose one to see what is around it`
            : `${plural(layered.nodes.length, "item")}, ${plural(layered.edges.length, "need")}`}
        </span>
        <span className="flex-1" />
        {selected !== undefined && (
          <FocusChoice {...{ hops, isFocused: focus !== undefined, mustFocus }} onHops={setHops} onFocus={setFocused} />
        )}
        {!isOverview && <Button onClick={copy}>Copy as Mermaid</Button>}
      </div>
      {isOverview ? (
        <LayerOverview items={matching} onSelect={onSelect} />
      ) : (
        <GraphCanvas layered={layered} selected={selected} onSelect={onSelect} />
      )}
    </div>
  );
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
