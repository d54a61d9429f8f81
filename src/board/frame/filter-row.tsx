/** The heading, the filter, and the views. */
import { ListChecks } from "lucide-react";
import type { ReactNode } from "react";
import { VIEWS, type View } from "../data/address.ts";
import { toggleTerm } from "../data/filter.ts";
import { useBoard, useMatching, usePicture } from "../ui/board-context.ts";
import { Button } from "../ui/controls.tsx";
import { countOf } from "../ui/format.ts";
import { FilterBox } from "./filter-box.tsx";

const VIEW_WORDS: Readonly<Record<View, string>> = {
  lanes: "Lanes",
  board: "Board",
  timeline: "Timeline",
  graph: "Graph",
  log: "Log",
};

const PILLS = [
  ["state:failed", "Failures"],
  ["slow>5m", "Slow"],
  ["state:ready", "Next up"],
] as const;

export function FilterRow(): ReactNode {
  const { open, mayChange } = useBoard();
  return (
    <section
      aria-label="Filter and views"
      className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-ground px-4 py-2"
    >
      <h1 className="text-base font-semibold">Work Items</h1>
      <FilterBox />
      <div className="flex items-center gap-1 max-xl:hidden">
        {PILLS.map(([term, words]) => (
          <Pill key={term} term={term} words={words} />
        ))}
      </div>
      <MatchCount />
      {mayChange && (
        <Button look="quiet" onClick={() => open({ kind: "bulk" })}>
          <ListChecks size={14} aria-hidden />
          All matching
        </Button>
      )}
      <span className="flex-1 max-md:hidden" />
      <Tabs />
    </section>
  );
}

function Pill({ term, words }: { readonly term: string; readonly words: string }): ReactNode {
  const { address, go } = useBoard();
  const isOn = address.q.split(/\s+/).includes(term);
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={() => go({ q: toggleTerm(address.q, term) })}
      className={`h-6 rounded-full border px-2.5 text-xs font-medium ${isOn ? "border-accent bg-accent text-accent-ink" : "border-line text-soft hover:border-line-strong hover:text-ink"}`}
    >
      {words}
    </button>
  );
}

function MatchCount(): ReactNode {
  const picture = usePicture();
  const matching = useMatching();
  const isAll = matching.length === picture.items.length;
  return (
    <span className="text-xs text-faint">
      {isAll
        ? `${countOf(picture.items.length)} items`
        : `${countOf(matching.length)} of ${countOf(picture.items.length)} items`}
    </span>
  );
}

function Tabs(): ReactNode {
  const { address, go } = useBoard();
  return (
    <nav aria-label="Views" className="flex rounded-lg border border-line bg-sunken p-0.5">
      {VIEWS.map((view, index) => (
        <button
          key={view}
          type="button"
          aria-current={address.view === view ? "page" : undefined}
          title={`${VIEW_WORDS[view]} (${index + 1})`}
          onClick={() => go({ view })}
          className={`h-6 rounded-md px-2.5 text-xs font-medium ${address.view === view ? "bg-raised text-ink shadow-sm ring-1 ring-line-strong" : "text-soft hover:text-ink"}`}
        >
          {VIEW_WORDS[view]}
        </button>
      ))}
    </nav>
  );
}
