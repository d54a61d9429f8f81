import type { ReactNode } from "react";
import { lampOf } from "../data/lamp.ts";
import type { Item } from "../data/wire.ts";
import { useBoard, usePicture } from "../ui/board-context.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { Section } from "./section.tsx";

const SHOWN_MAX = 12;

/** What the item needs, and what needs it. */
export function Edges({ item }: { readonly item: Item }): ReactNode {
  const picture = usePicture();
  return (
    <>
      <ItemList title="Needs" ids={item.dependencies} />
      <ItemList title="Needed by" ids={picture.dependents(item.id)} />
    </>
  );
}

function ItemList({ title, ids }: { readonly title: string; readonly ids: readonly string[] }): ReactNode {
  const { go } = useBoard();
  const picture = usePicture();
  if (ids.length === 0) return null;
  const items = ids.map((id) => picture.item(id)).filter((item) => item !== undefined);
  return (
    <Section title={title} aside={ids.length}>
      <ul className="flex flex-col">
        {items.slice(0, SHOWN_MAX).map((item) => (
          <li key={item.id}>
            <button
              type="button"
              onClick={() => go({ item: item.id })}
              className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left hover:bg-sunken"
            >
              <StateMark lamp={lampOf(item)} label />
              <span className="min-w-0 flex-1 truncate">{item.title}</span>
              <span className="max-w-32 shrink-0 truncate font-mono text-xs text-faint">{item.key}</span>
            </button>
          </li>
        ))}
      </ul>
      {items.length > SHOWN_MAX && <p className="px-1.5 text-xs text-faint">and {items.length - SHOWN_MAX} more</p>}
    </Section>
  );
}
