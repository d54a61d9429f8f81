import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Conflict } from "../data/wire.ts";
import { listOf } from "./format.ts";

interface ConflictFlagProps {
  readonly conflicts: readonly Conflict[] | undefined;
  /** Only who. */
  readonly brief?: boolean;
}

/** That others have files of an item in hand, too: who, and what. */
export function ConflictFlag({ conflicts, brief = false }: ConflictFlagProps): ReactNode {
  if (conflicts === undefined || conflicts.length === 0) return null;
  const agents = listOf([...new Set(conflicts.map(({ agent_id }) => agent_id))]);
  const files = listOf([...new Set(conflicts.flatMap(({ conflicting_files }) => conflicting_files))], 1);
  return (
    <span
      data-lamp="blocked"
      className={`lamp-ink flex items-center gap-1 text-xs ${brief ? "max-w-2/3 shrink-0" : "min-w-0"}`}
    >
      <TriangleAlert size={12} aria-hidden className="shrink-0" />
      <span className="truncate">
        also with {agents}
        {!brief && `: ${files}`}
      </span>
    </span>
  );
}
