/** Beside the lanes: what needs a person, and what comes next. */
import { useMemo, type ReactNode } from "react";
import { waitersOf, type Failures } from "../data/failures.ts";
import type { Picture } from "../data/item-store.ts";
import { canNow } from "../data/item-events.ts";
import { lampOf } from "../data/lamp.ts";
import { pauseLeft, type Log } from "../data/log-buffer.ts";
import { nextUpOf } from "../data/order.ts";
import type { Item } from "../data/wire.ts";
import { Button, Empty } from "../ui/controls.tsx";
import { durationOf, listOf, plural } from "../ui/format.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { useBoard, useLog } from "../ui/board-context.ts";
import { useNow } from "../ui/use-now.ts";
import { useItemVerb } from "../ui/use-steering.ts";
import { WhyNotMore } from "./why-not-more.tsx";

const SHOWN_MAX = 10;

interface SideProps {
  readonly picture: Picture;
  readonly onSelect: (id: string) => void;
}

export function RootFailures({ failures, picture, onSelect }: SideProps & { readonly failures: Failures }): ReactNode {
  const { mayChange } = useBoard();
  const act = useItemVerb();
  const { roots, cancelled, held } = failures;
  const shown = [...roots.slice(0, SHOWN_MAX), ...cancelled.slice(0, SHOWN_MAX)].slice(0, SHOWN_MAX);
  const more = roots.length + cancelled.length - shown.length;
  if (shown.length === 0) return null;
  return (
    <section aria-label="Failures" className="rounded-xl border border-line bg-surface">
      <h2 className="flex items-baseline gap-2 px-4 pt-3 pb-1 font-semibold">
        Needs you
        <span className="text-xs font-normal text-faint">
          {[
            ...(roots.length > 0 ? [plural(roots.length, "failure")] : []),
            ...(cancelled.length > 0 ? [`${cancelled.length} cancelled`] : []),
            `${plural(held.size, "item")} held behind`,
          ].join(", ")}
        </span>
      </h2>
      <ul className="pb-2">
        {shown.map((item) => (
          <li key={item.id} className="flex items-center gap-2 px-4 py-1.5 hover:bg-sunken">
            <StateMark lamp={lampOf(item)} label />
            <button type="button" onClick={() => onSelect(item.id)} className="min-w-0 flex-1 text-left">
              <span className="block truncate font-medium">{item.title}</span>
              <span className="block truncate text-xs text-soft">
                {item.status === "cancelled"
                  ? "was cancelled: cancel what waits for it, or make it anew"
                  : (item.failure_reason ?? "no reason was given")}
                {waitersInWords(picture, item)}
              </span>
            </button>
            {mayChange && canNow(item, "requeue") && <Button onClick={() => void act("requeue", item)}>Requeue</Button>}
          </li>
        ))}
      </ul>
      {more > 0 && <More term="state:failed,cancelled" count={more} />}
    </section>
  );
}

function waitersInWords(picture: Picture, { id }: Item): string {
  const count = waitersOf(picture, id).length;
  return count === 0 ? "" : ` · ${plural(count, "item waits", "items wait")} for it`;
}

function More({ term, count }: { readonly term: string; readonly count: number }): ReactNode {
  const { go } = useBoard();
  return (
    <button
      type="button"
      onClick={() => go({ view: "board", q: term })}
      className="w-full border-t border-line px-4 py-2 text-left text-xs font-medium text-accent hover:bg-sunken"
    >
      {plural(count, "more")}
    </button>
  );
}

interface NextUpProps extends SideProps {
  readonly matching: readonly Item[];
}

export function NextUp({ picture, matching, onSelect }: NextUpProps): ReactNode {
  const now = useNow();
  const { rows } = useLog();
  const ready = useMemo(() => nextUpOf(matching, picture), [matching, picture]);
  return (
    <section aria-label="Next up" className="rounded-xl border border-line bg-surface">
      <h2 className="flex items-baseline gap-2 px-4 pt-3 pb-1 font-semibold">
        Next up
        <span className="text-xs font-normal text-faint">{ready.length} ready</span>
      </h2>
      <p className="px-4 pb-2 text-xs text-soft">
        <WhyNotMore picture={picture} first={ready[0]} />
      </p>
      {ready.length === 0 ? (
        <Empty title="Nothing is ready" />
      ) : (
        <ol className="pb-2">
          {ready.slice(0, SHOWN_MAX).map((item) => (
            <li key={item.id}>
              <button
                type="button"
                data-item={item.key}
                onClick={() => onSelect(item.id)}
                className="flex w-full items-center gap-2 px-4 py-1.5 text-left hover:bg-sunken"
              >
                <StateMark lamp="ready" label />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-medium">{item.title}</span>
                  <span className="block truncate text-xs text-faint">{reasonOf(item, now, rows)}</span>
                </span>
                {item.priority !== 5 && (
                  <span className="rounded bg-sunken px-1.5 text-xs font-medium text-soft">P{item.priority}</span>
                )}
              </button>
            </li>
          ))}
        </ol>
      )}
      {ready.length > SHOWN_MAX && <More term="state:ready" count={ready.length - SHOWN_MAX} />}
    </section>
  );
}

function reasonOf(
  { id, updated_at, attempt, files, task_type, dependencies }: Item,
  now: number,
  rows: Log["rows"],
): string {
  const pauseMs = attempt > 0 ? pauseLeft(rows, id, now) : 0;
  const since = durationOf(now - Date.parse(updated_at));
  const parts = [
    pauseMs > 0
      ? `tried again in ${durationOf(pauseMs)}`
      : `${attempt > 0 ? "to be tried again, " : ""}ready for ${since}`,
  ];
  if (attempt === 0 && dependencies.length > 0) parts[0] = `all of ${plural(dependencies.length, "need")} done`;
  if (task_type !== null) parts.push(task_type);
  if (files.length > 0) parts.push(listOf(files, 1));
  return parts.join(" · ");
}
