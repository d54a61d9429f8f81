/** Beside the lanes: what needs a person, and what comes next. */
import type { ReactNode } from "react";
import type { Failures } from "../data/failures.ts";
import type { Picture } from "../data/item-store.ts";
import { lampOf } from "../data/lamp.ts";
import type { Item } from "../data/wire.ts";
import { Button, Empty } from "../ui/controls.tsx";
import { durationOf, listOf, plural } from "../ui/format.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { useBoard, useLog } from "../ui/board-context.ts";
import { useNow } from "../ui/use-now.ts";
import { useWhy } from "../panel/use-item.ts";
import { useIsPaused, useItemVerb } from "../ui/use-steering.ts";

const SHOWN_MAX = 10;

interface SideProps {
  readonly picture: Picture;
  readonly onSelect: (id: string) => void;
}

export function RootFailures({ failures, picture, onSelect }: SideProps & { readonly failures: Failures }): ReactNode {
  const { mayChange } = useBoard();
  const act = useItemVerb();
  if (failures.roots.length === 0) return null;
  return (
    <section aria-label="Failures" className="rounded-xl border border-line bg-surface">
      <h2 className="flex items-baseline gap-2 px-4 pt-3 pb-1 font-semibold">
        Needs you
        <span className="text-xs font-normal text-faint">
          {plural(failures.roots.length, "failure")}, {plural(failures.held.size, "item")} held behind
        </span>
      </h2>
      <ul className="pb-2">
        {failures.roots.slice(0, SHOWN_MAX).map((item) => (
          <li key={item.id} className="flex items-center gap-2 px-4 py-1.5 hover:bg-sunken">
            <StateMark lamp="failed" label />
            <button type="button" onClick={() => onSelect(item.id)} className="min-w-0 flex-1 text-left">
              <span className="block truncate font-medium">{item.title}</span>
              <span className="block truncate text-xs text-soft">
                {item.failure_reason ?? "no reason was given"}
                {waitersOf(picture, item)}
              </span>
            </button>
            {mayChange && <Button onClick={() => void act("requeue", item)}>Requeue</Button>}
          </li>
        ))}
      </ul>
      {failures.roots.length > SHOWN_MAX && <More term="state:failed" count={failures.roots.length - SHOWN_MAX} />}
    </section>
  );
}

function waitersOf(picture: Picture, { id }: Item): string {
  const count = picture.dependents(id).filter((each) => picture.item(each)?.blocked_by.includes(id) === true).length;
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
  readonly heldCount: number;
}

export function NextUp({ picture, matching, heldCount, onSelect }: NextUpProps): ReactNode {
  const now = useNow();
  const isPaused = useIsPaused();
  const ready = matching.filter((item) => lampOf(item) === "ready").sort((a, b) => a.priority - b.priority);
  return (
    <section aria-label="Next up" className="rounded-xl border border-line bg-surface">
      <h2 className="flex items-baseline gap-2 px-4 pt-3 pb-1 font-semibold">
        Next up
        <span className="text-xs font-normal text-faint">{ready.length} ready</span>
      </h2>
      <p className="px-4 pb-2 text-xs text-soft">
        <WhyNotMore picture={picture} isPaused={isPaused} heldCount={heldCount} first={ready[0]} />
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
                  <span className="block truncate text-xs text-faint">{reasonOf(item, now)}</span>
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

function reasonOf({ updated_at, attempt, files, task_type, dependencies }: Item, now: number): string {
  const parts = [
    `${attempt > 0 ? "to be tried again, ready" : "ready"} for ${durationOf(now - Date.parse(updated_at))}`,
  ];
  if (attempt === 0 && dependencies.length > 0) parts[0] = `all of ${plural(dependencies.length, "need")} done`;
  if (task_type !== null) parts.push(task_type);
  if (files.length > 0) parts.push(listOf(files, 1));
  return parts.join(" · ");
}

/** Why no more is going on than is, in one sentence. */
function WhyNotMore({
  picture,
  isPaused,
  heldCount,
  first,
}: {
  readonly picture: Picture;
  readonly isPaused: boolean;
  readonly heldCount: number;
  /** What would go first. */
  readonly first: Item | undefined;
}): ReactNode {
  const { counts, liveItemsMax } = picture;
  const pressure = useLog().rows.findLast(({ event }) => event.startsWith("pressure."));
  if (isPaused) return "Nothing starts: the project is paused.";
  if (pressure?.event === "pressure.raised")
    return `New items wait: ${pressure.reason?.message ?? "the machine is short of something"}.`;
  if (counts.ready > 0 && counts.claimed >= liveItemsMax)
    return `All ${plural(liveItemsMax, "slot")} are taken; ${plural(counts.ready, "ready item waits", "ready items wait")} for one.`;
  if (counts.ready > 0) return <WhySlotsAreFree free={liveItemsMax - counts.claimed} first={first} />;
  if (heldCount > 0 && heldCount === counts.blocked)
    return `Everything that is left (${plural(heldCount, "item")}) waits behind a failure.`;
  if (counts.blocked > 0 && counts.claimed > 0)
    return `${plural(counts.blocked, "item waits", "items wait")} for what is being done now.`;
  if (counts.blocked > 0) return `${plural(counts.blocked, "item waits", "items wait")} for others.`;
  return "Everything has been taken.";
}

/** A ready item may be held by a pool, a pause or files that others have: the server says by what. Else nobody has asked for it. */
function WhySlotsAreFree({ free, first }: { readonly free: number; readonly first: Item | undefined }): ReactNode {
  if (first === undefined) return `${plural(free, "slot")} free: ready items wait for a worker that asks.`;
  return <WhyFirst free={free} first={first} />;
}

function WhyFirst({ free, first }: { readonly free: number; readonly first: Item }): ReactNode {
  const why = useWhy(first);
  const isHeld = why?.holds.some(({ kind }) => kind !== "claim") === true;
  if (!isHeld) return `${plural(free, "slot")} free: ready items wait for a worker that asks.`;
  return `${plural(free, "slot")} free, but ${why.in_words.replaceAll(/\s+/g, " ")}`;
}
