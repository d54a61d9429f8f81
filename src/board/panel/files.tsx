import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Item } from "../data/wire.ts";
import { useBoard, usePicture } from "../ui/board-context.ts";
import { listOf } from "../ui/format.ts";
import { Section } from "./section.tsx";
import { useConflicts } from "./use-item.ts";

const SHOWN_MAX = 50;

/** What it plans to touch, what it did, and who else has that in hand. */
export function Files({ item }: { readonly item: Item }): ReactNode {
  if (item.files.length + item.files_modified.length === 0) return null;
  return (
    <>
      <FileList title="Files: planned" files={item.files} />
      <FileList title="Files: modified" files={item.files_modified} />
      <Conflicts item={item} />
    </>
  );
}

function FileList({ title, files }: { readonly title: string; readonly files: readonly string[] }): ReactNode {
  if (files.length === 0) return null;
  return (
    <Section title={title} aside={files.length}>
      <ul className="font-mono text-xs text-soft">
        {files.slice(0, SHOWN_MAX).map((file) => (
          <li key={file} className="py-0.5 break-all">
            {file}
          </li>
        ))}
      </ul>
      {files.length > SHOWN_MAX && <p className="text-xs text-faint">and {files.length - SHOWN_MAX} more</p>}
    </Section>
  );
}

function Conflicts({ item }: { readonly item: Item }): ReactNode {
  const { go } = useBoard();
  const picture = usePicture();
  const conflicts = useConflicts(item);
  if (conflicts.length === 0) return null;
  return (
    <Section title="Conflicts" aside={conflicts.length}>
      <ul className="flex flex-col gap-1">
        {conflicts.map(({ work_item_id, agent_id, conflicting_files }) => (
          <li key={work_item_id} data-lamp="blocked" className="lamp-tint rounded-md px-2 py-1.5">
            <button
              type="button"
              onClick={() => go({ item: work_item_id })}
              className="flex w-full items-start gap-2 text-left"
            >
              <TriangleAlert size={14} aria-hidden className="mt-0.5 shrink-0" />
              <span className="min-w-0 break-words">
                {agent_id} has {listOf(conflicting_files, 3)} in hand, for{" "}
                {picture.item(work_item_id)?.title ?? "another item"}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
