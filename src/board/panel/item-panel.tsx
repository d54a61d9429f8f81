/** Everything about one item, and what may be done to it now. */
import { Copy, X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { lampOf } from "../data/lamp.ts";
import type { Item } from "../data/wire.ts";
import { useBoard, usePicture } from "../ui/board-context.ts";
import { Empty, IconButton } from "../ui/controls.tsx";
import { StateBadge } from "../ui/state-mark.tsx";
import { useCopy } from "../ui/use-copy.ts";
import { Actions } from "./actions.tsx";
import { Attempts } from "./attempts.tsx";
import { Edges } from "./edges.tsx";
import { Facts } from "./facts.tsx";
import { Files } from "./files.tsx";
import { NoteForm } from "./note-form.tsx";
import { Output } from "./output.tsx";
import { PanelEdge, usePanelWidth } from "./panel-edge.tsx";
import { Section } from "./section.tsx";
import { Statechart } from "./statechart.tsx";
import { Trail } from "./trail.tsx";
import { useItemRows } from "./use-item.ts";
import { WhyWaiting } from "./why-waiting.tsx";

export function ItemPanel({ id }: { readonly id: string }): ReactNode {
  const { go } = useBoard();
  const item = usePicture().item(id);
  const close = (): void => go({ item: undefined });
  const edge = usePanelWidth();
  return (
    <aside
      aria-label="Item"
      style={{ width: edge.width }}
      className="relative flex min-h-0 shrink-0 flex-col border-l border-line bg-surface max-md:w-full! max-md:border-l-0"
    >
      <PanelEdge {...edge} />
      {item === undefined ? (
        <>
          <div className="flex justify-end p-2">
            <IconButton label="Close" keys="Esc" onClick={close}>
              <X size={15} aria-hidden />
            </IconButton>
          </div>
          <Empty title="There is no such item in this project" />
        </>
      ) : (
        <WholePanel item={item} onClose={close} />
      )}
    </aside>
  );
}

function WholePanel({ item, onClose }: { readonly item: Item; readonly onClose: () => void }): ReactNode {
  const rows = useItemRows(item);
  return (
    <>
      <Head item={item} onClose={onClose} />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-6">
        <Actions item={item} />
        <Statechart item={item} />
        {item.description !== null && (
          <Section title="Description">
            <p className="whitespace-pre-wrap break-words text-soft">{item.description}</p>
          </Section>
        )}
        <WhyWaiting item={item} />
        <Facts item={item} rows={rows} />
        <Attempts item={item} rows={rows} />
        <Output item={item} />
        <Edges item={item} />
        <Files item={item} />
        <NoteForm item={item} />
        <Trail rows={rows} />
        <Section title="Raw JSON" folded>
          <pre className="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-xs">
            {JSON.stringify(item, undefined, 2)}
          </pre>
        </Section>
      </div>
    </>
  );
}

function Head({ item, onClose }: { readonly item: Item; readonly onClose: () => void }): ReactNode {
  const copy = useCopy();
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever opened it with a key goes on reading here.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div
      data-lamp={lampOf(item)}
      className="border-l-(--lamp-fill) flex items-start gap-2 border-b border-l-4 border-b-line py-3 pr-2 pl-3"
    >
      <div className="min-w-0 flex-1">
        <h2 ref={heading} tabIndex={-1} className="text-base leading-snug font-semibold break-words outline-none">
          {item.title}
        </h2>
        <div className="mt-1 flex flex-wrap items-center gap-2">
          <StateBadge item={item} />
          <span className="font-mono text-xs break-all text-faint">{item.key}</span>
        </div>
      </div>
      <IconButton label="Copy the id" keys="y" onClick={() => copy(item.id, "Copied the id")}>
        <Copy size={14} aria-hidden />
      </IconButton>
      <IconButton label="Close" keys="Esc" onClick={onClose}>
        <X size={15} aria-hidden />
      </IconButton>
    </div>
  );
}
