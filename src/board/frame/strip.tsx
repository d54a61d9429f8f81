/** All items as one bar; a click on a state is a filter. Failures stand apart from what waits behind them. */
import { useMemo, type ReactNode } from "react";
import { failuresOf } from "../data/failures.ts";
import { toggleTerm } from "../data/filter.ts";
import { LAMPS, LAMP_WORDS } from "../data/lamp.ts";
import { useBoard, usePicture } from "../ui/board-context.ts";
import { countOf, plural } from "../ui/format.ts";
import { StateMark } from "../ui/state-mark.tsx";

/** What is settled stands left, so that the bar fills up. */
const IN_BAR = ["done", "failed", "cancelled", "claimed", "ready", "blocked"] as const;

export function Strip(): ReactNode {
  const { counts, items, skipped } = usePicture();
  const { address, go } = useBoard();
  const total = Math.max(1, items.length);
  return (
    <section aria-label="Progress" className="shrink-0 border-b border-line bg-surface px-4 pt-3 pb-2">
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken">
        {IN_BAR.map((lamp) =>
          counts[lamp] === 0 ? null : (
            <div
              key={lamp}
              data-lamp={lamp}
              className={`lamp-bar min-w-1 transition-[flex-grow] duration-500 ${lamp === "blocked" ? "opacity-45" : ""}`}
              style={{ flexGrow: counts[lamp] / total, flexBasis: 0 }}
            />
          ),
        )}
      </div>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-1 gap-y-1">
        {LAMPS.map((lamp) => {
          const term = `state:${lamp}`;
          const isOn = address.q.split(/\s+/).includes(term);
          return (
            <button
              key={lamp}
              type="button"
              aria-pressed={isOn}
              onClick={() => go({ q: toggleTerm(address.q, term) })}
              className={`flex items-center gap-1.5 rounded-md px-2 py-0.5 text-xs hover:bg-sunken ${isOn ? "bg-sunken ring-1 ring-line-strong" : ""}`}
            >
              <StateMark lamp={lamp} size={12} />
              <b className="font-semibold">{countOf(counts[lamp])}</b>
              <span className="text-soft">
                {lamp === "cancelled" ? cancelledInWords(counts.cancelled, skipped) : LAMP_WORDS[lamp].toLowerCase()}
              </span>
            </button>
          );
        })}
        <span className="flex-1" />
        <FailuresInWords />
      </div>
    </section>
  );
}

function cancelledInWords(count: number, skipped: number): string {
  if (skipped === 0) return "cancelled";
  return skipped === count ? "skipped" : `cancelled, ${countOf(skipped)} of them skipped`;
}

function FailuresInWords(): ReactNode {
  const picture = usePicture();
  const { roots, cancelled, held } = useMemo(() => failuresOf(picture), [picture]);
  if (roots.length + cancelled.length === 0) return null;
  const found = [
    ...(roots.length > 0 ? [plural(roots.length, "root failure")] : []),
    ...(cancelled.length > 0 ? [`${countOf(cancelled.length)} cancelled`] : []),
  ];
  return (
    <span data-lamp="failed" className="lamp-ink text-xs font-medium">
      {found.join(", ")}
      {held.size > 0 && <span className="text-soft"> · {plural(held.size, "item")} held behind</span>}
    </span>
  );
}
