/** What is written to a file: some items of one version, with what was tried of them. */
import type { Picture } from "../data/item-store.ts";
import type { Item, Project, Reason } from "../data/wire.ts";
import type { Attempt } from "../data/attempts.ts";
import type { ReportedAttempt, ReportedItem, ReportedRun } from "../../report/reported-run.ts";
import type { Tried } from "./tried.ts";

export interface Scene {
  readonly project: Project;
  readonly picture: Picture;
  /** Those that are wanted. */
  readonly items: readonly Item[];
  readonly tried: Tried;
  /** Wall clock in milliseconds: what goes on goes on until now. */
  readonly now: number;
  /** How the whole is, in a word. */
  readonly state: string;
}

export function reportedScene({ project, picture, items, tried, now, state }: Scene): ReportedRun {
  const reported = items.map((item) => reportedItem(item, picture, tried, now));
  const starts = reported.flatMap(({ attempts }) => attempts.slice(0, 1).map(({ from }) => from));
  const ends = reported.flatMap(({ attempts }) => attempts.slice(-1).map(({ to }) => to));
  const startedAt = least(starts) ?? Date.parse(project.created_at);
  const endedAt = ends.reduce((last, each) => Math.max(last, each), startedAt);
  return { id: project.id, name: project.name, state, startedAt, endedAt, interrupted: false, items: reported };
}

function reportedItem(item: Item, picture: Picture, tried: Tried, now: number): ReportedItem {
  const { key, title, task_type, status, priority, attempt, dependencies } = item;
  const reason = status === "todo" && attempt === 0 ? undefined : tried.reason(item);
  return {
    key,
    title: title === key ? undefined : title,
    type: task_type ?? undefined,
    status,
    priority,
    attempt,
    attempts: tried.attempts(item).map((each) => reportedAttempt(each, now)),
    needs: dependencies.map((id) => picture.item(id)?.key ?? id),
    why: item.failure_reason ?? wordsOf(reason),
    code: reason?.code ?? "",
    tail: tailOf(reason),
  };
}

function reportedAttempt({ holder, startedAt, endedAt, to, reason }: Attempt, now: number): ReportedAttempt {
  return { actor: holder, from: startedAt, to: endedAt ?? now, end: endOf(to, reason) };
}

/** What was given back was not tried to its end; anything else that goes back to `todo` has failed. */
function endOf(to: string | undefined, reason: Reason | undefined): ReportedAttempt["end"] {
  switch (to) {
    case undefined:
      return "live";
    case "done":
    case "failed":
    case "cancelled":
      return to;
    default:
      return reason?.code === "released" ? "released" : "failed";
  }
}

function wordsOf(reason: Reason | undefined): string {
  return reason === undefined ? "" : (reason.message ?? reason.code.replaceAll("_", " "));
}

/** The last lines that it printed, as far as its reason has them. */
function tailOf(reason: Reason | undefined): string[] {
  const data = reason?.data;
  if (typeof data !== "object" || data === null || !("tail" in data) || !Array.isArray(data.tail)) return [];
  return data.tail.filter((line) => typeof line === "string");
}

/** Of as many as there are: they are too many for the arguments of one call. */
function least(values: readonly number[]): number | undefined {
  return values.reduce<number | undefined>(
    (found, each) => (found === undefined || each < found ? each : found),
    undefined,
  );
}
