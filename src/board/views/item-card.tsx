import { Bot, File } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { Picture } from "../data/item-store.ts";
import { lampOf } from "../data/lamp.ts";
import type { Conflict, Item } from "../data/wire.ts";
import { useLog } from "../ui/board-context.ts";
import { ConflictFlag } from "../ui/conflict-flag.tsx";
import { ProgressBar } from "../ui/controls.tsx";
import { durationOf, listOf } from "../ui/format.ts";
import { StateBadge } from "../ui/state-mark.tsx";
import { useNow } from "../ui/use-now.ts";

export const CARD_HEIGHT = 124;

export interface ItemCardProps {
  readonly item: Item;
  readonly picture: Picture;
  readonly conflicts: readonly Conflict[] | undefined;
  readonly isSelected: boolean;
  readonly onSelect: (id: string) => void;
}

/** One item: its state as a border, a shape and a word; title, holder, files, and what it waits for or came to. */
export function ItemCard({ item, picture, conflicts, isSelected, onSelect }: ItemCardProps): ReactNode {
  const lamp = lampOf(item);
  return (
    <button
      type="button"
      data-lamp={lamp}
      data-item={item.key}
      aria-pressed={isSelected}
      onClick={() => onSelect(item.id)}
      className={`border-l-(--lamp-fill) flex h-full w-full flex-col gap-1 overflow-hidden rounded-lg border border-l-4 bg-surface px-3 py-2 text-left transition-shadow hover:shadow-float ${isSelected ? "border-accent ring-1 ring-accent" : "border-line"}`}
    >
      <span className="flex w-full items-start gap-2">
        <span className="line-clamp-2 min-w-0 flex-1 font-medium break-words" title={item.title}>
          {item.title}
        </span>
        <StateBadge item={item} />
      </span>
      <span className="flex w-full min-w-0 items-center gap-2 text-xs text-faint">
        <span className="min-w-0 truncate font-mono">{item.key}</span>
        {item.task_type !== null && (
          <span className="shrink-0 rounded bg-sunken px-1.5 text-soft">{item.task_type}</span>
        )}
        {item.attempt > 1 && <span className="shrink-0">attempt {item.attempt}</span>}
        {item.priority !== 5 && <span className="shrink-0">P{item.priority}</span>}
      </span>
      <span className="mt-auto flex w-full flex-col gap-0.5 text-xs text-soft">
        <Story item={item} picture={picture} />
        {item.files.length > 0 && (
          <span className="flex min-w-0 items-center gap-1.5">
            <File size={12} aria-hidden className="shrink-0" />
            <span className="truncate">Files: {listOf(item.files)}</span>
            <ConflictFlag brief conflicts={conflicts} />
          </span>
        )}
      </span>
    </button>
  );
}

/** The one line that matters most in the state that it is in. */
const Story = memo(function Story({ item, picture }: Pick<ItemCardProps, "item" | "picture">): ReactNode {
  if (item.status === "claimed") return <Holder item={item} />;
  if (item.failure_reason !== null)
    return (
      <span data-lamp="failed" className={`truncate ${item.status === "failed" ? "lamp-ink" : ""}`}>
        {item.failure_reason}
      </span>
    );
  if (item.blocked_by.length > 0) {
    const names = item.blocked_by.slice(0, 3).map((id) => picture.item(id)?.key ?? "another item");
    return <span className="truncate">Waits for {listOf([...names, ...item.blocked_by.slice(3)])}</span>;
  }
  if (item.result_summary !== null) return <span className="truncate">{item.result_summary}</span>;
  return null;
});

function Holder({ item }: { readonly item: Item }): ReactNode {
  const now = useNow();
  const note = useLog().notes.get(item.id);
  const since = item.assigned_at === null ? 0 : now - Date.parse(item.assigned_at);
  return (
    <>
      <span className="flex min-w-0 items-center gap-1.5">
        <Bot size={12} aria-hidden className="shrink-0" />
        <span className="truncate">Assigned to: {item.assigned_agent_id}</span>
        <span className="ml-auto shrink-0 font-mono">{durationOf(since)}</span>
      </span>
      <ProgressBar value={note?.progress} label={`Progress of ${item.key}`} />
    </>
  );
}
