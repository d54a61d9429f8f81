/** The item's machine, drawn from the machine itself: where the item is, and where it can go from there. */
import type { ReactNode } from "react";
import { workItemMachine, workItemStates, type WorkItemState } from "../../../machines/work-item.ts";
import type { Item } from "../data/wire.ts";
import { Section } from "./section.tsx";

interface Edge {
  readonly from: WorkItemState;
  readonly to: WorkItemState;
  readonly events: readonly string[];
}

const PLACES: Readonly<Record<WorkItemState, readonly [x: number, y: number]>> = {
  todo: [44, 34],
  claimed: [178, 34],
  done: [326, 34],
  failed: [326, 96],
  cancelled: [178, 148],
};
const WIDTH = 76;
const HEIGHT = 26;

/** Bends that keep edges apart, and where the names of their events stand. */
const WAYS: Readonly<Record<string, { readonly d: string; readonly at?: readonly [number, number] }>> = {
  "todo-claimed": { d: "M82 29H136", at: [110, 23] },
  "claimed-todo": { d: "M140 40H86", at: [110, 54] },
  "claimed-done": { d: "M216 34H284", at: [251, 28] },
  "claimed-failed": { d: "M216 42C262 52 262 96 284 96", at: [272, 66] },
  "failed-todo": { d: "M288 102C170 112 60 112 46 51", at: [110, 108] },
  "claimed-cancelled": { d: "M178 47V131", at: [197, 78] },
  "todo-cancelled": { d: "M36 47C36 140 90 148 136 148" },
  "failed-cancelled": { d: "M326 109C326 142 270 148 220 148" },
};

const EDGES: readonly Edge[] = workItemStates.flatMap((from) => {
  const events = new Map<WorkItemState, string[]>();
  for (const [event, transitions] of Object.entries(workItemMachine.states[from]?.on ?? {}))
    for (const { target } of transitions) {
      // A transition without a target moves nothing.
      const to = workItemStates.find((state) => target?.[0]?.key === state);
      if (to === undefined) continue;
      const known = events.get(to) ?? [];
      events.set(to, known.includes(event) ? known : [...known, event]);
    }
  return [...events].map(([to, names]) => ({ from, to, events: names }));
});

export function Statechart({ item }: { readonly item: Item }): ReactNode {
  const next = EDGES.filter(({ from }) => from === item.status);
  const words =
    next.length === 0
      ? `The item is ${item.status}: nothing can happen to it any more.`
      : `The item is ${item.status}. ${next.map(({ events, to }) => `${events.join(", ")} leads to ${to}`).join("; ")}.`;
  return (
    <Section title="State">
      <svg viewBox="0 0 370 166" role="img" aria-label={words} className="w-full max-w-md font-mono text-[10px]">
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0 8 4 0 8Z" className="fill-line-strong" />
          </marker>
          <marker
            id="arrow-now"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto-start-reverse"
          >
            <path d="M0 0 8 4 0 8Z" className="fill-accent" />
          </marker>
        </defs>
        {EDGES.map((edge) => (
          <Way key={`${edge.from}-${edge.to}`} edge={edge} isNow={edge.from === item.status} />
        ))}
        {workItemStates.map((state) => (
          <State key={state} state={state} isNow={state === item.status} />
        ))}
      </svg>
    </Section>
  );
}

function Way({ edge, isNow }: { readonly edge: Edge; readonly isNow: boolean }): ReactNode {
  const { d, at } = WAYS[`${edge.from}-${edge.to}`] ?? straight(edge);
  const names = edge.events.length > 2 ? `${edge.events[0]} +${edge.events.length - 1}` : edge.events.join(", ");
  return (
    <g>
      <path
        d={d}
        fill="none"
        strokeWidth={isNow ? 1.5 : 1}
        markerEnd={isNow ? "url(#arrow-now)" : "url(#arrow)"}
        className={isNow ? "stroke-accent" : "stroke-line-strong"}
      />
      {at !== undefined && (
        <text x={at[0]} y={at[1]} textAnchor="middle" className={isNow ? "fill-ink" : "fill-faint"}>
          {names}
        </text>
      )}
    </g>
  );
}

function straight({ from, to }: Edge): { readonly d: string; readonly at?: readonly [number, number] } {
  const [x, y] = PLACES[from];
  const [u, v] = PLACES[to];
  return { d: `M${x} ${y}L${u} ${v}`, at: [(x + u) / 2, (y + v) / 2] };
}

function State({ state, isNow }: { readonly state: WorkItemState; readonly isNow: boolean }): ReactNode {
  const [x, y] = PLACES[state];
  const isFinal = state === "done" || state === "cancelled";
  const lamp = state === "todo" ? "ready" : state;
  return (
    <g data-lamp={lamp} data-state={state} data-now={isNow} className="lamp-ink">
      <rect
        x={x - WIDTH / 2}
        y={y - HEIGHT / 2}
        width={WIDTH}
        height={HEIGHT}
        rx={isFinal ? 4 : 13}
        strokeWidth={isNow ? 2 : 1}
        className={isNow ? "fill-sunken stroke-current" : "fill-surface stroke-line-strong"}
      />
      <text x={x} y={y + 3.5} textAnchor="middle" className={isNow ? "fill-current font-bold" : "fill-soft"}>
        {state}
      </text>
    </g>
  );
}
