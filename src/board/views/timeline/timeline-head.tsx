import { Minus, Plus } from "lucide-react";
import type { ReactNode } from "react";
import type { TimeRange } from "../../data/time-range.ts";
import { Button, IconButton } from "../../ui/controls.tsx";
import { briefOf, plural } from "../../ui/format.ts";

/** Which part of the time is shown: all of it, the last so many milliseconds, or what somebody came closer to. */
export type Look =
  | { readonly kind: "all" }
  | { readonly kind: "last"; readonly ms: number }
  | ({ readonly kind: "range" } & TimeRange);

const LOOKS: readonly (readonly [string, Look])[] = [
  ["All", { kind: "all" }],
  ["6 h", { kind: "last", ms: 21_600_000 }],
  ["1 h", { kind: "last", ms: 3_600_000 }],
  ["10 min", { kind: "last", ms: 600_000 }],
  ["1 min", { kind: "last", ms: 60_000 }],
];

export interface TimelineHeadProps {
  readonly count: number;
  readonly range: TimeRange;
  readonly look: Look;
  readonly isTable: boolean;
  readonly onlyCritical: boolean;
  readonly isLayers: boolean;
  /** The one whose items are shown. */
  readonly layer: number | undefined;
  readonly onLook: (look: Look) => void;
  readonly onTable: (isTable: boolean) => void;
  readonly onCritical: (isOn: boolean) => void;
  readonly onLayers: (isOn: boolean) => void;
  readonly onZoom: (factor: number) => void;
}

export function TimelineHead(props: TimelineHeadProps): ReactNode {
  const { count, range, look, isTable, onlyCritical, isLayers, layer } = props;
  const { onLook, onTable, onCritical, onLayers, onZoom } = props;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2 pb-2">
      <h2 className="text-base font-semibold">Timeline</h2>
      <span className="text-xs text-faint">
        {layer !== undefined && `layer ${layer + 1}: `}
        {plural(count, "item")} · {briefOf(range.to - range.from)}
      </span>
      <span className="flex-1" />
      <Button aria-pressed={onlyCritical} onClick={() => onCritical(!onlyCritical)}>
        {onlyCritical ? "Show all" : "Critical path"}
      </Button>
      <Button disabled={isTable || onlyCritical} aria-pressed={isLayers} onClick={() => onLayers(!isLayers)}>
        {isLayers ? "Items" : "Layers"}
      </Button>
      <Button aria-pressed={isTable} onClick={() => onTable(!isTable)}>
        {isTable ? "Chart" : "Table"}
      </Button>
      {!isTable && (
        <>
          <LookChoice look={look} onLook={onLook} />
          <span className="flex rounded-lg border border-line bg-surface">
            <IconButton label="Longer time" keys="-" onClick={() => onZoom(2)}>
              <Minus size={14} aria-hidden />
            </IconButton>
            <IconButton label="Closer" keys="+" onClick={() => onZoom(0.5)}>
              <Plus size={14} aria-hidden />
            </IconButton>
          </span>
        </>
      )}
    </div>
  );
}

function LookChoice({ look, onLook }: Pick<TimelineHeadProps, "look" | "onLook">): ReactNode {
  return (
    <div role="group" aria-label="How far back" className="flex rounded-lg border border-line bg-sunken p-0.5">
      {LOOKS.map(([words, each]) => {
        const isOn = each.kind === look.kind && (each.kind !== "last" || (look.kind === "last" && look.ms === each.ms));
        return (
          <button
            key={words}
            type="button"
            aria-pressed={isOn}
            onClick={() => onLook(each)}
            className={`h-6 rounded-md px-2 text-xs font-medium whitespace-nowrap ${isOn ? "bg-raised text-ink shadow-sm ring-1 ring-line-strong" : "text-soft hover:text-ink"}`}
          >
            {words}
          </button>
        );
      })}
    </div>
  );
}
