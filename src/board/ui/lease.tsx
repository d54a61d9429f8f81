import type { ReactNode } from "react";
import { durationOf } from "./format.ts";

/** How long the claim holds without another sign of life; loud when it is nearly over. */
export function Lease({ at, now }: { readonly at: string | null; readonly now: number }): ReactNode {
  if (at === null) return null;
  const left = Date.parse(at) - now;
  if (left > 60_000) return <span className="text-2xs text-faint">lease {durationOf(left)}</span>;
  return (
    <span data-lamp={left > 0 ? "blocked" : "failed"} className="lamp-ink text-2xs font-medium">
      {left > 0 ? `lease ends in ${durationOf(left)}` : "lease is over"}
    </span>
  );
}
