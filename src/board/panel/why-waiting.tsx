import type { ReactNode } from "react";
import type { Item } from "../data/wire.ts";
import { Section } from "./section.tsx";
import { useWhy } from "./use-item.ts";

/** What keeps the item from going on, in the server's words; nothing when it does not wait. */
export function WhyWaiting({ item }: { readonly item: Item }): ReactNode {
  const why = useWhy(item);
  if (why === undefined) return null;
  const [first, ...rest] = why.in_words.split("\n");
  return (
    <Section title="Why it waits">
      <div
        data-lamp={item.ready ? "ready" : "blocked"}
        className="border-l-(--lamp-fill) rounded-lg border border-l-4 border-line px-3 py-2"
      >
        <p>{first}</p>
        {rest.length > 0 && (
          <ul className="mt-1 list-disc pl-4 text-soft">
            {rest.map((line) => (
              <li key={line} className="break-words">
                {line.trim()}
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  );
}
