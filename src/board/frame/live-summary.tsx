import { useMemo, type ReactNode } from "react";
import { LAMPS, LAMP_WORDS } from "../data/lamp.ts";
import { useBoard, useMatching } from "../ui/board-context.ts";
import { plural } from "../ui/format.ts";
import { useNow } from "../ui/use-now.ts";
import { useRunState } from "../ui/use-run-state.ts";

/** Whoever listens to the page is not told of each event. */
const TOLD_MS = 5_000;

/** What goes on, in one sentence for screen readers: when the filter changes, and else every few seconds at most. */
export function LiveSummary(): ReactNode {
  const { feed, past = feed.items, address } = useBoard();
  const [, state] = useRunState();
  const count = useMatching().length;
  const moment = Math.floor(useNow() / TOLD_MS);
  const words = useMemo(() => {
    const { counts, items } = past.picture();
    const shown = LAMPS.filter((lamp) => counts[lamp] > 0).map(
      (lamp) => `${counts[lamp]} ${LAMP_WORDS[lamp].toLowerCase()}`,
    );
    const matching = address.q === "" ? "" : ` ${count} of ${items.length} match the filter.`;
    return `${state}. ${plural(items.length, "item")}${shown.length === 0 ? "" : `: ${shown.join(", ")}`}.${matching}`;
    // What is counted changes all the time: the moment says when it is told.
  }, [past, address.q, moment]);
  return (
    <p role="status" className="sr-only">
      {words}
    </p>
  );
}
