import { useLayoutEffect, useRef, type ReactNode } from "react";
import type { Item } from "../data/wire.ts";
import { plural } from "../ui/format.ts";
import { useOutput } from "../ui/use-output.ts";
import { Section } from "./section.tsx";

/** Whoever has scrolled up by less than this still reads the end. */
const NEAR_END_PX = 24;

/** The end of what the commands of the item printed, as it comes. */
export function Output({ item }: { readonly item: Item }): ReactNode {
  const output = useOutput(item);
  if (output === undefined || output.attempt === 0) return null;
  const { lines, is_live, attempt } = output;
  if (lines.length === 0 && !is_live) return null;
  return (
    <Section
      title="Output"
      aside={`attempt ${attempt}, ${lines.length === 0 ? "nothing yet" : plural(lines.length, "last line")}`}
    >
      {lines.length > 0 && <Tail key={attempt} lines={lines} />}
    </Section>
  );
}

/** It stays at the end as long as nobody reads further up. */
function Tail({ lines }: { readonly lines: readonly string[] }): ReactNode {
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <pre
      ref={box}
      tabIndex={0}
      role="region"
      aria-label="Last lines of the output"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        isAtEnd.current = scrollTop + clientHeight > scrollHeight - NEAR_END_PX;
      }}
      className="max-h-64 overflow-auto rounded-lg bg-sunken p-3 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap"
    >
      {lines.join("\n")}
    </pre>
  );
}
