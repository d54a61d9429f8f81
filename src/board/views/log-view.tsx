/** Everything that happens, as it happens, merged; with a filter only what is about the items that match. */
import { useMemo, useState, type ReactNode } from "react";
import { lampOf, LAMPS, type Lamp } from "../data/lamp.ts";
import type { Row } from "../data/wire.ts";
import { useFilter, useLog } from "../ui/board-context.ts";
import { Button, Empty } from "../ui/controls.tsx";
import { clockOf, countOf, dateOf } from "../ui/format.ts";
import { rowInWords } from "../ui/row-in-words.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { VirtualList } from "../ui/virtual-list.tsx";
import type { ViewProps } from "./view.ts";

export function LogView({ matching, picture, selected, onSelect }: ViewProps): ReactNode {
  const { rows } = useLog();
  const { isEmpty } = useFilter();
  const [isFollowing, setFollowing] = useState(true);
  const shown = useMemo(() => {
    if (isEmpty) return rows;
    const ids = new Set(matching.map(({ id }) => id));
    return rows.filter(({ item_id }) => item_id !== undefined && ids.has(item_id));
  }, [rows, matching, isEmpty]);
  return (
    <div className="flex h-full flex-col p-4">
      <div className="flex items-center gap-3 pb-2">
        <h2 className="text-base font-semibold">Log</h2>
        <span className="text-xs text-faint">the latest {countOf(shown.length)} events</span>
        <span className="flex-1" />
        <Button data-follow aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
          {isFollowing ? "Following" : "Follow"}
        </Button>
      </div>
      {shown.length === 0 ? (
        <Empty title="Nothing has happened yet" />
      ) : (
        <VirtualList
          items={shown}
          rowHeight={30}
          keyOf={({ seq }) => seq}
          label="Events"
          className="flex-1 rounded-xl border border-line bg-surface"
          {...(isFollowing && { follow: shown.length - 1 })}
          row={(row) => (
            <LogRow
              row={row}
              title={row.item_id === undefined ? undefined : picture.item(row.item_id)?.title}
              isSelected={row.item_id !== undefined && row.item_id === selected}
              onSelect={onSelect}
            />
          )}
        />
      )}
    </div>
  );
}

interface LogRowProps {
  readonly row: Row;
  readonly title: string | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

function LogRow({ row, title, isSelected, onSelect }: LogRowProps): ReactNode {
  const { item_id } = row;
  const lamp = lampOfRow(row);
  const inside = (
    <>
      <time dateTime={row.at} title={dateOf(row.at)} className="shrink-0 font-mono text-xs text-faint">
        {clockOf(row.at)}
      </time>
      {lamp === undefined ? <span className="w-3 shrink-0" /> : <StateMark lamp={lamp} size={12} />}
      <span className="w-28 shrink-0 truncate font-mono text-xs text-soft max-sm:hidden">{row.event}</span>
      <span className="w-56 shrink-0 truncate font-medium max-md:w-36">{title ?? row.item ?? "the run"}</span>
      <span className="min-w-0 flex-1 truncate text-soft">{rowInWords(row)}</span>
      <span className="shrink-0 truncate text-xs text-faint max-md:hidden">{row.actor}</span>
    </>
  );
  const look = `flex h-full w-full items-center gap-3 border-l-3 px-3 text-left ${lamp === undefined ? "border-transparent" : "border-l-(--lamp-fill)"} ${isSelected ? "bg-sunken" : ""}`;
  if (item_id === undefined) return <div className={look}>{inside}</div>;
  return (
    <button type="button" data-lamp={lamp} className={`${look} hover:bg-sunken`} onClick={() => onSelect(item_id)}>
      {inside}
    </button>
  );
}

/** The state that an item came to by it. */
function lampOfRow({ item, to }: Row): Lamp | undefined {
  if (item === undefined) return undefined;
  if (to === "todo") return lampOf({ status: "todo", ready: true });
  return LAMPS.find((lamp) => lamp === to);
}
