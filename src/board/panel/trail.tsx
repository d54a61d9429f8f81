import type { ReactNode } from "react";
import type { Row } from "../data/wire.ts";
import { clockOf, dateOf } from "../ui/format.ts";
import { rowInWords } from "../ui/row-in-words.ts";
import { Section } from "./section.tsx";

const SHOWN_MAX = 100;

/** The item's own part of the audit log, newest first. */
export function Trail({ rows }: { readonly rows: readonly Row[] }): ReactNode {
  if (rows.length === 0) return null;
  return (
    <Section title="Audit trail" aside={rows.length}>
      <ol className="flex flex-col border-l border-line">
        {rows
          .slice(-SHOWN_MAX)
          .toReversed()
          .map((row) => (
            <li key={row.seq} className="relative py-1 pl-3">
              <span aria-hidden className="absolute top-2.5 -left-[3px] size-1.5 rounded-full bg-line-strong" />
              <span className="flex items-baseline gap-2 text-xs">
                <span className="font-medium">{row.event.replace("item.", "")}</span>
                <span className="min-w-0 flex-1 truncate text-faint">by {row.actor}</span>
                <time dateTime={row.at} title={dateOf(row.at)} className="font-mono text-faint">
                  {clockOf(row.at)}
                </time>
              </span>
              <span className="block text-xs break-words text-soft">{rowInWords(row)}</span>
            </li>
          ))}
      </ol>
    </Section>
  );
}
