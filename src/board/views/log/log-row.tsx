import type { ReactNode } from "react";
import { lampOf, LAMPS, type Lamp } from "../../data/lamp.ts";
import type { Row } from "../../data/wire.ts";
import { clockOf, dateOf } from "../../ui/format.ts";
import { rowInWords } from "../../ui/row-in-words.ts";
import { StateMark } from "../../ui/state-mark.tsx";

export interface LogRowProps {
  /** `undefined` while it is on its way. */
  readonly row: Row | undefined;
  readonly title: string | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

export function LogRow({ row, title, isSelected, onSelect }: LogRowProps): ReactNode {
  if (row === undefined) return <div className="px-3 leading-7.5 text-faint">…</div>;
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
