import type { Row } from "../data/wire.ts";

/** What a row says beside its event: who, why, how far. */
export function rowInWords({ event, attempt, actor, reason, progress, note, delay_ms, changed }: Row): string {
  const said = typeof note === "string" ? note : reason?.message;
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

function percentOf(progress: unknown): string | undefined {
  return typeof progress === "number" ? `${Math.round(progress * 100)} %` : undefined;
}
