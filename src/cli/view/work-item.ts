/** Work items of a coordinator, for people. */
import { harmless } from "../../base/harmless.ts";
import type { Claim, WorkItem } from "../../client/index.ts";
import type { Paint } from "../terminal/style.ts";
import { renderTable, toneOf, type TableCell } from "./table.ts";

/** What an item is, in one word. */
function wordFor({ status, ready }: WorkItem): string {
  return status !== "todo" ? status : ready ? "ready" : "waiting";
}

export function itemTable(items: readonly WorkItem[], paint: Paint): string {
  const head = ["item", "state", "priority", "agent", "title"];
  const rows = items.map((item): TableCell[] => [
    { text: item.key },
    { text: wordFor(item), tone: toneOf(item.status) },
    { text: String(item.priority) },
    { text: item.assignedAgentId ?? "" },
    { text: item.title },
  ]);
  return renderTable(head, rows, paint);
}

/** Everything about one, a line for each thing that there is. */
export function itemLines(item: WorkItem): string {
  const { key, id, title, attempt, attemptsMax, priority } = item;
  const holder = item.assignedAgentId === null ? "" : ` by ${item.assignedAgentId}`;
  const lines: (readonly [string, string | number | null])[] = [
    ["id", id],
    ["state", `${wordFor(item)}${holder}`],
    ["since", item.assignedAt],
    ["lease until", item.leaseExpiresAt],
    ["attempt", attempt === 0 ? null : `${attempt} of ${attemptsMax}`],
    ["priority", priority],
    ["type", item.taskType],
    ["blocked by", listed(item.blockedBy)],
    ["needs", listed(item.dependencies)],
    ["part of", item.parentItemId],
    ["files", listed(item.files)],
    ["modified", listed(item.filesModified)],
    ["hours", item.estimatedHours],
    ["result", item.resultSummary],
    ["failure", item.failureReason],
    ["created", item.createdAt],
    ["completed", item.completedAt],
    ["metadata", Object.keys(item.metadata).length === 0 ? null : JSON.stringify(item.metadata)],
    ["description", item.description],
  ];
  const body = lines.flatMap(([name, value]) => (value === null || value === "" ? [] : [lineOf(name, String(value))]));
  return [`${harmless(key)}  ${harmless(title)}`, ...body, ""].join("\n");
}

const NAME_WIDTH = 12;

function lineOf(name: string, value: string): string {
  const indented = harmless(value, { lines: true }).replaceAll("\n", `\n${" ".repeat(NAME_WIDTH + 2)}`);
  return `  ${name.padEnd(NAME_WIDTH)}${indented}`;
}

function listed(words: readonly string[]): string {
  return words.join(", ");
}

/** What whoever claimed an item has to know. */
export function claimLines({ item, fencingToken, leaseExpiresAt, inputs, notes, conflicts }: Claim): string {
  const lines = [
    `Claimed ${harmless(item.key)}: ${harmless(item.title)}`,
    lineOf("token", `${fencingToken}, to be shown with every report`),
    lineOf("lease until", `${leaseExpiresAt}; \`signalbox items heartbeat\` renews it`),
    ...(Object.keys(inputs).length === 0 ? [] : [lineOf("inputs", JSON.stringify(inputs))]),
    ...(item.description === null ? [] : [lineOf("description", item.description)]),
    ...notes.map(({ agentId, note }) => lineOf("note", `${agentId}: ${note}`)),
    ...conflictLines(conflicts),
  ];
  return `${lines.join("\n")}\n`;
}

/** Who else has files of the item in hand; nothing when nobody has. */
export function conflictLines(conflicts: Claim["conflicts"]): string[] {
  return conflicts.map(({ workItemId, agentId, conflictingFiles }) =>
    lineOf("conflict", `${agentId} has ${conflictingFiles.join(", ")} in hand (${workItemId})`),
  );
}
