import { stageInWords } from "../data/stage.ts";
import type { Row } from "../data/wire.ts";

/** What a row says beside its event: who, why, how far. */
export function rowInWords({ event, attempt, actor, reason, progress, note, delay_ms, changed, stage }: Row): string {
  const said = typeof note === "string" ? note : (reason?.message ?? stageInWords(stage));
  switch (event) {
    case "item.claimed":
      return `${actor} began attempt ${attempt ?? 1}`;
    case "item.note":
      return [percentOf(progress), said ?? reason?.code].filter((part) => part !== undefined).join(" ");
    case "item.requeued":
      return typeof delay_ms === "number" && delay_ms > 0
        ? `again in ${Math.ceil(delay_ms / 1_000)} s`
        : "to be tried again";
    case "item.edited":
      return Array.isArray(changed) ? `changed ${changed.join(", ")}` : "";
    default:
      return said ?? reason?.code.replaceAll("_", " ") ?? "";
  }
}

/** How far a rollback is. */
export function undoneInWords(rows: readonly Row[]): string {
  const since = rows.slice(rows.findLastIndex(({ event }) => event === "run.rolling_back") + 1);
  const last = since.findLast(({ event }) => event.startsWith("item."));
  const [undone, failed] = ["item.undone", "item.undo_failed"].map(
    (name) => since.filter(({ event }) => event === name).length,
  );
  const now = last?.event === "item.note" && last["stage"] === "undo" ? `${last.item} is being undone` : undefined;
  return [now, `${undone} undone`, ...(failed === 0 ? [] : [`${failed} could not be undone`])]
    .filter((part) => part !== undefined)
    .join(", ");
}

function percentOf(progress: unknown): string | undefined {
  return typeof progress === "number" ? `${Math.round(progress * 100)} %` : undefined;
}
