/** A state as a shape: whoever sees no colours tells them apart all the same. */
import type { ReactNode } from "react";
import { LAMP_WORDS, lampOf, stateWord, type Lamp } from "../data/lamp.ts";
import type { Item } from "../data/wire.ts";

const ring = <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" />;
const stroke = { fill: "none", strokeWidth: 1.8, strokeLinecap: "round", strokeLinejoin: "round" } as const;

const SHAPES: Readonly<Record<Lamp, ReactNode>> = {
  blocked: (
    <>
      <rect x="3" y="7" width="10" height="7" rx="1.6" fill="currentColor" />
      <path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2" {...stroke} strokeWidth={1.6} stroke="currentColor" />
    </>
  ),
  ready: ring,
  claimed: (
    <>
      {ring}
      <path d="M8 3.6a4.4 4.4 0 0 1 0 8.8Z" fill="currentColor" />
    </>
  ),
  failed: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" {...stroke} className="stroke-surface" />
    </>
  ),
  done: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5 8.3 2.1 2.1L11 6.2" {...stroke} className="stroke-surface" />
    </>
  ),
  cancelled: (
    <>
      {ring}
      <path d="m4 12 8-8" {...stroke} stroke="currentColor" strokeWidth={1.5} />
    </>
  ),
};

/** `label` says the state in words, where no word stands beside it. */
export function StateMark({
  lamp,
  size = 14,
  label = false,
}: {
  readonly lamp: Lamp;
  readonly size?: number;
  readonly label?: boolean;
}): ReactNode {
  const named = label ? ({ role: "img", "aria-label": LAMP_WORDS[lamp] } as const) : { "aria-hidden": true };
  return (
    <svg data-lamp={lamp} viewBox="0 0 16 16" width={size} height={size} className="lamp-ink shrink-0" {...named}>
      {SHAPES[lamp]}
    </svg>
  );
}

export function StateBadge({ item }: { readonly item: Item }): ReactNode {
  const lamp = lampOf(item);
  return (
    <span
      data-lamp={lamp}
      className="lamp-tint inline-flex h-5 shrink-0 items-center gap-1 rounded-full px-2 text-2xs font-medium whitespace-nowrap"
    >
      <StateMark lamp={lamp} size={11} />
      {stateWord(item)}
    </span>
  );
}
