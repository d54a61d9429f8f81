import type { ReactNode } from "react";
import { attemptsOf, type Attempt } from "../data/attempts.ts";
import { LAMPS, type Lamp } from "../data/lamp.ts";
import type { Item, Row } from "../data/wire.ts";
import { durationOf } from "../ui/format.ts";
import { StateMark } from "../ui/state-mark.tsx";
import { useNow } from "../ui/use-now.ts";
import { Section } from "./section.tsx";

/** Each attempt with how long it waited and how long it ran, on one scale. */
export function Attempts({ item, rows }: { readonly item: Item; readonly rows: readonly Row[] }): ReactNode {
  const now = useNow();
  const attempts = attemptsOf(rows, Date.parse(item.created_at));
  if (attempts.length === 0) return null;
  const longest = Math.max(1, ...attempts.map(({ queuedAt, endedAt = now }) => endedAt - queuedAt));
  return (
    <Section title="Attempts" aside="waiting · running">
      <ol className="flex flex-col gap-2">
        {attempts.map((attempt) => (
          <AttemptRow key={attempt.startedAt} attempt={attempt} now={now} longest={longest} />
        ))}
      </ol>
    </Section>
  );
}

interface AttemptRowProps {
  readonly attempt: Attempt;
  readonly now: number;
  readonly longest: number;
}

function AttemptRow({ attempt, now, longest }: AttemptRowProps): ReactNode {
  const { number, holder, queuedAt, startedAt, endedAt = now, to, reason } = attempt;
  const lamp = lampOfEnd(to);
  const part = (ms: number): string => `${(Math.max(0, ms) / longest) * 100}%`;
  const words = reason?.message ?? reason?.code.replaceAll("_", " ");
  return (
    <li>
      <div className="flex items-center gap-2 text-xs">
        <StateMark lamp={lamp} size={12} label />
        <span className="font-medium">Attempt {number}</span>
        <span className="min-w-0 truncate text-soft">{holder}</span>
        <span className="ml-auto shrink-0 font-mono text-soft">
          {durationOf(startedAt - queuedAt)} · {durationOf(endedAt - startedAt)}
        </span>
      </div>
      <div aria-hidden className="mt-1 flex h-2 overflow-hidden rounded-full bg-sunken">
        <div className="bg-line-strong" style={{ width: part(startedAt - queuedAt) }} />
        <div
          data-lamp={lamp}
          className={`lamp-bar ${to === undefined ? "live-stripes" : ""}`}
          style={{ width: part(endedAt - startedAt), minWidth: 3 }}
        />
      </div>
      {words !== undefined && <p className="mt-0.5 text-xs break-words text-soft">{words}</p>}
    </li>
  );
}

/** What was given back ran, and came to nothing. */
function lampOfEnd(to: string | undefined): Lamp {
  if (to === undefined) return "claimed";
  return LAMPS.find((lamp) => lamp === to) ?? "cancelled";
}
