import type { ReactNode } from "react";
import type { Item, Row } from "../data/wire.ts";
import { useLog } from "../ui/board-context.ts";
import { Avatar, ProgressBar } from "../ui/controls.tsx";
import { dateOf, durationOf } from "../ui/format.ts";
import { useNow } from "../ui/use-now.ts";
import { Lease } from "../ui/lease.tsx";
import { Section } from "./section.tsx";

type Fact = readonly [name: string, value: ReactNode];

export function Facts({ item, rows }: { readonly item: Item; readonly rows: readonly Row[] }): ReactNode {
  return (
    <Section title="Facts">
      {item.status === "claimed" && <Holder item={item} />}
      <dl className="grid grid-cols-[7.5rem_1fr] gap-x-3 gap-y-1">
        {factsOf(item, rows).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-faint">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Holder({ item }: { readonly item: Item }): ReactNode {
  const now = useNow();
  const note = useLog().notes.get(item.id);
  const agent = item.assigned_agent_id ?? "somebody";
  return (
    <div className="mb-2 rounded-lg bg-sunken p-3">
      <div className="flex items-center gap-2">
        <Avatar name={agent} />
        <span className="min-w-0 flex-1 truncate font-medium">Assigned to: {agent}</span>
        <span className="font-mono">
          {durationOf(item.assigned_at === null ? 0 : now - Date.parse(item.assigned_at))}
        </span>
      </div>
      <div className="mt-2">
        <ProgressBar value={note?.progress} label="Progress" />
      </div>
      <div className="mt-1 flex justify-between gap-2 text-xs text-soft">
        <span className="min-w-0 truncate">{note?.words ?? "no word yet"}</span>
        <Lease at={item.lease_expires_at} now={now} />
      </div>
    </div>
  );
}

function factsOf(item: Item, rows: readonly Row[]): Fact[] {
  const worktree = rows.findLast(({ event }) => event.startsWith("worktree."));
  const facts: (Fact | false)[] = [
    item.task_type !== null && ["Type", item.task_type],
    ["Priority", `${item.priority}${item.priority === 0 ? ", goes first" : ""}`],
    ["Attempts", `${item.attempt} of ${item.attempts_max}`],
    item.failure_reason !== null && ["Last failure", item.failure_reason],
    item.result_summary !== null && item.result_summary !== "" && ["Result", item.result_summary],
    item.estimated_hours !== null && ["Estimate", `${item.estimated_hours} h`],
    typeof worktree?.["path"] === "string" && ["Worktree", worktree["path"]],
    typeof worktree?.["branch"] === "string" && ["Branch", worktree["branch"]],
    ["Created", dateOf(item.created_at)],
    ["Last change", dateOf(item.updated_at)],
    item.completed_at !== null && ["Done", dateOf(item.completed_at)],
    ["Version", item.seq],
  ];
  return facts.filter((fact) => fact !== false);
}
