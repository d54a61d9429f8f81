/** What runs in parallel now, what comes next, and why not more: the question that the board is for. */
import { useMemo, type ReactNode } from "react";
import { failuresOf } from "../data/failures.ts";
import type { Picture } from "../data/item-store.ts";
import { lanesOf } from "../data/order.ts";
import type { Conflict, Item } from "../data/wire.ts";
import { useLog } from "../ui/board-context.ts";
import { Avatar, Empty, ProgressBar } from "../ui/controls.tsx";
import { durationOf, listOf, plural } from "../ui/format.ts";
import { useNow } from "../ui/use-now.ts";
import { useLastLines } from "../ui/use-output.ts";
import { VirtualList } from "../ui/virtual-list.tsx";
import { ConflictFlag } from "../ui/conflict-flag.tsx";
import { useAllConflicts } from "../ui/use-all-conflicts.ts";
import { Lease } from "../ui/lease.tsx";
import { undoneInWords } from "../ui/row-in-words.ts";
import { NextUp, RootFailures } from "./lanes-side.tsx";
import type { ViewProps } from "./view.ts";

export function LanesView({ picture, matching, selected, onSelect }: ViewProps): ReactNode {
  const lanes = useMemo(() => lanesOf(matching), [matching]);
  const failures = useMemo(() => failuresOf(picture), [picture]);
  const printed = useLastLines(lanes.length > 0);
  const conflicts = useAllConflicts(lanes.length > 1);
  return (
    <div className="flex h-full min-h-0 gap-4 p-4 max-lg:flex-col max-lg:overflow-y-auto">
      <section
        aria-label="Working now"
        className="flex min-h-0 min-w-0 flex-3 flex-col max-lg:min-h-80 max-lg:flex-none"
      >
        <LanesHead picture={picture} shown={lanes} conflicts={conflicts.size} />
        {lanes.length === 0 ? (
          <div className="rounded-xl border border-dashed border-line-strong">
            <Nobody picture={picture} />
          </div>
        ) : (
          <VirtualList
            items={lanes}
            rowHeight={78}
            gap={8}
            keyOf={(item) => item.id}
            label="Lanes"
            className="flex-1"
            follow={lanes.findIndex(({ id }) => id === selected)}
            row={(item) => (
              <Lane
                item={item}
                printed={printed.get(item.id)}
                conflicts={conflicts.get(item.id)}
                isSelected={item.id === selected}
                onSelect={onSelect}
              />
            )}
          />
        )}
      </section>
      <div className="flex min-h-0 min-w-0 flex-2 flex-col gap-4 lg:overflow-y-auto max-lg:flex-none">
        <RootFailures failures={failures} picture={picture} onSelect={onSelect} />
        <NextUp picture={picture} matching={matching} onSelect={onSelect} />
      </div>
    </div>
  );
}

function Nobody({ picture }: { readonly picture: Picture }): ReactNode {
  const { rows } = useLog();
  if (picture.status === "rollingBack")
    return <Empty title="What was done is being taken back">{undoneInWords(rows)}</Empty>;
  if (picture.status !== "running" || picture.counts.ready === 0) return <Empty title="Nobody is working now" />;
  return (
    <Empty title="Nobody is working now">
      What is for workers they take with <code className="font-mono">signalbox work</code>, over HTTP or MCP.
    </Empty>
  );
}

interface LanesHeadProps {
  readonly picture: Picture;
  readonly shown: readonly Item[];
  /** Lanes that have files in hand which others have, too. */
  readonly conflicts: number;
}

function LanesHead({ picture, shown, conflicts }: LanesHeadProps): ReactNode {
  const holders = new Set(shown.map(({ assigned_agent_id }) => assigned_agent_id));
  // What runs in the server's own process is held by nobody else.
  holders.delete("local");
  const agents = holders.size === 0 ? "" : ` · ${plural(holders.size, "agent")}`;
  const free = Math.max(0, picture.liveItemsMax - picture.counts.claimed);
  return (
    <h2 className="flex items-baseline gap-2 pb-2 text-base font-semibold">
      Working now
      <span className="text-xs font-normal text-faint">
        {plural(shown.length, "lane")}
        {agents} · {plural(free, "free slot")}
        {conflicts > 0 && (
          <span data-lamp="blocked" className="lamp-ink font-medium">
            {" "}
            · {plural(conflicts, "lane shares", "lanes share")} files
          </span>
        )}
      </span>
    </h2>
  );
}

interface LastWordsProps {
  readonly item: Item;
  /** The last line of its command, where the server sees that. */
  readonly printed: string | undefined;
  readonly said: string | undefined;
}

function LastWords({ item, printed, said }: LastWordsProps): ReactNode {
  if (printed !== undefined) return <code className="min-w-0 truncate font-mono text-2xs leading-4.5">{printed}</code>;
  const words = said ?? (item.files.length > 0 ? listOf(item.files, 3) : "no word yet");
  return <span className="min-w-0 truncate text-faint">{words}</span>;
}

interface LaneProps {
  readonly item: Item;
  readonly conflicts: readonly Conflict[] | undefined;
  readonly printed: string | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

function Lane({ item, conflicts, printed, isSelected, onSelect }: LaneProps): ReactNode {
  const now = useNow();
  const note = useLog().notes.get(item.id);
  const agent = item.assigned_agent_id ?? "somebody";
  const since = item.assigned_at === null ? 0 : now - Date.parse(item.assigned_at);
  return (
    <button
      type="button"
      data-lamp="claimed"
      data-item={item.key}
      aria-pressed={isSelected}
      onClick={() => onSelect(item.id)}
      className={`border-l-(--lamp-fill) flex h-full w-full items-center gap-3 rounded-lg border border-l-4 bg-surface px-3 text-left transition-shadow hover:shadow-float ${isSelected ? "border-accent ring-1 ring-accent" : "border-line"}`}
    >
      <Avatar name={agent} size={32} />
      <span className="flex min-w-0 flex-1 flex-col gap-1">
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="min-w-0 truncate font-medium">{item.title}</span>
          <span className="min-w-0 shrink truncate font-mono text-xs text-faint max-sm:hidden">{item.key}</span>
        </span>
        <ProgressBar value={note?.progress} label={`Progress of ${item.key}`} />
        <span className="flex min-w-0 gap-2 text-xs text-soft">
          <span className="shrink-0">{agent}</span>
          <LastWords item={item} printed={printed} said={note?.words} />
          <ConflictFlag conflicts={conflicts} />
        </span>
      </span>
      <span className="flex shrink-0 flex-col items-end gap-0.5">
        <span className="font-mono text-base font-medium">{durationOf(since)}</span>
        <Lease at={item.lease_expires_at} now={now} />
      </span>
    </button>
  );
}
